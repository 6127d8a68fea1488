"""Rates of a few posts or accounts: intervals, tests, and corrections for many tests. Everything here is scipy's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

_NO_CORRELATION = 1e-8
"""Under this the beta-binomial is the binomial to nine digits, and its own formula loses them to rounding."""


def wilson_interval(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a rate (Wilson, 1927): honest near 0 and 1, where the plain one collapses.

    `scipy.stats.binomtest` has the same interval, at a hundred times the cost per account.

    Args:
        hits: how often it happened.
        n: out of how many, at least 1.
        level: probability that the interval holds the true rate, between 0 and 1.

    Raises:
        ValueError: `hits` is outside 0 to `n`, `n` is 0, or the level is not between 0 and 1.
    """
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"{hits} of {n} is not a rate")
    if not 0.0 < level < 1.0:
        raise ValueError(f"a level lies between 0 and 1, not at {level:g}")
    z2 = float(special.ndtri((1.0 + level) / 2.0)) ** 2
    rate = hits / n
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (rate * (1 - rate) + z2 / (4 * n)) / n) / (1 + z2 / n)
    # At the ends the bound is exactly 0 or 1; rounding must not change that.
    return (0.0 if hits == 0 else centre - half), (1.0 if hits == n else centre + half)


def flag_log_probabilities(posts: int, rate: float, rho: float) -> NDArray[np.float64]:
    """Return the log-probability of 0, 1, … flagged posts of one person: beta-binomial (Skellam 1948), binomial with rho 0.

    The share that is flagged differs from person to person, Beta-distributed with mean `rate`; rho is the correlation of any
    two posts of one person.

    Args:
        posts: at least 0.
        rate: mean share of flagged posts, between 0 and 1.
        rho: 0 to below 1.

    Returns:
        Shape (posts + 1,).
    """
    flagged = np.arange(posts + 1)
    if rho < _NO_CORRELATION:
        plain: NDArray[np.float64] = stats.binom.logpmf(flagged, posts, rate)
        return plain
    spread = (1.0 - rho) / rho
    mixed: NDArray[np.float64] = stats.betabinom.logpmf(flagged, posts, rate * spread, (1.0 - rate) * spread)
    return mixed


@lru_cache(1 << 16)  # small accounts are alike
def flag_p_value(flagged: int, posts: int, rate: float, rho: float) -> float:
    """Return the probability that at least so many of a person's posts are flagged (see `flag_log_probabilities`).

    Summed over the tail: `sf`, which is 1 less the rest, would round small p-values to 0.
    """
    if flagged == 0:
        return 1.0
    return min(1.0, float(np.exp(special.logsumexp(flag_log_probabilities(posts, rate, rho)[flagged:]))))


def q_values(p_values: Sequence[float]) -> NDArray[np.float64]:
    """Return p-values adjusted for their number (Benjamini and Hochberg 1995), shape (p-values,).

    Of all with a q-value up to some rate, at most that share is expected to be there by chance.
    """
    if not len(p_values):
        return np.empty(0)
    adjusted: NDArray[np.float64] = stats.false_discovery_control(np.asarray(p_values, dtype=np.float64))
    return adjusted


def conformal_rate_interval(posts: int, rate: float, level: float = 0.95) -> tuple[float, float]:
    """Return where the true false-positive rate of a conformal threshold lies, given the number of posts it was set on.

    A conformal threshold keeps its rate on average over calibration sets; the rate of one of them is Beta(n + 1 - k, k)
    for the k-th smallest of n (Vovk 2012, https://arxiv.org/abs/1209.2673).
    """
    k = int(np.ceil((posts + 1) * (1.0 - rate) - 1e-9))
    low, high = stats.beta.ppf([(1.0 - level) / 2.0, (1.0 + level) / 2.0], posts + 1 - k, k)
    return float(low), float(high)


def normal_p_value(z: float) -> float:
    """Return the two-sided p-value of a standard normal deviate."""
    return float(2.0 * stats.norm.sf(abs(z)))


def mean_ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Return ranks from 1, equal values sharing their mean rank, shape (values,)."""
    ranks: NDArray[np.float64] = stats.rankdata(np.asarray(values))
    return ranks
