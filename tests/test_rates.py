"""Intervals and tests of rates, against their definitions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autowritten.rates import conformal_rate_interval, flag_log_probabilities, flag_p_value, q_values, wilson_interval

shares = st.floats(0.001, 0.5)
correlations = st.one_of(st.just(0.0), st.floats(1e-5, 0.9))


@given(st.integers(0, 300), shares, correlations)
def test_probabilities_sum_to_one_with_the_moments_of_a_beta_binomial(n, rate, rho):
    p = np.exp(flag_log_probabilities(n, rate, rho))
    k = np.arange(n + 1)
    assert p.shape == (n + 1,)
    assert p.sum() == pytest.approx(1.0)
    assert (k * p).sum() == pytest.approx(n * rate)
    assert ((k - n * rate) ** 2 * p).sum() == pytest.approx(n * rate * (1 - rate) * (1 + (n - 1) * rho))


def test_without_correlation_it_is_the_binomial():
    plain = [math.comb(9, k) * 0.05**k * 0.95 ** (9 - k) for k in range(10)]
    assert np.exp(flag_log_probabilities(9, 0.05, 0.0)) == pytest.approx(plain)


@given(st.integers(1, 60), shares, correlations)
def test_more_flagged_posts_are_less_likely(n, rate, rho):
    tails = [flag_p_value(k, n, rate, rho) for k in range(n + 1)]
    assert tails[0] == 1.0
    assert tails == sorted(tails, reverse=True)
    assert all(0.0 < tail <= 1.0 for tail in tails)


def test_people_who_are_alike_to_themselves_are_not_found_out_of_chance():
    rng = np.random.default_rng(0)
    flagged = rng.binomial(40, rng.beta(0.05 * 9, 0.95 * 9, 20_000))  # rho = 1 / (9 + 1)
    corrected = np.mean([flag_p_value(int(k), 40, 0.05, 0.1) <= 0.01 for k in flagged])
    naive = np.mean([flag_p_value(int(k), 40, 0.05, 0.0) <= 0.01 for k in flagged])
    assert corrected <= 0.0125
    assert naive > 0.05


def test_q_values_are_those_of_benjamini_and_hochberg():
    p = [0.04, 0.01, 0.5, 0.02]
    assert q_values(p) == pytest.approx([0.16 / 3, 0.04, 0.5, 0.04])
    assert q_values([]).shape == (0,)


@given(st.lists(st.floats(0.0, 1.0), min_size=1))
def test_q_values_keep_the_order_and_are_no_smaller(p):
    q = q_values(p)
    assert (q >= np.array(p) - 1e-12).all()
    assert (q <= 1.0).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= 0.0).all()


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
@pytest.mark.parametrize(("hits", "n"), [(10, 100), (1, 7), (0, 50), (50, 50)])
def test_the_interval_is_scipys(hits, n, level):
    expected = stats.binomtest(hits, n).proportion_ci(level, method="wilson")
    assert wilson_interval(hits, n, level) == pytest.approx((expected.low, expected.high))


def test_what_is_not_a_rate_is_refused():
    for hits, n in ((0, 0), (3, 2), (-1, 5)):
        with pytest.raises(ValueError, match="rate"):
            wilson_interval(hits, n)
    with pytest.raises(ValueError, match="level"):
        wilson_interval(1, 2, 1.0)


def test_the_rate_of_a_threshold_follows_a_beta_distribution():
    rng = np.random.default_rng(0)
    k = int(np.ceil(1001 * 0.99))
    thresholds = np.sort(rng.random((4000, 1000)), axis=1)[:, k - 1]
    low, high = conformal_rate_interval(1000, 0.01)
    assert np.mean((1 - thresholds < low) | (1 - thresholds > high)) == pytest.approx(0.05, abs=0.015)
