"""The points of the plots are real thresholds and quantiles."""

import numpy as np
import pytest
from sklearn import metrics as sk

from autowritten.evaluation import curves, metrics


def test_roc_points_lie_on_the_curve(table):
    found = curves.roc(table["machine"], table["logit"], points=40)
    false, true, _ = sk.roc_curve(table["machine"], table["logit"], drop_intermediate=False)
    real = set(zip(false.round(9), true.round(9), strict=True))
    assert set(zip(np.round(found["fpr"], 9), np.round(found["tpr"], 9), strict=True)) <= real
    assert (found["fpr"][-1], found["tpr"][-1]) == (1.0, 1.0)
    assert found["fpr"][0] == 0.0
    assert np.all(np.diff(found["fpr"]) > 0)
    assert len(found["fpr"]) <= 42


def test_roc_with_ties_is_one_step():
    assert curves.roc([0, 0, 1, 1], [1, 1, 1, 1]) == {"fpr": [0.0, 1.0], "tpr": [0.0, 1.0]}
    with pytest.raises(metrics.TooFewRows):
        curves.roc([0, 0], [1, 2])


def test_calibration_keeps_every_post(table):
    assert sum(curves.calibration(table["machine"], table["probability"])["n"]) == 400


def test_score_by_length(table):
    found = curves.score_by_length(table)
    assert sum(entry["n"] for entry in found) == 400
    assert [entry["label"] for entry in found[:2]] == ["human", "machine"]
    assert all(entry["quantiles"] == sorted(entry["quantiles"]) for entry in found)
