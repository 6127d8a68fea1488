"""What the fusion learns from: posts with the logit of a classifier that never saw them.

Two kinds, half of the weight each: posts by writers and platforms that the classifier did not know (each scored by the
network of its fold), and new posts by those it knew (the eighth kept from all fine-tuning). So the fusion learns how far to
trust the classifier on either.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training import balance, folds, models
from training.dataset import Dataset
from training.paths import work_folder

WHOLE = "whole"
"""The run on all families; `foldN` is the one without fold N."""


def logits(rows: pd.DataFrame) -> pd.DataFrame:
    """Return each row's logit by each run of `training.finetune` that scored it, NaN elsewhere; one column a run."""
    out = {}
    for name in (WHOLE, *(f"fold{k}" for k in range(len(folds.FOLDS)))):
        found = pd.read_parquet(work_folder() / "classifier" / name / "logits.parquet").set_index("text")["logit"]
        out[name] = rows["text"].map(found).to_numpy()
    return pd.DataFrame(out)


def training_set(data: Dataset, fold: int | None = None) -> tuple[Dataset, NDArray[np.float64], NDArray[np.float64]]:
    """Return posts to fit a fusion on, the classifier's logit of each, and how much each counts.

    Args:
        data: train rows; what must not be learnt from is left out already.
        fold: the fold whose network the fusion is for: known writers are then scored by it. None for the whole.
    """
    said = logits(data.rows)
    of = folds.fold_of(data.rows)
    unseen = said[[f"fold{k}" for k in range(len(folds.FOLDS))]].to_numpy()[np.arange(len(of)), of]
    known = said[WHOLE if fold is None else f"fold{fold}"].to_numpy()
    fresh = folds.kept_for_fusion(data.rows)
    if fold is not None:
        fresh &= of != fold
    parts = [(data.subset(np.isfinite(unseen)), unseen[np.isfinite(unseen)]), (data.subset(fresh), known[fresh])]
    # The pairs count more among known writers only: what a classifier says of them unknown is hardly better than chance, and
    # would teach the fusion to distrust it altogether.
    weight = [
        balance.weights(part.rows, mass) / len(part.rows)
        for (part, _), mass in zip(parts, ({}, balance.FAMILY), strict=True)
    ]
    joined = models.join([part for part, _ in parts])
    return joined, np.concatenate([s for _, s in parts]), np.concatenate(weight) * len(joined.rows) / 2
