"""How rare a score is among human posts of the same language and length: one number that orders posts as verdicts do.

The number is a conformal p-value (Vovk, Gammerman and Shafer 2005, https://doi.org/10.1007/b106715): one more than the human
calibration posts that score as high, of one more than there are. Of further human posts drawn like them, at most a share `a`
has a value of `a` or less, whatever the model. So a post is called machine where its value is at most the false-positive rate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from autowritten.errors import UsageError
from autowritten.judging.groups import LANGUAGES, LENGTHS, language_group, length_band, length_name

ANY = "any"
FEWEST = 60
"""Human posts of a group that is looked at by itself."""
STABLE = 3
"""A narrow group is not asked about scores that only so many of it reach, the post itself counted: the next wider group is."""


_NEAR, _EDGE = 0.25, 0.03
"""Upper shares of a group between which the slope of its tail is measured, and beyond which it is a straight line."""


class ThresholdError(UsageError):
    """A false-positive rate that the calibration set can't support."""


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
class _Group:
    language: str
    length: str
    logits: NDArray[np.float64]  # rising


@dataclass(frozen=True, eq=False)
class HumanRarity:
    """Human calibration posts by group.

    A post belongs to several groups, from narrow to wide: its language and length, its language, its length, all posts. The
    narrowest with `FEWEST` posts answers, unless at most `STABLE` of its posts score as high; then the next one does, and the
    value is at most what `STABLE` posts of the narrow group give. Each value is valid in the group that gave it.

    Attributes:
        groups: by language and length; each holds the human logits in rising order.
    """

    groups: dict[tuple[str, str], _Group]
    _chains: dict[tuple[str, int], list[_Group]] = field(default_factory=dict, repr=False)
    _lines: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, logits: NDArray[Any], languages: Sequence[str], tokens: Sequence[int] | NDArray[np.int64]
    ) -> HumanRarity:
        """Group human posts.

        Args:
            logits: shape (posts,).
            languages: ISO code of each post.
            tokens: token count of each post.
        """
        values = np.asarray(logits, dtype=np.float64)
        own = np.array([language_group(x) for x in languages], dtype=np.str_)
        bands = np.array([length_name(length_band(int(n))) for n in tokens], dtype=np.str_)
        groups = {}
        for language in (ANY, *LANGUAGES):
            for length in (ANY, *(length_name(band) for band in range(len(LENGTHS) + 1))):
                members = ((own == language) | (language == ANY)) & ((bands == length) | (length == ANY))
                if members.sum() >= FEWEST or language == length == ANY:
                    groups[language, length] = _Group(language, length, np.sort(values[members]))
        return cls(groups)

    @property
    def posts(self) -> int:
        """Return the number of human posts."""
        return len(self.groups[ANY, ANY].logits)

    def check(self, rate: float) -> None:
        """Raise ThresholdError unless the posts support a false-positive rate."""
        if not 0.0 < rate < 1.0:
            raise ThresholdError(f"a false-positive rate lies between 0 and 1, not at {rate:g}")
        if _allowed(rate, self.posts) < 1:
            least = f"{1 / (self.posts + 1):.2g} and up" if self.posts else "no rate"
            raise ThresholdError(
                f"no threshold at a false-positive rate of {rate:g}: this bundle's {self.posts:,} human calibration posts "
                f"support {least}"
            )

    def p_value(self, logit: float, language: str, tokens: int) -> float:
        """Return the share of human posts of the language and length that score at least as high, above 0 and at most 1.

        Args:
            logit: of the post.
            language: its ISO code.
            tokens: its length.
        """
        most, value = 1.0, 1.0
        chain = self._chain(language, tokens)
        for group in chain:
            n = len(group.logits)
            as_high = n - int(np.searchsorted(group.logits, logit, side="left")) + 1
            value = as_high / (n + 1)
            if as_high > STABLE:
                break
            if group is not chain[-1]:
                most = min(most, STABLE / (n + 1))
        return min(value, most)

    def threshold(self, rate: float, language: str, tokens: int) -> Threshold:
        """Return the logit from which a post's value is at most `rate`, and the group that sets it.

        Raises:
            ThresholdError: the posts don't support the rate.
        """
        self.check(rate)
        least = -math.inf
        for group in self._chain(language, tokens):
            n = len(group.logits)
            allowed = _allowed(rate, n)
            if allowed >= STABLE or (group.language, group.length) == (ANY, ANY):
                logit = max(least, _above(group.logits, allowed))
                return Threshold(rate, group.language, group.length, n, logit)
            least = max(least, _above(group.logits, STABLE))
        raise AssertionError("the widest group is in every chain")

    def normal_score(self, logit: float, language: str, tokens: int) -> float:
        """Return a score that is standard normal over human posts of the language and length.

        Up to the edge of the tail it is the normal quantile of the share of human posts that score lower; beyond, where too few
        are left to count, it goes on in a straight line, at the slope of the tail. So very high logits stay apart.

        Args:
            logit: of the post.
            language: its ISO code.
            tokens: its length.
        """
        group = self._chain(language, tokens)[0]
        edge, slope = self._tails(group)
        logits, n = group.logits, len(group.logits)
        if not n:
            return 0.0
        if logit > edge:
            return _quantile(1.0 - _EDGE) + (logit - edge) / slope
        below = (int(np.searchsorted(logits, logit, "left")) + int(np.searchsorted(logits, logit, "right"))) / 2.0
        return _quantile(min(max(below, 0.5) / n, 1.0 - _EDGE))

    def _tails(self, group: _Group) -> tuple[float, float]:
        """Return from which logit on the tail of a group is a straight line, and logits per standard deviation there."""
        key = group.language, group.length
        if key not in self._lines:
            values = group.logits if len(group.logits) else np.zeros(1)
            near, edge = np.quantile(values, [1.0 - _NEAR, 1.0 - _EDGE])
            slope = (edge - near) / (_quantile(1.0 - _EDGE) - _quantile(1.0 - _NEAR))
            self._lines[key] = float(edge), max(float(slope), 0.05)
        return self._lines[key]

    def rarest(self, language: str, tokens: int) -> float:
        """Return the smallest value that a post of the language and length can have."""
        return self.p_value(math.inf, language, tokens)

    def _chain(self, language: str, tokens: int) -> list[_Group]:
        """Return the groups of a post from narrow to wide."""
        key = language_group(language), length_band(tokens)
        if key not in self._chains:
            group, length = key[0], length_name(key[1])
            names = ((group, length), (group, ANY), (ANY, length), (ANY, ANY))
            self._chains[key] = [self.groups[name] for name in names if name in self.groups]
        return self._chains[key]


def _quantile(share: float) -> float:
    return float(special.ndtri(share))


def _allowed(rate: float, posts: int) -> int:
    """Return how many of `posts` + 1 may be flagged at a rate."""
    return int(rate * (posts + 1) + 1e-9)


def _above(logits: NDArray[np.float64], allowed: int) -> float:
    """Return the lowest logit that fewer than `allowed` human posts reach."""
    return float(np.nextafter(logits[len(logits) - allowed], np.inf)) if allowed <= len(logits) else -math.inf
