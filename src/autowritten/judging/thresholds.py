"""False-positive rate x language x length -> threshold on the logit.

A threshold is a conformal order statistic of human calibration posts: the ceil((n + 1)(1 - rate))-th smallest of n logits.
A further human post drawn like them lies above it with probability at most `rate` (Vovk et al. 2005), whatever the model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.errors import AutowrittenError
from autowritten.judging.groups import LANGUAGES, LENGTHS, language_group, length_band, length_name

ANY = "any"
_STABLE = 3.0
"""Expected exceedances that a narrow group needs, or the wider group's threshold is used instead."""


class ThresholdError(AutowrittenError):
    """A false-positive rate that the calibration set can't support."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold.

    Attributes:
        rate: share of the calibration group allowed beyond it.
        language: language group, or `any`.
        length: length band in tokens (`8-15` …), or `any`.
        n: posts of the calibration group.
        logit: the threshold.
    """

    rate: float
    language: str
    length: str
    n: int
    logit: float


@dataclass(frozen=True)
class Thresholds:
    """All thresholds of a bundle.

    Attributes:
        machine: at or above one of these a post is called machine; `rate` is the share of human posts that are.
        human: at or below one of these a post is called human; `rate` is the share of machine posts that are.
    """

    machine: tuple[Threshold, ...]
    human: tuple[Threshold, ...]

    @property
    def rates(self) -> tuple[float, ...]:
        """Return the false-positive rates on offer."""
        return tuple(sorted({t.rate for t in self.machine}, reverse=True))

    def check(self, fpr: float) -> None:
        """Raise ThresholdError unless there are thresholds for this false-positive rate."""
        if fpr not in self.rates:
            offered = ", ".join(f"{rate:g}" for rate in self.rates)
            raise ThresholdError(
                f"no threshold at a false-positive rate of {fpr:g}: this bundle's calibration posts support "
                f"{offered or 'none'}"
            )

    def machine_at(self, fpr: float, language: str, tokens: int) -> Threshold:
        """Return the machine threshold for a post: of its language and length if there are posts enough, else wider."""
        self.check(fpr)
        return _narrowest([t for t in self.machine if t.rate == fpr], language, tokens)

    def human_at(self, language: str, tokens: int) -> Threshold:
        """Return the human threshold for a post; without any (too few machine posts to fit one) nothing lies below it."""
        return _narrowest(self.human, language, tokens) if self.human else Threshold(0.0, ANY, ANY, 0, -math.inf)

    def as_dict(self) -> dict[str, Any]:
        """Return plain types for JSON."""
        return {"machine": [asdict(t) for t in self.machine], "human": [asdict(t) for t in self.human]}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Thresholds:
        """Read `as_dict`'s types."""
        return cls(tuple(Threshold(**t) for t in data["machine"]), tuple(Threshold(**t) for t in data["human"]))

    @classmethod
    def fit(
        cls,
        logits: NDArray[np.float64],
        machine: NDArray[np.int64],
        languages: Sequence[str],
        tokens: Sequence[int],
        *,
        rates: Sequence[float],
        miss_rate: float,
    ) -> Thresholds:
        """Fit on posts that neither the classifier nor the fusion was fitted on.

        Args:
            logits: fused logits, shape (posts,).
            machine: 1 for machine posts, shape (posts,).
            languages: ISO code a post.
            tokens: token count a post.
            rates: false-positive rates; one the posts can't support is left out.
            miss_rate: share of machine posts that may be called human.
        """
        groups = np.array([language_group(x) for x in languages])
        bands = np.array([length_name(length_band(n)) for n in tokens])
        above = [t for rate in rates for t in _order_statistics(logits, machine == 0, groups, bands, rate)]
        below = [
            Threshold(t.rate, t.language, t.length, t.n, -t.logit)
            for t in _order_statistics(-logits, machine == 1, groups, bands, miss_rate)
        ]
        return cls(tuple(above), tuple(below))


def order_statistic(values: NDArray[np.float64], rate: float) -> float | None:
    """Return the ceil((n + 1)(1 - rate))-th smallest value's upper neighbour, or None where n is too small.

    A new value of the same kind is at or above the result with probability at most `rate`.

    Raises:
        ThresholdError: the rate is no share between 0 and 1.
    """
    if not 0.0 < rate < 1.0:
        raise ThresholdError(f"a false-positive rate lies between 0 and 1, not at {rate:g}")
    k = int(np.ceil((len(values) + 1) * (1.0 - rate) - 1e-9))
    if k > len(values):
        return None
    return float(np.nextafter(np.sort(values)[k - 1], np.inf))


def _order_statistics(
    values: NDArray[np.float64],
    chosen: NDArray[np.bool_],
    groups: NDArray[np.str_],
    bands: NDArray[np.str_],
    rate: float,
) -> list[Threshold]:
    lengths = [length_name(b) for b in range(len(LENGTHS) + 1)]
    out = []
    for language in (ANY, *LANGUAGES):
        for length in (ANY, *lengths):
            members = chosen & ((groups == language) | (language == ANY)) & ((bands == length) | (length == ANY))
            n = int(members.sum())
            wide = language == ANY and length == ANY
            threshold = order_statistic(values[members], rate) if wide or n * rate >= _STABLE else None
            if threshold is not None:
                out.append(Threshold(rate, language, length, n, threshold))
    return out


def _narrowest(thresholds: Sequence[Threshold], language: str, tokens: int) -> Threshold:
    group, band = language_group(language), length_name(length_band(tokens))
    by_group = {(t.language, t.length): t for t in thresholds}
    for key in ((group, band), (group, ANY), (ANY, band), (ANY, ANY)):
        if key in by_group:
            return by_group[key]
    raise ThresholdError("this bundle has no thresholds")
