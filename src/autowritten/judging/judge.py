"""From a logit to a calibrated probability and a verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.judging.rarity import HumanRarity
from autowritten.judging.thresholds import Thresholds
from autowritten.score import Reason, Verdict


@dataclass(frozen=True)
class Judge:
    """Fitted on posts that neither half learnt from; one for the fused logit, one for the classifier's alone.

    Attributes:
        slope: calibrated log-odds = slope * logit + intercept (Platt 1999).
        intercept: see slope.
        thresholds: what is called machine and human.
        min_tokens: a shorter post gets no verdict.
    """

    slope: float
    intercept: float
    thresholds: Thresholds
    min_tokens: int

    def probabilities(self, logits: NDArray[np.float64], share_machine: float = 0.5) -> NDArray[np.float64]:
        """Return calibrated probabilities of machine.

        Args:
            logits: shape (posts,).
            share_machine: share of machine posts that is assumed before a post is read (Bayes' rule); by default half.
        """
        prior = math.log(share_machine / (1.0 - share_machine))
        return 1.0 / (1.0 + np.exp(-np.clip(self.slope * logits + self.intercept + prior, -500.0, 500.0)))

    def human_rarity(self, logit: float, language: str, tokens: int) -> float | None:
        """Return the share of human posts like this that score as high (see `rarity`); None if it is too short to judge."""
        return None if tokens < self.min_tokens else self.thresholds.rarity.p_value(logit, language, tokens)

    def verdict(self, logit: float, language: str, tokens: int, fpr: float) -> tuple[Verdict, Reason]:
        """Return the verdict on a post and why: machine where at most a share `fpr` of human posts like it score as high.

        No post that is more likely machine than not is called human, however high its group's human threshold lies.

        Args:
            logit: log-odds before calibration.
            language: ISO code of the post.
            tokens: its length.
            fpr: false-positive rate.
        """
        if tokens < self.min_tokens:
            return Verdict.UNDECIDED, Reason.TOO_SHORT
        if self.thresholds.rarity.p_value(logit, language, tokens) <= fpr:
            return Verdict.MACHINE, Reason.ABOVE_THRESHOLD
        likelier_human = self.slope * logit + self.intercept < 0.0
        if likelier_human and logit <= self.thresholds.human_at(language, tokens).logit:
            return Verdict.HUMAN, Reason.BELOW_THRESHOLD
        return Verdict.UNDECIDED, Reason.BETWEEN_THRESHOLDS

    def as_dict(self) -> dict[str, Any]:
        """Return plain types for JSON."""
        own = {"slope": self.slope, "intercept": self.intercept, "min_tokens": self.min_tokens}
        return own | self.thresholds.as_dict()

    @classmethod
    def from_dict(cls, data: dict[str, Any], rarity: HumanRarity) -> Judge:
        """Read `as_dict`'s types, beside the human posts."""
        return cls(data["slope"], data["intercept"], Thresholds.from_dict(data, rarity), data["min_tokens"])

    @classmethod
    def fit(
        cls,
        logits: NDArray[np.float64],
        machine: NDArray[np.int64],
        languages: Sequence[str],
        tokens: Sequence[int],
        *,
        miss_rate: float,
        min_tokens: int,
    ) -> Judge:
        """Fit both, the probability with both classes weighing the same (even odds).

        Args:
            logits: shape (posts,).
            machine: 1 for machine posts, shape (posts,).
            languages: ISO code a post.
            tokens: token count a post.
            miss_rate: share of machine posts that may be called human.
            min_tokens: a shorter post gets no verdict.
        """
        from sklearn.linear_model import LogisticRegression

        platt = LogisticRegression(C=1e6, class_weight="balanced").fit(logits[:, None], machine)
        thresholds = Thresholds.fit(logits, machine, languages, tokens, miss_rate=miss_rate)
        return cls(float(platt.coef_[0, 0]), float(platt.intercept_[0]), thresholds, min_tokens)
