"""Labelled posts in files -> a scored table -> results: what `autowritten evaluate` does."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from autowritten.errors import UsageError
from autowritten.evaluation import curves, metrics, tables
from autowritten.posts import Reject, get_column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from autowritten.detector import Detector
    from autowritten.posts import PostFile

LABELS = {"human": 0, "0": 0, "machine": 1, "1": 1}
"""What a label may be, in any case, and what it means."""

KEPT = ("lang", "domain", "generator", "dataset")
"""Columns of the input that slices are made by, where they are there."""


def read(files: Iterable[PostFile], label: str = "label") -> tuple[pd.DataFrame, list[Reject]]:
    """Read labelled posts.

    Args:
        files: opened with the column of the post told.
        label: column with the label; see `LABELS`.

    Returns:
        A row a post with `text`, `machine` (0 or 1) and those of `KEPT` that occur; and the rows that could not be read.

    Raises:
        UsageError: a label is missing or none of `LABELS`, so that the wrong column must be meant; or there are no rows.
        AutowrittenError: a file can't be read.
    """
    rows, rejects = [], []
    for file in files:
        for item in file:
            if isinstance(item, Reject):
                rejects.append(item)
                continue
            value = get_column(item.data, label)
            machine = LABELS.get(_folded(value))
            if machine is None:
                where = f"{file.source.name}:{item.line}"
                raise UsageError(
                    f"{where}: {label!r} is {value!r}; a label is human or machine, 0 or 1. Name its column with --label"
                )
            kept = {name: item.data[name] for name in KEPT if item.data.get(name) is not None}
            rows.append({"text": get_column(item.data, file.columns.text), "machine": machine} | kept)
    if not rows:
        raise UsageError("there is no labelled post to evaluate on")
    return pd.DataFrame(rows), rejects


def evaluate(
    frame: pd.DataFrame,
    detector: Detector,
    *,
    watch: Callable[[Iterable[Any]], Iterable[Any]] = iter,
    resamples: int = 1000,
) -> dict[str, Any]:
    """Score labelled posts and measure: the parts of a quality page (see `page`), of JSON types.

    Args:
        frame: of `read`.
        detector: with a bundle; its thresholds are the ones judged.
        watch: passed through by every score, for a progress bar.
        resamples: of the bootstrap intervals.
    """
    scored = tables.scored(frame, watch(detector.score_many(frame["text"])))
    scored, flags = tables.flagged(scored, detector.judge.thresholds, detector.judge.min_tokens)
    return {
        "model": detector.name,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "fpr": detector.fpr,
        "records": tables.records(scored, resamples=resamples),
        "decisions": [tables.decisions(scored)],
        "false_alarms": tables.false_alarms(scored, flags),
        "curves": _curves(scored),
    }


def _curves(scored: pd.DataFrame) -> dict[str, Any]:
    could = scored[scored["logit"].notna()]
    out: dict[str, Any] = {"length": curves.score_by_length(scored)}
    try:
        out["roc"] = {"all": curves.roc(could["machine"], could["logit"])}
        out["calibration"] = {"all": curves.calibration(could["machine"], could["probability"])}
    except metrics.TooFewRows:  # posts of one class have no such curve
        pass
    return out


def _folded(value: object) -> str:
    """Return a label as text, whatever type its column has: 1, 1.0, True and "1" are one."""
    if isinstance(value, bool | float) and value == int(value):
        value = int(value)
    return str(value).strip().casefold()
