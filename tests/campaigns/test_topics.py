"""Floods that share no wording, and talk about one thing that is none."""

import random

import numpy as np
import pytest

from autowritten.campaigns import find_in_columns
from autowritten.campaigns.topics import floods, reach, terms

TOPIC = ["brakes", "aurelia", "dealer", "recall", "warranty", "motorway", "battery", "steering"]
CHINESE = ["奥蕾莉亚", "刹车失灵", "售后服务", "召回", "高速路", "发动机", "方向盘", "经销商"]


def words(draw, number, chinese=False):
    if chinese:
        return [chr(0x4E00 + draw.randrange(500)) + chr(0x5200 + draw.randrange(500)) for _ in range(number)]
    return ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(number)]


def crowd(rate, chinese=False, seed=0):
    """Posts of 200 people, one in twenty of them flagged, and of 12 accounts of a flood, `rate` of them."""
    draw = random.Random(seed)
    vocabulary = words(draw, 100 if chinese else 400, chinese)
    space = "" if chinese else " "
    rows = [(f"h{n % 200}", space.join(draw.choices(vocabulary, k=12)), n % 20 == 0) for n in range(2000)]
    for n in range(84):
        parts = draw.sample(CHINESE if chinese else TOPIC, 4) + draw.choices(vocabulary, k=9)
        draw.shuffle(parts)
        rows.append((f"c{n % 12}", space.join(parts), draw.random() < rate))
    draw.shuffle(rows)
    return [list(column) for column in zip(*rows, strict=True)]


@pytest.mark.parametrize("chinese", [False, True])
def test_a_flood_is_found_and_told(chinese):
    accounts, texts, machine = crowd(0.5, chinese)
    labels, about = floods(accounts, texts, machine, fpr=0.05, min_accounts=5)
    members = {account for account, label in zip(accounts, labels, strict=True) if label >= 0}
    assert {f"c{n}" for n in range(12)} - members <= {"c0"}
    assert not {name for name in members if name.startswith("h")}
    assert any(word in about[0] for word in (CHINESE if chinese else TOPIC))
    (found,) = find_in_columns(accounts, texts, machine=machine)
    assert len(found.accounts) >= 11
    assert "about one thing in ever new words" in found.why
    assert found.template == about[0]


def test_people_who_talk_about_one_thing_are_none():
    accounts, texts, machine = crowd(0.07)
    labels, about = floods(accounts, texts, machine, fpr=0.05, min_accounts=5)
    assert (labels == -1).all()
    assert about == []


def test_people_in_the_midst_of_a_flood_are_left_out():
    accounts, texts, machine = crowd(0.6)
    draw = random.Random(7)
    for n in range(60):
        accounts.append(f"fan{n % 15}")
        texts.append(" ".join(draw.sample(TOPIC, 4) + words(draw, 8)))
        machine.append(False)
    labels, _ = floods(accounts, texts, machine, fpr=0.05, min_accounts=5)
    members = {account for account, label in zip(accounts, labels, strict=True) if label >= 0}
    assert len(members & {f"c{n}" for n in range(12)}) >= 10
    assert not {name for name in members if name.startswith(("fan", "h"))}


def test_posts_without_a_verdict_take_no_part():
    accounts, texts, _ = crowd(0.5)
    labels, about = floods(accounts, texts, [None] * len(texts), fpr=0.05, min_accounts=5)
    assert (labels == -1).all()
    assert about == []
    assert floods([], [], [], fpr=0.05, min_accounts=5)[1] == []


@pytest.mark.filterwarnings("error")
def test_where_all_posts_are_flagged_there_is_no_flood():
    accounts, texts, _ = crowd(0.5)
    labels, about = floods(accounts, texts, [True] * len(texts), fpr=0.05, min_accounts=5)
    assert (labels == -1).all()
    assert about == []


def test_a_topic_reaches_to_where_the_rate_drops():
    draw = np.random.default_rng(0)
    closeness = np.linspace(1.0, 0.0, 1000)
    flagged = np.concatenate([draw.random(100) < 0.6, draw.random(900) < 0.05])
    assert reach(closeness, flagged, 0.07) == pytest.approx(0.9, abs=0.02)
    assert reach(np.round(closeness, 1), flagged, 0.07) == pytest.approx(0.9)
    assert reach(closeness, np.zeros(1000, dtype=bool), 0.07) == np.inf
    assert reach(np.zeros(1000), flagged, 0.07) == np.inf
    assert reach(np.zeros(0), np.zeros(0, dtype=bool), 0.07) == np.inf


def test_a_word_of_one_account_is_no_flood():
    accounts, texts, machine = crowd(0.05)
    accounts += ["fan"] * 30
    texts += [f"zeppelin {' '.join(words(random.Random(n), 10))}" for n in range(30)]
    machine += [True] * 30
    labels, _ = floods(accounts, texts, machine, fpr=0.05, min_accounts=5)
    assert (labels == -1).all()


def test_terms():
    assert terms("The Aurelia's brakes, 12 of http://x.y @me!") == {"the", "aurelia", "brakes"}
    assert terms("刹车失灵 ok") == {"刹车", "车失", "失灵"}
