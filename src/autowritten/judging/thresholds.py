"""From which logit a post is called machine, and up to which it is called human, by language and length.

The machine threshold follows from the human calibration posts (`rarity`). The human threshold is a conformal order statistic of
machine posts: the ceil((n + 1)(1 - rate))-th largest of n logits (Vovk et al. 2005).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.judging.groups import language_group, length_band, length_name
from autowritten.judging.rarity import ANY, STABLE, HumanRarity, Threshold, ThresholdError

__all__ = ["ANY", "USUAL_RATES", "Threshold", "ThresholdError", "Thresholds"]
USUAL_RATES = (0.05, 0.01, 0.005, 0.001)
"""False-positive rates that tables show. Any other that the human posts support can be asked for."""


@dataclass(frozen=True)
class Thresholds:
    """Both thresholds of a bundle.

    Attributes:
        rarity: the human calibration posts.
        human: at or below one of these a post is called human; `rate` is the share of machine posts that are.
    """

    rarity: HumanRarity
    human: tuple[Threshold, ...]

    @property
    def rates(self) -> tuple[float, ...]:
        """Return those of `USUAL_RATES` that the human posts support, the most lenient first."""
        return tuple(rate for rate in USUAL_RATES if rate * (self.rarity.posts + 1) >= 1.0)

    def check(self, fpr: float) -> None:
        """Raise ThresholdError unless the human posts support this false-positive rate."""
        self.rarity.check(fpr)

    def machine_at(self, fpr: float, language: str, tokens: int) -> Threshold:
        """Return the machine threshold for a post: of its language and length if there are posts enough, else wider."""
        return self.rarity.threshold(fpr, language, tokens)

    def human_at(self, language: str, tokens: int) -> Threshold:
        """Return the human threshold for a post; without any (too few machine posts to fit one) nothing lies below it."""
        group, band = language_group(language), length_name(length_band(tokens))
        by_group = {(t.language, t.length): t for t in self.human}
        for key in ((group, band), (group, ANY), (ANY, band), (ANY, ANY)):
            if key in by_group:
                return by_group[key]
        return Threshold(0.0, ANY, ANY, 0, -math.inf)

    def as_dict(self) -> dict[str, Any]:
        """Return plain types for JSON; the human posts are stored apart (`Humans`)."""
        return {"human": [asdict(t) for t in self.human]}

    @classmethod
    def from_dict(cls, data: dict[str, Any], rarity: HumanRarity) -> Thresholds:
        """Read `as_dict`'s types."""
        return cls(rarity, tuple(Threshold(**t) for t in data["human"]))

    @classmethod
    def fit(
        cls,
        logits: NDArray[np.float64],
        machine: NDArray[np.int64],
        languages: Sequence[str],
        tokens: Sequence[int],
        *,
        miss_rate: float,
    ) -> Thresholds:
        """Fit on posts that neither the classifier nor the fusion was fitted on.

        Args:
            logits: fused logits, shape (posts,).
            machine: 1 for machine posts, shape (posts,).
            languages: ISO code of each post.
            tokens: token count of each post.
            miss_rate: share of machine posts that may be called human.
        """

        def some(label: int) -> tuple[NDArray[np.float64], list[str], list[int]]:
            chosen = np.flatnonzero(machine == label)
            # As `Humans` stores them: what is read back must give the same verdicts.
            stored = logits[chosen].astype(np.float32).astype(np.float64)
            return stored, [languages[i] for i in chosen.tolist()], [int(tokens[i]) for i in chosen.tolist()]

        mirrored = some(1)
        machines = HumanRarity.of(-mirrored[0], *mirrored[1:])
        below = []
        for (language, length), group in machines.groups.items():
            allowed = int(miss_rate * (len(group.logits) + 1) + 1e-9)
            if allowed >= STABLE or (language == length == ANY and allowed >= 1):
                logit = -float(np.nextafter(group.logits[len(group.logits) - allowed], np.inf))
                below.append(Threshold(miss_rate, language, length, len(group.logits), logit))
        return cls(HumanRarity.of(*some(0)), tuple(below))
