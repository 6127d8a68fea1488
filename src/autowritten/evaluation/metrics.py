"""Metrics of a detector, as pure numpy functions of labels and scores.

Throughout, `labels` is a vector of 0 (human) and 1 (machine) and a higher score means more likely machine. Scores are
never rounded and equal scores are never split: a threshold `t` flags every post with `score >= t`, so posts that tie
fall on one side together. (A detector whose scores were rounded to 1.0 once led a public leaderboard: liamdugan/raid,
issue 51.)

Every metric of a ranking or of a threshold depends on the data only through how many human and machine posts hold each
distinct score. They are written once, for a stack of such counts, and so serve the plain value (a stack of one) and
the bootstrap (a stack of a thousand resamples) alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

Statistic = Callable[[Floats, Counts, Counts], Floats]
"""A metric of counts: (U) distinct scores in rising order, (R, U) human and (R, U) machine counts -> (R) values."""

ABSTAIN = -1
"""The decision of a detector that declines to say, for `c_at_1`."""

_CHUNK_CELLS = 4_000_000  # resamples x distinct scores held at once: 32 MB an array


class TooFewRows(ValueError):
    """There are too few rows of a class for the metric that was asked for: it would be a guess."""


def auroc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the area under the ROC curve: how often a machine post outscores a human one, ties counting half.

    This is the Mann-Whitney U statistic over `n_human * n_machine` (Hanley and McNeil, 1982, Radiology 143).

    Args:
        labels: (n) 0 for human, 1 for machine.
        scores: (n) any real numbers; infinities are allowed, NaN is not.

    Raises:
        TooFewRows: a class has no rows.
        ValueError: the arrays differ in length, a label is neither 0 nor 1, or a score is NaN.
    """
    return _value(labels, scores, auroc_of_counts)


def tpr_at_fpr(labels: ArrayLike, scores: ArrayLike, fpr: float) -> float:
    """Return the largest share of machine posts caught by a threshold that flags at most `fpr` of the human ones.

    Args:
        labels: (n) 0 for human, 1 for machine.
        scores: (n) any real numbers; NaN is not allowed.
        fpr: false-positive rate, above 0 and below 1.

    Raises:
        TooFewRows: fewer than ceil(1 / fpr) human rows, of which not even one may be flagged; or no machine rows.
        ValueError: as for `auroc`, or `fpr` is out of range.
    """
    return _value(labels, scores, tpr_at_fpr_of_counts(fpr))


def accuracy(labels: ArrayLike, scores: ArrayLike, threshold: float) -> float:
    """Return the share of posts on their own side of `threshold` (machine if `score >= threshold`).

    Raises:
        TooFewRows: there are no rows.
        ValueError: as for `auroc`.
    """
    truth, values = _checked(labels, scores)
    _need(truth.size, "rows")
    return float(np.mean((values >= threshold) == (truth == 1)))


def f1(labels: ArrayLike, scores: ArrayLike, threshold: float) -> float:
    """Return the F1 of the machine class at `threshold`: `2 TP / (2 TP + FP + FN)`, and 0 if nothing is right.

    Raises:
        TooFewRows: there are no machine rows.
        ValueError: as for `auroc`.
    """
    truth, values = _checked(labels, scores)
    _need(int(truth.sum()), "machine rows")
    flagged = values >= threshold
    hits = int(np.sum(flagged & (truth == 1)))
    return 2 * hits / int(flagged.sum() + truth.sum())


def c_at_1(labels: ArrayLike, decisions: ArrayLike) -> float:
    """Return c@1, an accuracy that gives an abstention the accuracy of the answered rest.

    From Peñas and Rodrigo (2011), "A simple measure to assess non-response", ACL:
    `c@1 = (n_correct + n_abstained * n_correct / n) / n`; the same as accuracy when nothing is left open.

    Args:
        labels: (n) 0 for human, 1 for machine.
        decisions: (n) 0, 1, or `ABSTAIN`.

    Raises:
        TooFewRows: there are no rows.
        ValueError: the arrays differ in length or hold other values.
    """
    truth, said = _checked(labels, decisions)
    _need(truth.size, "rows")
    if not np.isin(said, (0, 1, ABSTAIN)).all():
        raise ValueError(f"a decision is 0, 1 or {ABSTAIN} (abstained)")
    n, correct, open_ = truth.size, int(np.sum(said == truth)), int(np.sum(said == ABSTAIN))
    return (correct + open_ * correct / n) / n


def brier(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Return the mean squared distance of the probability from the label (Brier, 1950).

    0 is best; a detector that always says 0.5 has 0.25.

    Raises:
        TooFewRows: there are no rows.
        ValueError: as for `auroc`, or a probability lies outside 0 to 1.
    """
    truth, values = _checked_probabilities(labels, probabilities)
    return float(np.mean((values - truth) ** 2))


def ece(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> float:
    """Return the expected calibration error over bins of equal mass.

    `ECE = sum over bins b of (n_b / n) * |mean probability in b - share of machine posts in b|`. Bins hold equally
    many posts rather than equal widths of probability, which leaves no bin near empty (Nixon et al., 2019, "Measuring
    calibration in deep learning"). Posts of equal probability share a bin, so the value does not depend on the order
    of the rows.

    Args:
        labels: (n) 0 for human, 1 for machine.
        probabilities: (n) of machine, 0 to 1.
        bins: how many bins to aim at; ties can leave fewer.

    Raises:
        TooFewRows: there are no rows.
        ValueError: as for `brier`.
    """
    probability, share, mass = reliability(labels, probabilities, bins)
    return float(np.sum(mass / mass.sum() * np.abs(probability - share)))


def reliability(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> tuple[Floats, Floats, Counts]:
    """Return the points of a reliability diagram over bins of equal mass, lowest probability first.

    Returns:
        (b) mean probability, (b) share of machine posts, (b) number of posts, for the b <= `bins` bins that hold any.

    Raises:
        TooFewRows: there are no rows.
        ValueError: as for `brier`.
    """
    truth, values = _checked_probabilities(labels, probabilities)
    distinct, place, count = np.unique(values, return_inverse=True, return_counts=True)
    # The middle of a run of ties decides its bin; the run itself is never cut.
    middle = np.cumsum(count) - count / 2
    bin_of = np.minimum((middle * bins / values.size).astype(np.int64), bins - 1)
    mass = np.bincount(bin_of, weights=count, minlength=bins)
    held = mass > 0
    total = np.bincount(bin_of, weights=count * distinct, minlength=bins)
    machine = np.bincount(bin_of[place], weights=truth, minlength=bins)
    return total[held] / mass[held], machine[held] / mass[held], mass[held].astype(np.int64)


def bootstrap_interval(
    labels: ArrayLike,
    scores: ArrayLike,
    statistic: Statistic,
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a metric (Efron, 1979), resampling each class by itself.

    Human and machine counts stay as they are, because they were chosen and not observed. Scores are ranked once; a
    resample is a vector of counts per distinct score, so 1,000 resamples of 3,000 posts take a fraction of a second.

    Args:
        labels: (n) 0 for human, 1 for machine.
        scores: (n) any real numbers; NaN is not allowed.
        statistic: `auroc_of_counts`, `tpr_at_fpr_of_counts(fpr)` or a function like them.
        resamples: how many.
        level: the share of resamples between the two ends.
        seed: the same seed gives the same interval.

    Raises:
        TooFewRows: a class has no rows, or the statistic refuses the number of rows.
        ValueError: as for `auroc`.
    """
    values, human, machine = _counts(labels, scores)
    rng = np.random.default_rng(seed)
    rows = max(1, min(resamples, _CHUNK_CELLS // max(values.size, int(human.sum()), int(machine.sum()))))
    found = [
        statistic(values, _resample(human, take, rng), _resample(machine, take, rng))
        for take in _split(resamples, rows)
    ]
    low, high = np.quantile(np.concatenate(found), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def auroc_of_counts(values: Floats, human: Counts, machine: Counts) -> Floats:
    """Return the AUROC of each of R sets of counts; see `auroc` and `Statistic`."""
    n_human, n_machine = human.sum(axis=1), machine.sum(axis=1)
    _need(int(min(n_human.min(), n_machine.min())), "rows of a class")
    beaten = np.cumsum(human, axis=1) - human / 2  # human posts with a lower score, and half of those with the same
    area: Floats = np.einsum("ru,ru->r", machine, beaten) / (n_human * n_machine)
    return area


def tpr_at_fpr_of_counts(fpr: float) -> Statistic:
    """Return the statistic `tpr_at_fpr` at this false-positive rate.

    Raises:
        ValueError: `fpr` is not above 0 and below 1.
    """
    if not 0 < fpr < 1:
        raise ValueError(f"a false-positive rate lies between 0 and 1, not at {fpr}")

    def statistic(values: Floats, human: Counts, machine: Counts) -> Floats:
        n_human, n_machine = human.sum(axis=1), machine.sum(axis=1)
        needed = human_rows_needed(fpr)
        if n_human.min() < needed:
            raise TooFewRows(f"a false-positive rate of {fpr} needs {needed} human rows; there are {n_human.min()}")
        _need(int(n_machine.min()), "machine rows")
        flagged = _from_the_top(human)
        caught = _from_the_top(machine)
        allowed = flagged <= np.floor(fpr * n_human + 1e-9)[:, None]  # 1e-9: .07 * 100 is 7.000000000000001
        best: Floats = np.where(allowed, caught, 0).max(axis=1) / n_machine
        return best

    return statistic


def human_rows_needed(fpr: float) -> int:
    """Return the fewest human rows on which one false alarm is no more than `fpr`."""
    return math.ceil(1 / fpr - 1e-9)


def _from_the_top(counts: Counts) -> Counts:
    """Return, per distinct score, how many posts score at least that: (R, U)."""
    total: Counts = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return total


def _value(labels: ArrayLike, scores: ArrayLike, statistic: Statistic) -> float:
    values, human, machine = _counts(labels, scores)
    return float(statistic(values, human[None, :], machine[None, :])[0])


def _counts(labels: ArrayLike, scores: ArrayLike) -> tuple[Floats, Counts, Counts]:
    """Return the distinct scores in rising order and how many human and machine posts hold each: vectors of U."""
    truth, values = _checked(labels, scores)
    _need(min(int(np.sum(truth == 0)), int(np.sum(truth == 1))), "rows of a class")
    distinct, place = np.unique(values, return_inverse=True)
    human = np.bincount(place[truth == 0], minlength=distinct.size)
    machine = np.bincount(place[truth == 1], minlength=distinct.size)
    return distinct, human.astype(np.int64), machine.astype(np.int64)


def _resample(counts: Counts, rows: int, rng: np.random.Generator) -> Counts:
    """Return `rows` resamples with replacement of the posts behind `counts`, as counts: (rows, U)."""
    places = np.repeat(np.arange(counts.size), counts)
    drawn = places[rng.integers(0, places.size, size=(rows, places.size))]
    drawn += np.arange(rows)[:, None] * counts.size  # one bincount for all rows
    return np.bincount(drawn.ravel(), minlength=rows * counts.size).reshape(rows, counts.size).astype(np.int64)


def _split(total: int, size: int) -> list[int]:
    """Return `total` in parts of at most `size`."""
    return [min(size, total - start) for start in range(0, total, size)]


def _checked(labels: ArrayLike, scores: ArrayLike) -> tuple[Counts, Floats]:
    truth, values = np.asarray(labels), np.asarray(scores, dtype=np.float64)
    if truth.ndim != 1 or truth.shape != values.shape:
        raise ValueError(f"labels {truth.shape} and scores {values.shape} must be vectors of one length")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("labels are 0 (human) and 1 (machine)")
    if np.isnan(values).any():
        raise ValueError("a score is NaN; leave unscored posts out and count them")
    return truth.astype(np.int64), values


def _checked_probabilities(labels: ArrayLike, probabilities: ArrayLike) -> tuple[Counts, Floats]:
    truth, values = _checked(labels, probabilities)
    _need(truth.size, "rows")
    if values.min() < 0 or values.max() > 1:
        raise ValueError("a probability lies outside 0 to 1")
    return truth, values


def _need(n: int, what: str) -> None:
    if n < 1:
        raise TooFewRows(f"there are no {what}")
