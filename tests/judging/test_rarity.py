"""How rare a score is among people: the promise, ties, groups, and that thresholds say the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autowritten.judging.rarity import ANY, STABLE, HumanRarity, ThresholdError

LANGUAGES = ("zh", "fr", "en", "de")


def people(n, seed=0):
    rng = np.random.default_rng(seed)
    return HumanRarity.of(rng.normal(size=n), list(rng.choice(LANGUAGES, n)), rng.integers(2, 200, n))


@pytest.mark.parametrize("n", [19, 99, 600])
@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
def test_a_new_human_post_is_as_rare_as_it_says_at_most_that_often(n, rate):
    rng = np.random.default_rng(1)
    found = []
    for seed in range(400):
        rarity = people(n, seed)
        found += [rarity.p_value(rng.normal(), rng.choice(LANGUAGES), int(rng.integers(2, 200))) for _ in range(25)]
    error = 4 * np.sqrt(rate / len(found))
    assert np.mean(np.array(found) <= rate) <= rate + error
    assert np.mean(np.array(found) <= rate) >= rate / 2 - 1 / (n + 1)  # and not needlessly seldom


def test_the_value_counts_the_human_posts_that_score_as_high_and_ties_are_among_them():
    rarity = HumanRarity.of(np.array([0.0] * 50 + [1.0] * 50), ["en"] * 100, [20] * 100)
    assert rarity.p_value(0.5, "en", 20) == 51 / 101
    assert rarity.p_value(1.0, "en", 20) == 51 / 101
    assert rarity.p_value(0.0, "en", 20) == 1.0
    assert rarity.p_value(1.5, "en", 20) == rarity.rarest("en", 20) == 1 / 101


@settings(max_examples=60)
@given(
    st.integers(0, 400), st.integers(0, 5), st.floats(0.001, 0.6), st.sampled_from(LANGUAGES), st.integers(1, 300),
    st.lists(st.floats(-4, 4), min_size=2, max_size=8),
)  # fmt: skip
def test_a_higher_score_is_never_less_rare_and_the_threshold_agrees(n, seed, rate, language, tokens, logits):
    rarity = people(n, seed)
    values = [rarity.p_value(logit, language, tokens) for logit in sorted(logits)]
    assert values == sorted(values, reverse=True)
    assert all(1 / (n + 1) <= value <= 1.0 for value in values)
    try:
        threshold = rarity.threshold(rate, language, tokens).logit
    except ThresholdError:
        assert int(rate * (n + 1) + 1e-9) < 1
        return
    for logit, value in zip(sorted(logits), values, strict=True):
        assert (logit >= threshold) == (value <= rate)
    assert rarity.p_value(threshold, language, tokens) <= rate
    assert rarity.p_value(float(np.nextafter(threshold, -np.inf)), language, tokens) > rate


def test_the_narrowest_group_answers_unless_it_is_too_small_for_the_value():
    rng = np.random.default_rng(0)
    zh, en = rng.normal(size=300), rng.normal(2.0, size=900)
    rarity = HumanRarity.of(np.concatenate([zh, en]), ["zh"] * 300 + ["en"] * 900, [20] * 1200)
    assert rarity.threshold(0.05, "zh", 20).n == 300
    assert rarity.threshold(0.001, "zh", 20).n == 1200
    assert (rarity.threshold(0.001, "zh", 20).language, rarity.threshold(0.001, "zh", 20).length) == (ANY, ANY)
    assert rarity.p_value(float(np.sort(zh)[-STABLE]), "zh", 20) == (STABLE + 1) / 301
    assert rarity.rarest("zh", 20) == 1 / 1201
    assert rarity.threshold(0.05, "de", 20).n == 1200


def test_rates_that_the_posts_cannot_support_are_refused():
    with pytest.raises(
        ThresholdError, match=r"rate of 0\.001: this bundle's 500 human calibration posts support 0\.002 and"
    ) as no:
        people(500).check(0.001)
    assert no.value.exit_code == 2
    with pytest.raises(ThresholdError, match="support no rate"):
        people(0).threshold(0.5, "en", 20)
    for rate in (0.0, 1.0, -0.1, float("nan")):
        with pytest.raises(ThresholdError, match="between 0 and 1"):
            people(500).check(rate)
    assert people(0).p_value(99.0, "en", 20) == 1.0
