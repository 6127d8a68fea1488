"""The models that training fits and that the left-out rotation compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression

from autowritten.classifier import Classifier
from autowritten.features import NAMES
from autowritten.fusion import INPUTS, Fusion
from autowritten.human_band import HumanBand
from training.balance import weights
from training.dataset import Dataset
from training.walks import DEPTHS

POOLED = (4, 8, 12)
"""Depths that the classifier pools (training/LOG.md)."""
COMPONENTS = 512
CLASSIFIER_C = 0.01
FUSION_C = 0.03
FOLDS = 4


def pooled(data: Dataset, depths: tuple[int, ...] = POOLED) -> NDArray[np.float32]:
    """Return the mean hidden states at some depths, shape (n, len(depths), hidden)."""
    return data.walks.pooled[:, [DEPTHS.index(d) for d in depths]].astype(np.float32)


def fit_classifier(data: Dataset, *, depths: tuple[int, ...] = POOLED, c: float = CLASSIFIER_C) -> Classifier:
    """Fit a logistic head on standardised hidden states.

    The states are first rotated to the leading principal components: the head fits several times faster and the
    directions in which texts hardly differ can't be overfitted. The rotation is folded into the head's weights.
    """
    states = pooled(data, depths).reshape(len(data.rows), -1)
    weight = weights(data.rows)
    centre = states.mean(0)
    scale = states.std(0) + 1e-3
    states = (states - centre) / scale
    rotation = PCA(min(COMPONENTS, *states.shape), svd_solver="randomized", random_state=0).fit(states)
    head = LogisticRegression(C=c, max_iter=500, tol=1e-4)
    head.fit(states @ rotation.components_.T, data.machine, sample_weight=weight)
    return Classifier(
        depths,
        centre.astype(np.float32),
        scale.astype(np.float32),
        (head.coef_[0] @ rotation.components_).astype(np.float32),
        float(head.intercept_[0]),
    )


def fit_band(data: Dataset) -> HumanBand:
    """Fit the human band on the human rows."""
    human = data.machine == 0
    return HumanBand.fit(data.features[human], list(data.rows["lang"][human]), list(data.rows["tokens"][human]))


def out_of_fold(data: Dataset) -> NDArray[np.float64]:
    """Return classifier logits of rows whose *writer* the classifier has not seen.

    A fold holds whole generator families and, of the human rows, whole datasets: the fusion learns how far the
    classifier can be trusted on a writer nobody has seen, which is the case it is there for.
    """
    group = data.rows["dataset"].where(data.machine == 0, data.rows["family"].fillna(data.rows["dataset"]))
    names = sorted(group.unique())
    order = np.random.default_rng(0).permutation(len(names))
    fold = group.map({names[i]: k % FOLDS for k, i in enumerate(order)}).to_numpy()
    logits = np.empty(len(data.rows))
    for k in range(FOLDS):
        classifier = fit_classifier(data.subset(fold != k))
        logits[fold == k] = classifier.logits(pooled(data.subset(fold == k)))
    return logits


def fit_fusion(data: Dataset, classifier_logits: NDArray[np.float64], *, c: float = FUSION_C) -> Fusion:
    """Fit the fusion on classifier logits of rows that the classifier was not fitted on."""
    band = fit_band(data)
    design = Fusion.design(
        band, classifier_logits, data.features, list(data.rows["lang"]), list(data.rows["tokens"])
    )
    head = LogisticRegression(C=c, max_iter=1000)
    head.fit(design, data.machine, sample_weight=weights(data.rows))
    return Fusion(band, head.coef_[0].astype(np.float64), float(head.intercept_[0]))


def fused(classifier: Classifier, fusion: Fusion, data: Dataset) -> NDArray[np.float64]:
    """Return the fused logits of walked texts."""
    return fusion.logits(
        classifier.logits(pooled(data)), data.features, list(data.rows["lang"]), list(data.rows["tokens"])
    )
