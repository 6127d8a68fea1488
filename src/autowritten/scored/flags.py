"""Which scored posts are flagged, and at which false-positive rate."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache

from autowritten.bundle import Bundle
from autowritten.score import FAST, FULL, Verdict
from autowritten.scored.posts import ScoredPost

FLAG_RATE = 0.05
"""False-positive rate at which posts are flagged, by default. Less strict than for a verdict on one post: of twenty posts it
tells more how many are at 5% than how many are at 1%, and at 5% nearly every length has a threshold of its own."""


class Flagger:
    """Flags posts at one false-positive rate.

    Args:
        bundle: the one that scored the posts.
        fpr: false-positive rate; None for `FLAG_RATE`, or the bundle's default if it has no such threshold.

    Attributes:
        rate: the rate in force.

    Raises:
        ThresholdError: the bundle has no thresholds for the rate.
    """

    def __init__(self, bundle: Bundle, fpr: float | None = None) -> None:
        self.rate = flag_rate(bundle, fpr)
        self._shortest = {mode: bundle.judge(mode == FAST).min_tokens for mode in (FULL, FAST)}

        @cache  # a threshold is searched for, and the same few hundred are wanted again and again
        def threshold(mode: str, language: str, tokens: int) -> float:
            return bundle.judge(mode == FAST).thresholds.machine_at(self.rate, language, tokens).logit

        self._threshold = threshold

    def threshold(self, post: ScoredPost) -> float:
        """Return the logit from which a post of this language, length and mode is flagged."""
        return self._threshold(post.mode, post.language, post.tokens)

    def flag(self, post: ScoredPost) -> bool | None:
        """Return whether a post is flagged; None where there is no score, or too little text to judge."""
        if post.logit is None or not post.judged or post.tokens < self._shortest[post.mode]:
            return None
        return post.logit >= self.threshold(post)


def flag_rate(bundle: Bundle, fpr: float | None = None) -> float:
    """Return the false-positive rate at which posts are flagged: the one asked for, or `FLAG_RATE`, or the bundle's default.

    Raises:
        ThresholdError: the bundle has no thresholds for it.
    """
    rate: float = FLAG_RATE if fpr is None else fpr
    if fpr is None and FLAG_RATE not in bundle.judge().thresholds.rates:
        rate = bundle.config["fpr"]
    for fast in (False, True):
        bundle.judge(fast).thresholds.check(rate)
    return rate


def verdict_rate(posts: Sequence[ScoredPost], bundle: Bundle) -> tuple[float, int]:
    """Return at which of the bundle's false-positive rates the verdicts were given, from the verdicts themselves.

    Scored files do not name the rate. But a verdict follows from the logit and the threshold, so only one rate explains all of
    them.

    Returns:
        The rate, and how many verdicts do not follow from it: none unless another bundle scored some of the posts. Where
        several rates explain the posts equally well, the bundle's default is taken.
    """
    default: float = bundle.config["fpr"]
    wrong = {}
    for rate in bundle.judge().thresholds.rates:
        if rate not in bundle.judge(True).thresholds.rates:
            continue
        flagger = Flagger(bundle, rate)
        wrong[rate] = sum(
            (post.logit >= flagger.threshold(post)) != (post.verdict is Verdict.MACHINE)
            for post in posts
            if post.judged and post.logit is not None
        )
    rate = min(wrong, key=lambda rate: (wrong[rate], rate != default))
    return rate, wrong[rate]


def other_models(models: Set[str], bundle: Bundle) -> str:
    """Return a warning if some of the models that scored posts are not the bundle's; otherwise nothing."""
    others = sorted(models - {"", bundle.name, f"{bundle.name} (fast)"})
    return f"WARNING: scored by {', '.join(others)}, but judged here by {bundle.name}: say --bundle" if others else ""
