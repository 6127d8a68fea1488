"""Metrics of a labelled, scored table by slice, and false alarms by source.

A scored table is a pandas frame with a row a post and the columns

    machine (0 or 1) · logit (NaN where nothing could be scored) · probability · verdict · lang · domain · generator ·
    dataset · tokens · obfuscated (bool)

of which only `machine` and the score column must be there; a slice whose column is missing is left out. `scored`
makes one from a labelled frame and the detector's Scores. Records are plain dictionaries of JSON types, numbers
unrounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autowritten.evaluation import metrics
from autowritten.judging.groups import LENGTHS, length_band, length_name
from autowritten.rates import wilson_interval
from autowritten.score import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from autowritten.judging.thresholds import Thresholds
    from autowritten.score import Score

BANDS = tuple(length_name(band) for band in range(len(LENGTHS) + 1))
"""The names of the length bands in tokens, `<8` to `128+`: the same as those of the thresholds."""

SLICES = ("lang", "domain", "generator", "length", "obfuscated")
"""The slices of `records`, in order."""

_DECISIONS = {Verdict.HUMAN: 0, Verdict.MACHINE: 1, Verdict.UNDECIDED: metrics.ABSTAIN}
_FEW_HUMANS = 20  # below, a generator is set against all human posts of its languages


def band_of(tokens: int) -> str:
    """Return the name of a post's length band."""
    return length_name(length_band(tokens))


def scored(frame: pd.DataFrame, scores: Iterable[Score]) -> pd.DataFrame:
    """Return the labelled frame with the columns of the scores; `lang` is the label's or else the detector's.

    Args:
        frame: one row a post.
        scores: as many Scores, in the same order.

    Raises:
        ValueError: there are more or fewer scores than rows.
    """
    rows = [
        {
            "logit": np.nan if score.logit is None else score.logit,
            "probability": np.nan if score.probability is None else score.probability,
            "verdict": str(score.verdict),
            "language": score.language,
            "tokens": score.tokens,
            "obfuscated": bool(score.obfuscation),
        }
        for score in scores
    ]
    if len(rows) != len(frame):
        raise ValueError(f"{len(rows)} scores for {len(frame)} rows")
    added = pd.DataFrame(rows, index=frame.index)
    out = frame.drop(columns=[name for name in added if name in frame]).join(added)
    return out if "lang" in out else out.assign(lang=out["language"])


def flagged(frame: pd.DataFrame, thresholds: Thresholds, min_tokens: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the scored frame with a column a shipped threshold, true where it calls the post machine.

    Args:
        frame: of `scored`.
        thresholds: of the bundle.
        min_tokens: a shorter post is never called anything.

    Returns:
        The frame and, for `false_alarms`, false-positive rate -> name of its column.
    """
    columns = {f"{rate:g}": f"flagged_at_{rate:g}" for rate in thresholds.rates}
    rows = list(zip(frame["logit"], frame["language"], frame["tokens"], strict=True))
    added = {
        columns[f"{rate:g}"]: [
            tokens >= min_tokens and logit >= thresholds.machine_at(rate, lang, tokens).logit
            for logit, lang, tokens in rows
        ]
        for rate in thresholds.rates
    }
    return frame.assign(**added), columns


def records(
    frame: pd.DataFrame,
    score_column: str = "logit",
    *,
    slices: Iterable[str] = SLICES,
    resamples: int = 1000,
    **same: Any,  # noqa: ANN401 - any JSON value
) -> list[dict[str, Any]]:
    """Return the ranking metrics of the whole frame and of each of its slices, one record a slice value.

    Args:
        frame: a scored table (see the module).
        score_column: which score to judge; higher is more machine. NaN rows are counted as `n_unscored` and left out.
        slices: some of `SLICES`.
        resamples: of the bootstrap intervals.
        **same: put into every record: `set="tweepfake-test", method="autowritten"`.

    Returns:
        Records with `slice` (`all` first), `value`, `n_human`, `n_machine`, `n_unscored`, `auroc`, `auroc_low`,
        `auroc_high` (95%), `tpr_at_1fpr` and `tpr_at_5fpr`; a metric that the rows can't support is None.
    """
    out = [same | {"slice": "all", "value": ""} | _ranking(frame, score_column, resamples)]
    for name in slices:
        for value, part in _parts(frame, name):
            out.append(same | {"slice": name, "value": value} | _ranking(part, score_column, resamples))
    return out


def decisions(frame: pd.DataFrame, **same: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON value
    """Return how good verdicts and probabilities are: one record.

    Args:
        frame: a scored table with `verdict` and `probability`.
        **same: put into the record.

    Returns:
        `n`, `answered` (share with a verdict other than `undecided`), `accuracy` and `f1` (an undecided post counts
        as not flagged), `c_at_1`, and over the posts that could be scored `accuracy_at_half` (machine from a probability of
        one half, as papers without abstention count), `brier` and `ece`; None where the rows
        can't support it.
    """
    truth = frame["machine"].to_numpy()
    said = frame["verdict"].map({str(verdict): value for verdict, value in _DECISIONS.items()}).to_numpy()
    could = frame["probability"].notna().to_numpy()
    probability = frame["probability"].to_numpy()[could]
    return same | {
        "n": len(frame),
        "answered": float(np.mean(said != metrics.ABSTAIN)) if len(frame) else None,
        "accuracy": _or_none(metrics.accuracy, truth, said, 1),
        "f1": _or_none(metrics.f1, truth, said, 1),
        "c_at_1": _or_none(metrics.c_at_1, truth, said),
        "accuracy_at_half": _or_none(metrics.accuracy, truth[could], probability, 0.5),
        "brier": _or_none(metrics.brier, truth[could], probability),
        "ece": _or_none(metrics.ece, truth[could], probability),
    }


def false_alarms(
    frame: pd.DataFrame,
    flags: Mapping[str, str],
    source_column: str = "dataset",
    **same: Any,  # noqa: ANN401 - any JSON value
) -> list[dict[str, Any]]:
    """Return the share of human posts flagged, per source and threshold, with Wilson's 95% interval.

    Args:
        frame: a scored table; its machine rows are not looked at.
        flags: promised false-positive rate -> name of a boolean column that says which posts its threshold flags:
            `{"0.01": "flagged_at_1"}`.
        source_column: what a source is; if the frame has no such column, there is only `(all)`.
        **same: put into every record.

    Returns:
        Records with `source`, `fpr` (promised, a number), `n_human`, `flagged`, `rate`, `low`, `high`; `(all)` comes
        first.
    """
    human = frame[frame["machine"] == 0]
    sources = [("(all)", human)]
    if source_column in human:
        sources += [(str(name), rows) for name, rows in human.groupby(source_column)]
    out = []
    for source, rows in sources:
        for fpr, column in flags.items():
            if len(rows):
                flagged = int(rows[column].sum())
                low, high = wilson_interval(flagged, len(rows))
                counts = {"source": source, "fpr": float(fpr), "n_human": len(rows), "flagged": flagged}
                out.append(same | counts | {"rate": flagged / len(rows), "low": low, "high": high})
    return out


def _ranking(frame: pd.DataFrame, score_column: str, resamples: int) -> dict[str, Any]:
    could = frame[frame[score_column].notna()]
    truth, score = could["machine"].to_numpy(), could[score_column].to_numpy()
    interval = _or_none(metrics.bootstrap_interval, truth, score, metrics.auroc_of_counts, resamples=resamples)
    return {
        "n_human": int(np.sum(truth == 0)),
        "n_machine": int(np.sum(truth == 1)),
        "n_unscored": len(frame) - len(could),
        "auroc": _or_none(metrics.auroc, truth, score),
        "auroc_low": interval and interval[0],
        "auroc_high": interval and interval[1],
        "tpr_at_1fpr": _or_none(metrics.tpr_at_fpr, truth, score, 0.01),
        "tpr_at_5fpr": _or_none(metrics.tpr_at_fpr, truth, score, 0.05),
    }


def _or_none(metric: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - passes through to any metric
    """Return the metric, or None where it refuses the number of rows."""
    try:
        return metric(*args, **options)
    except metrics.TooFewRows:
        return None


def _parts(frame: pd.DataFrame, name: str) -> Iterator[tuple[Any, pd.DataFrame]]:
    """Yield the values of a slice and their rows: names by size, bands by length; nothing if the column is missing."""
    if name == "length":
        if "tokens" in frame:
            bands = frame["tokens"].map(band_of)
            yield from ((band, frame[bands == band]) for band in BANDS if (bands == band).any())
    elif name == "generator":
        if name in frame:
            yield from _by_generator(frame)
    elif name in frame:
        for value in frame[name].value_counts().index:
            yield bool(value) if name == "obfuscated" else str(value), frame[frame[name] == value]


def _by_generator(frame: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each generator's posts with the human posts beside them: of its own data sets, or else of its languages."""
    machine, human = frame[frame["machine"] == 1], frame[frame["machine"] == 0]
    for generator in machine["generator"].value_counts().index:
        rows = machine[machine["generator"] == generator]
        beside = human
        for column, fewest in (("lang", 0), ("dataset", _FEW_HUMANS)):
            if column in frame:
                closer = beside[beside[column].isin(rows[column].unique())]
                beside = closer if len(closer) > fewest else beside
        yield str(generator), pd.concat([beside, rows])
