"""Thresholds keep their promise, and refuse one they can't keep."""

import json

import numpy as np
import pytest

from autowritten.judging.thresholds import Threshold, ThresholdError, Thresholds, order_statistic


@pytest.mark.parametrize(("n", "rate"), [(19, 0.05), (99, 0.01), (100, 0.01), (250, 0.05)])
def test_a_new_human_post_is_flagged_at_most_that_often(n, rate):
    rng = np.random.default_rng(0)
    flagged = [rng.normal() >= order_statistic(rng.normal(size=n), rate) for _ in range(20_000)]
    error = 4 * np.sqrt(rate / len(flagged))
    assert np.mean(flagged) <= rate + error
    assert np.mean(flagged) >= rate - 1 / (n + 1) - error  # and not needlessly seldom


def test_ties_count_as_human():
    values = np.array([0.0] * 50 + [1.0] * 50)
    threshold = order_statistic(values, 0.05)
    assert threshold > 1.0
    assert (values >= threshold).mean() == 0
    assert order_statistic(np.arange(99.0), 0.01) == np.nextafter(98.0, np.inf)


@pytest.mark.parametrize(("n", "rate"), [(0, 0.5), (18, 0.05), (98, 0.01)])
def test_too_few_posts_for_the_rate(n, rate):
    assert order_statistic(np.zeros(n), rate) is None


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_a_rate_that_is_no_share_is_refused(rate):
    with pytest.raises(ThresholdError, match="between 0 and 1"):
        order_statistic(np.zeros(100), rate)


def fit(n=1000, **options):
    rng = np.random.default_rng(0)
    machine = np.arange(n) % 2
    languages = ["zh" if i % 10 < 8 else "fr" for i in range(n)]
    tokens = [20 if i % 20 < 18 else 200 for i in range(n)]
    options = {"rates": (0.05, 0.01, 0.0001), "miss_rate": 0.05} | options
    return Thresholds.fit(rng.normal(size=n) + 3 * machine, machine, languages, tokens, **options)


def test_rates_the_posts_cannot_support_are_left_out_and_refused():
    thresholds = fit()
    assert thresholds.rates == (0.05, 0.01)
    with pytest.raises(ThresholdError, match=r"rate of 0\.0001: .* support 0\.05, 0\.01") as caught:
        thresholds.check(0.0001)
    assert caught.value.exit_code == 2
    with pytest.raises(ThresholdError):
        thresholds.machine_at(0.02, "zh", 20)
    with pytest.raises(ThresholdError, match="support none"):
        fit(n=0).check(0.01)


def test_the_narrowest_group_with_posts_enough_decides():
    thresholds = fit()
    names = {(t.language, t.length) for t in thresholds.machine if t.rate == 0.05}
    assert ("zh", "16-31") in names  # 360 human posts
    assert ("fr", "128+") not in names

    def chosen(rate, language, tokens):
        t = thresholds.machine_at(rate, language, tokens)
        return t.language, t.length

    assert chosen(0.05, "zh", 20) == ("zh", "16-31")
    assert chosen(0.05, "fr", 200) == ("fr", "any")
    assert chosen(0.05, "zh", 9) == ("zh", "any")
    assert chosen(0.05, "de", 20) == ("any", "16-31")
    assert chosen(0.05, "de", 9) == ("any", "any")
    assert chosen(0.01, "fr", 20) == ("any", "16-31")  # 100 French posts are too few for a stable 1%


def test_the_human_threshold_lets_few_machine_posts_pass():
    rng = np.random.default_rng(0)
    n = 4000
    machine = np.arange(n) % 2
    logits = rng.normal(size=n) + 3 * machine
    thresholds = Thresholds.fit(logits, machine, ["zh"] * n, [20] * n, rates=(0.05,), miss_rate=0.05)
    missed = logits[machine == 1] <= thresholds.human_at("zh", 20).logit
    assert 0.04 < missed.mean() <= 0.05
    flagged = logits[machine == 0] >= thresholds.machine_at(0.05, "zh", 20).logit
    assert 0.04 < flagged.mean() <= 0.05


def test_without_machine_posts_nothing_is_called_human():
    n = 500
    human = np.zeros(n, dtype=int)
    thresholds = Thresholds.fit(np.arange(float(n)), human, ["zh"] * n, [20] * n, rates=(0.05,), miss_rate=0.05)
    assert thresholds.human == ()
    assert thresholds.human_at("zh", 20).logit == -np.inf


def test_round_trip_to_the_last_digit():
    thresholds = fit()
    assert Thresholds.from_dict(json.loads(json.dumps(thresholds.as_dict()))) == thresholds
    assert isinstance(thresholds.machine[0], Threshold)
