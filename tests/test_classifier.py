"""The projection of hidden states."""

import numpy as np

from autowritten.classifier import Classifier, states


def test_states_are_means_then_the_chosen_spreads():
    pooled = np.arange(12.0).reshape(2, 3, 2)
    spread = 100 + pooled
    assert states(pooled, spread, [1]).tolist() == [
        [0, 1, 2, 3, 4, 5, 102, 103],
        [6, 7, 8, 9, 10, 11, 108, 109],
    ]
    assert states(pooled, spread, []).shape == (2, 6)


def test_projection_names_its_spreads_by_depth():
    pooled, spread = np.ones((1, 2, 1)), np.array([[[5.0], [7.0]]])
    classifier = Classifier((4, 8), (8,), np.array([1, 0, 2], dtype=np.float32), np.eye(3, dtype=np.float32))
    assert classifier.project(pooled, spread).tolist() == [[0, 1, 5]]


def test_round_trip(bundle):
    pooled, spread = np.random.default_rng(0).normal(size=(2, 3, 2, 16)).astype(np.float32)
    again = Classifier.from_tensors([2, 4], [4], bundle.classifier.tensors())
    np.testing.assert_array_equal(again.project(pooled, spread), bundle.classifier.project(pooled, spread))
