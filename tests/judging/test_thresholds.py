"""From which logit a post is called machine, and up to which it is called human."""

import json

import numpy as np
import pytest

from autowritten.judging.rarity import HumanRarity
from autowritten.judging.thresholds import Threshold, ThresholdError, Thresholds


def fit(n=1000, **options):
    rng = np.random.default_rng(0)
    machine = np.arange(n) % 2
    languages = ["zh" if i % 10 < 8 else "fr" for i in range(n)]
    tokens = [20 if i % 20 < 18 else 200 for i in range(n)]
    return Thresholds.fit(rng.normal(size=n) + 3 * machine, machine, languages, tokens, **{"miss_rate": 0.05} | options)


def test_any_rate_that_the_posts_support_can_be_asked_for():
    thresholds = fit()
    assert thresholds.rates == (0.05, 0.01, 0.005)
    logits = [thresholds.machine_at(rate, "zh", 20).logit for rate in (0.2, 0.05, 0.023, 0.01, 0.0021)]
    assert logits == sorted(logits)
    with pytest.raises(ThresholdError, match=r"rate of 0\.001: .* support 0\.002 and up"):
        thresholds.check(0.001)
    with pytest.raises(ThresholdError, match="support no rate"):
        fit(n=0).check(0.01)


def test_the_narrowest_group_with_posts_enough_decides():
    thresholds = fit()

    def chosen(rate, language, tokens):
        t = thresholds.machine_at(rate, language, tokens)
        return t.language, t.length

    assert chosen(0.05, "zh", 20) == ("zh", "16-31")
    assert chosen(0.05, "fr", 200) == ("any", "any")  # 100 French posts are not looked at by themselves
    assert chosen(0.05, "zh", 9) == ("zh", "any")
    assert chosen(0.05, "de", 20) == ("any", "16-31")
    assert chosen(0.05, "de", 9) == ("any", "any")
    assert chosen(0.01, "fr", 20) == ("any", "16-31")


def test_the_human_threshold_lets_few_machine_posts_pass():
    rng = np.random.default_rng(0)
    n = 4000
    machine = np.arange(n) % 2
    logits = rng.normal(size=n) + 3 * machine
    thresholds = Thresholds.fit(logits, machine, ["zh"] * n, [20] * n, miss_rate=0.05)
    missed = logits[machine == 1] <= thresholds.human_at("zh", 20).logit
    assert 0.04 < missed.mean() <= 0.05
    flagged = logits[machine == 0] >= thresholds.machine_at(0.05, "zh", 20).logit
    assert 0.04 < flagged.mean() <= 0.05


def test_without_machine_posts_nothing_is_called_human():
    n = 500
    human = np.zeros(n, dtype=int)
    thresholds = Thresholds.fit(np.arange(float(n)), human, ["zh"] * n, [20] * n, miss_rate=0.05)
    assert thresholds.human == ()
    assert thresholds.human_at("zh", 20).logit == -np.inf


def test_round_trip_to_the_last_digit():
    thresholds = fit()
    again = Thresholds.from_dict(json.loads(json.dumps(thresholds.as_dict())), thresholds.rarity)
    assert again == thresholds
    assert isinstance(thresholds.human[0], Threshold)
    assert isinstance(thresholds.rarity, HumanRarity)
