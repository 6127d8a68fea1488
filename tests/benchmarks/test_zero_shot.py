"""The published detectors point where their papers say."""

import numpy as np
import pytest

from autowritten import features
from autowritten.lm.surprisal import TokenStatistics
from benchmarks import zero_shot


def make(surprisal, rank, entropy, variance=1.0):
    n = 20
    return TokenStatistics(*(np.full(n, value, dtype=np.float32) for value in (-surprisal, rank, entropy, variance)))


@pytest.mark.parametrize("name", ["log-likelihood", "log-rank", "fast-detectgpt", "gltr"])
def test_what_the_model_expects_scores_higher(name):
    expected, odd = make(1, 1, 2), make(9, 900, 2)
    detector = zero_shot.DETECTORS[name]
    assert detector(expected) > detector(odd)


def test_signs_against_the_features():
    s = make(3, 7, 2)
    assert zero_shot.DETECTORS["log-rank"](s) == -features.log_rank(s)
    assert zero_shot.DETECTORS["entropy"](s) == features.entropy(s)  # DetectGPT takes high entropy for machine text
    assert zero_shot.DETECTORS["lrr"](s) == features.lrr(s) == pytest.approx(3 / np.log(7), rel=1e-5)
    assert zero_shot.DETECTORS["fast-detectgpt"](s) == pytest.approx((2 - 3) * 20 / np.sqrt(20), rel=1e-5)


def test_every_detector_takes_any_length():
    for n in range(4):
        s = TokenStatistics(*np.ones((4, n), dtype=np.float32) * [[-1], [1], [1], [1]])
        assert all(np.isfinite(detector(s)) for detector in zero_shot.DETECTORS.values())


def test_diveye_is_made_of_features():
    assert set(zero_shot.DIVEYE) <= set(features.NAMES)
    assert len(zero_shot.DIVEYE) == len(set(zero_shot.DIVEYE))
