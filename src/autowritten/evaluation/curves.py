"""What the plots of the quality page are drawn from: small lists of points, kept in the JSON beside the metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from autowritten.evaluation import metrics
from autowritten.evaluation.tables import BANDS, band_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def roc(labels: ArrayLike, scores: ArrayLike, points: int = 120) -> dict[str, list[float]]:
    """Return points of the ROC curve, thinned to `points` false-positive rates spread evenly on a log scale.

    No rate is made up between two that were observed: each kept point is one threshold's.

    Returns:
        `fpr` and `tpr`, rising from (0, 0) to (1, 1).

    Raises:
        TooFewRows: a class has no rows.
    """
    metrics.auroc(labels, scores)  # the same checks
    truth, values = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    _, place = np.unique(-values, return_inverse=True)  # highest score first; equal scores are one step
    steps = int(place.max()) + 1
    false = np.cumsum(np.bincount(place[truth == 0], minlength=steps)) / np.sum(truth == 0)
    true = np.cumsum(np.bincount(place[truth == 1], minlength=steps)) / np.sum(truth == 1)
    false, true = np.r_[0.0, false], np.r_[0.0, true]
    lowest = 1 / np.sum(truth == 0)
    wanted = np.r_[0.0, np.geomspace(lowest, 1.0, points)]
    kept = np.unique(np.searchsorted(false, wanted + 1e-12, side="right") - 1)  # the best threshold at each rate
    return {"fpr": false[kept].tolist(), "tpr": true[kept].tolist()}


def calibration(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> dict[str, list[float]]:
    """Return the reliability diagram over bins of equal mass.

    Returns:
        `probability`, `share` of machine posts, and `n` of each bin.

    Raises:
        TooFewRows: there are no rows.
    """
    probability, share, mass = metrics.reliability(labels, probabilities, bins)
    return {"probability": probability.tolist(), "share": share.tolist(), "n": mass.tolist()}


def score_by_length(frame: pd.DataFrame, score_column: str = "logit") -> list[dict[str, Any]]:
    """Return the 5, 25, 50, 75 and 95% quantiles of the score per length band and class, with n.

    Args:
        frame: a scored table (see `tables`) with `tokens`.
        score_column: which score.
    """
    could = frame[frame[score_column].notna()]
    bands = could["tokens"].map(band_of)
    out = []
    for band in BANDS:
        for label, kind in ((0, "human"), (1, "machine")):
            scores = could[score_column][(bands == band) & (could["machine"] == label)]
            if len(scores):
                found = {"band": band, "label": kind, "n": len(scores)}
                out.append(found | {"quantiles": np.quantile(scores, _QUANTILES).tolist()})
    return out
