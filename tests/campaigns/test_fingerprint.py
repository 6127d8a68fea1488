"""Skeletons and MinHash signatures."""

import numpy as np
import pytest

from autowritten.campaigns.fingerprint import BLOCK, HASHES, bands, is_repost, signatures, similarity, skeleton

FR = "la borne de recharge de la station est encore en panne et personne ne vient la réparer"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Hello @you, 3,000 cars! https://t.co/x #BMW", "hello cars bmw"),
        ("@user http 2024年的车", "年的车"),
        ("刹车，又失灵了！！", "刹车 又失灵了"),
        ("…!?", ""),
        ("", ""),
    ],
)
def test_skeleton(text, left):
    assert " ".join(skeleton(text).split()) == left


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("RT @a: look", True),
        ("rt this", True),
        ("说得好//@某人:刹车失灵", True),
        ("转发微博", True),
        ("【突发】某车企召回", True),
        ("New video via @YouTube", True),
        ("art of the start", False),
        ("see https://a.b/c", False),
    ],
)
def test_reposts(text, told):
    assert is_repost(text) is told


def shingles(text, n=5):
    wide = "".join(char * (2 if char >= "\u2e80" else 1) for char in text)
    return {wide[i : i + n] for i in range(len(wide) - n + 1)}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (FR, FR.replace("encore", "toujours").replace("personne", "nul")),
        (FR, FR[:40]),
        (FR, "quelque chose de tout à fait différent, sans rapport aucun avec elle"),
        ("这车刹车又失灵了昨天差点出事店里还说没问题", "这车刹车又失灵了昨天差点出大事店里却说没毛病"),
    ],
)
def test_the_estimate_is_near_the_jaccard_similarity(left, right):
    a, b = shingles(left), shingles(right)
    found = similarity(signatures([left, right]), np.array([0]), np.array([1]))[0]
    assert found == pytest.approx(len(a & b) / len(a | b), abs=0.15)


def test_signatures_do_not_depend_on_neighbours_or_blocks():
    texts = [f"{FR} {n}" for n in range(5)]
    together = signatures([*["filler text here"] * BLOCK, *texts, "", "abc"])
    assert together.shape == (BLOCK + 7, HASHES)
    np.testing.assert_array_equal(together[BLOCK : BLOCK + 5], signatures(texts))
    assert (together[-2:] == np.iinfo(np.uint32).max).all()
    assert signatures([]).shape == (0, HASHES)


def test_lone_surrogates_are_read():
    assert signatures(["\ud800" * 20]).shape == (1, HASHES)


def test_equal_texts_share_all_bands_and_others_none():
    keys = bands(signatures([FR, FR, "something else entirely, in english this time"]))
    assert (keys[:, 0] == keys[:, 1]).all()
    assert (keys[:, 0] != keys[:, 2]).all()
