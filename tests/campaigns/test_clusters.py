"""Near-duplicates end in one cluster, other posts in none."""

import numpy as np

from autowritten.campaigns.clusters import near_duplicates
from training.generate.template import campaign

OTHERS = [
    "the weather was fine on sunday so we went to the lake with the children",
    "刚刚在楼下吃了一碗牛肉面味道真不错推荐给大家",
    "je ne comprends toujours pas pourquoi le train de huit heures est supprimé",
]


def test_copies_variants_and_strangers():
    texts = ["Brakes failed again on the motorway today, the dealer says it is normal!!", *OTHERS,
             "brakes failed again on the motorway today — the dealer says it is normal @user",
             "Brakes failed again on the highway today, and the dealer says this is normal"]  # fmt: skip
    labels, wording = near_duplicates(texts)
    assert labels[0] == labels[4] == labels[5] >= 0
    assert (labels[1:4] == -1).all()
    assert wording[0] == wording[4] != wording[5]


def test_short_posts_are_left_alone():
    labels, _ = near_duplicates(["ok same here lol"] * 5 + ["刹车失灵了"] * 5)
    assert (labels == -1).all()


def test_variants_of_one_template_find_each_other():
    for lang in ("zh", "fr", "en"):
        labels, _ = near_duplicates([*campaign(lang, 3, 80), *OTHERS])
        assert (labels[:80] >= 0).sum() >= 40, lang  # of so few variants of a loose Chinese template, half
        assert np.bincount(labels[labels >= 0]).max() >= 20, lang
        assert (labels[80:] == -1).all()


def test_no_posts():
    labels, wording = near_duplicates([])
    assert len(labels) == len(wording) == 0
    labels, _ = near_duplicates(["", "!", "a"])
    assert (labels == -1).all()
