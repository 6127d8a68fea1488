"""What a bundle says of its own work, as JSON: ranking, error rates, what abstention costs, what each half adds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from autowritten.bundle import Bundle
from autowritten.evaluation import metrics, tables
from autowritten.judging.groups import language_group
from autowritten.judging.judge import Judge
from autowritten.rates import wilson_interval
from autowritten.score import Verdict
from training import models
from training.dataset import Dataset


def judged(bundle: Bundle, data: Dataset, said: NDArray[np.float64], fpr: float | None = None) -> pd.DataFrame:
    """Return the rows with the columns of `evaluation.tables.scored`, and each half's logit.

    Args:
        bundle: what judges.
        data: walked texts.
        said: the classifier's logit of each, shape (n,).
        fpr: false-positive rate of the verdicts; None for the bundle's own.
    """
    judge = bundle.judge()
    inputs = models.fusion_inputs(bundle.fusion.band, data, said)
    logits = bundle.fusion.logits(inputs)
    out = data.rows.assign(
        machine=data.machine,
        logit=logits,
        classifier=said,
        perplexity=bundle.fusion.perplexity_logits(inputs),
        probability=judge.probabilities(logits),
        language=data.rows["lang"],
        obfuscated=False,
    )
    return out.assign(verdict=_verdicts(judge, out, "logit", bundle.config["fpr"] if fpr is None else fpr))


def _verdicts(judge: Judge, table: pd.DataFrame, column: str, fpr: float) -> list[str]:
    """Return the verdicts on a column of logits at one false-positive rate."""
    rows = zip(table[column], table["language"], table["tokens"], strict=True)
    return [str(judge.verdict(logit, language, tokens, fpr)[0]) for logit, language, tokens in rows]


def report(
    bundle: Bundle, dev: tuple[Dataset, NDArray[np.float64]], pairs: tuple[Dataset, NDArray[np.float64]]
) -> dict[str, Any]:
    """Return what goes into the bundle's calibration file and its card.

    Args:
        bundle: calibrated.
        dev: posts that neither training nor calibration read, and the classifier's logit of each.
        pairs: the same of the pairs by present-day models.
    """
    table, of_pairs = judged(bundle, *dev), judged(bundle, *pairs)
    full, fast = bundle.judge(), bundle.judge(fast=True)
    return {
        "slices": _by_language(table),
        "held_out_pairs": _by_language(of_pairs),
        "halves": {name: _auroc(table, of_pairs, name) for name in ("logit", "classifier", "perplexity")},
        "false_positive_rates": [_at(full, table, "logit", rate) for rate in full.thresholds.rates],
        "ece": metrics.ece(table["machine"].to_numpy(), table["probability"].to_numpy()),
        "fast": [_at(fast, table, "classifier", rate) for rate in fast.thresholds.rates],
    }


def _by_language(table: pd.DataFrame) -> list[dict[str, Any]]:
    return tables.records(table.assign(lang=table["lang"].map(language_group)), slices=("lang",))


def _auroc(dev: pd.DataFrame, pairs: pd.DataFrame, column: str) -> dict[str, float]:
    """Return one score's AUROC on dev and on the held-out pairs, by language."""
    out = {}
    for name, table in (("dev", dev), ("pairs", pairs)):
        for lang in ("zh", "fr", "en"):
            part = table[table["lang"] == lang]
            if part["machine"].nunique() == 2:
                out[f"{name} {lang}"] = metrics.auroc(part["machine"].to_numpy(), part[column].to_numpy())
    return out


def _at(judge: Judge, table: pd.DataFrame, column: str, fpr: float) -> dict[str, Any]:
    """Return how the verdicts on a column of logits turned out at one false-positive rate."""
    table = table.assign(verdict=_verdicts(judge, table, column, fpr))
    human, machine = (table["verdict"][table["machine"] == label] for label in (0, 1))
    flagged = int((human == Verdict.MACHINE).sum())
    low, high = wilson_interval(flagged, len(human))
    decided = table[table["verdict"] != Verdict.UNDECIDED]
    wrong = (decided["verdict"] == Verdict.MACHINE) != (decided["machine"] == 1)
    return {
        "promised": fpr,
        "n_human": len(human),
        "measured": flagged / len(human),
        "low": low,
        "high": high,
        "machine_caught": float((machine == Verdict.MACHINE).mean()),
        "machine_called_human": float((machine == Verdict.HUMAN).mean()),
        "decided": len(decided) / len(table),
        "error_when_decided": float(wrong.mean()) if len(decided) else None,
    }
