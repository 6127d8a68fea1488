"""Pooled hidden states to one logit."""

import numpy as np
import pytest

from autowritten.classifier import Classifier, states


def test_states_are_means_then_the_chosen_spreads():
    pooled = np.arange(12.0).reshape(2, 3, 2)
    spread = 100 + pooled
    assert states(pooled, spread, [1]).tolist() == [
        [0, 1, 2, 3, 4, 5, 102, 103],
        [6, 7, 8, 9, 10, 11, 108, 109],
    ]
    assert states(pooled, spread, []).shape == (2, 6)


def test_a_hand_worked_logit():
    pooled, spread = np.ones((1, 2, 1)), np.array([[[5.0], [7.0]]])
    centre, eye = np.array([1, 0, 2], dtype=np.float32), np.eye(3, dtype=np.float32)
    bias, output = np.array([-1, 0.5, 0], dtype=np.float32), np.array([9, 2, 3], dtype=np.float32)
    classifier = Classifier((4, 8), (8,), centre, eye, bias, output, 0.25)
    # states 1 1 7, less the centre 0 1 5, with bias -1 1.5 5: the first unit is shut
    assert classifier.logits(pooled, spread).tolist() == pytest.approx([2 * 1.5 + 3 * 5 + 0.25])


def test_round_trip(bundle):
    pooled, spread = np.random.default_rng(0).normal(size=(2, 3, 2, 16)).astype(np.float32)
    again = Classifier.from_tensors([2, 4], [4], bundle.classifier.tensors())
    np.testing.assert_allclose(again.logits(pooled, spread), bundle.classifier.logits(pooled, spread), rtol=1e-6)
