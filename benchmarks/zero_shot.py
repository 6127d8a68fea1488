"""The published zero-shot detectors on our token statistics, for comparison.

Each takes the `TokenStatistics` of a text and returns a score that is *higher for machine text according to its paper*.
On posts written to pass as human several of them point the wrong way; that is a finding, so the signs stay as published.
"""

from __future__ import annotations

from collections.abc import Callable

from autowritten import features
from autowritten.lm.surprisal import TokenStatistics


def _negative(feature: Callable[[TokenStatistics], float]) -> Callable[[TokenStatistics], float]:
    return lambda statistics: -feature(statistics)


DETECTORS: dict[str, Callable[[TokenStatistics], float]] = {
    "log-likelihood": features.log_likelihood,
    "log-rank": _negative(features.log_rank),
    "entropy": features.entropy,  # the sign of DetectGPT (Mitchell et al. 2023, section 5), found by experiment
    "lrr": features.lrr,
    "fast-detectgpt": features.curvature,
    "gltr": features.top_10,
}
"""Name of the method -> score. `binoculars` (two models) and DivEye (a trained model over its ten features) are not
single statistics of one model: see `features.binoculars` and `DIVEYE`."""

DIVEYE: tuple[str, ...] = (
    "log_likelihood",
    "log_likelihood_std",
    "surprisal_skewness",
    "surprisal_kurtosis",
    "surprisal_change",
    "surprisal_change_std",
    "surprisal_second_std",
    "surprisal_second_entropy",
    "surprisal_second_autocorrelation",
)
"""The features of `features.NAMES` that make up DivEye, which its authors feed to a gradient-boosted classifier."""
