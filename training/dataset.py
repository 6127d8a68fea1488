"""The sample with its walks and features, ready to fit on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from autowritten import features
from training.walks import Walks, WalkStore


@dataclass(frozen=True)
class Dataset:
    """Rows and what the backbone says of them.

    Attributes:
        rows: the sample's columns, n rows.
        walks: of the n texts.
        features: shape (n, len(features.NAMES)).
        machine: 1 for machine rows, shape (n,).
    """

    rows: pd.DataFrame
    walks: Walks
    features: NDArray[np.float64]
    machine: NDArray[np.int64]

    def subset(self, mask: NDArray[np.bool_]) -> Dataset:
        """Return the rows where the mask holds."""
        index = np.flatnonzero(mask)
        walks = Walks(self.walks.pooled[index], self.walks.spread[index], [self.walks.statistics[i] for i in index])
        return Dataset(self.rows.iloc[index].reset_index(drop=True), walks, self.features[index], self.machine[index])


def load(rows: pd.DataFrame, store: WalkStore) -> Dataset:
    """Join rows with their walks.

    Args:
        rows: with columns text and label.
        store: holds the walks of the texts. One that lacks a text raises KeyError.
    """
    walks = store.load(list(rows["text"]))
    matrix = np.stack([features.extract(t, s) for t, s in zip(rows["text"], walks.statistics, strict=True)])
    return Dataset(rows, walks, matrix, (rows["label"] == "machine").to_numpy(dtype=np.int64))
