"""Thresholds for a user's own kind of posts, from human posts alone.

The promise of a false-positive rate holds for posts like those that a threshold was set on. Whoever has human posts of
their own kind (a platform, a topic, customers) sets thresholds on these instead: the same conformal order statistic
(see `thresholds`) over other posts. Probabilities stay the bundle's: they would take machine posts too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autowritten.judging.groups import LANGUAGES
from autowritten.judging.humans import Humans
from autowritten.judging.thresholds import ThresholdError, Thresholds
from autowritten.rates import conformal_rate_interval, mean_ranks, normal_p_value
from autowritten.score import Reason
from autowritten.text import mask, normalise

if TYPE_CHECKING:
    from autowritten.bundle import Bundle
    from autowritten.detector import Detector
    from autowritten.score import Score

_TAIL = 0.05


@dataclass(frozen=True)
class Collected:
    """Human posts, scored (see `collect`).

    Attributes:
        humans: those that count.
        places: where each stood among the posts given, shape (posts,).
        repeats: posts left out because their text came before.
        short: posts left out because they are too short for a verdict, or empty.
    """

    humans: Humans
    places: NDArray[np.int64]
    repeats: int
    short: int

    def highest(self, number: int) -> list[int]:
        """Return the places of the posts that look most machine-written, the first of them the most."""
        return [int(place) for place in self.places[np.argsort(-self.humans.logits["full"], kind="stable")[:number]]]


@dataclass(frozen=True)
class Likeness:
    """Whether two sets of human posts could have been drawn from one (see `likeness`).

    Attributes:
        p: p-value of a two-sided test.
        higher: how often a post of the first set scores above one of the second, of the same language and length: 0.5
            where they are alike.
    """

    p: float
    higher: float


def collect(
    detector: Detector, posts: Sequence[str], watch: Callable[[Iterator[Score]], Iterable[Score]] = iter
) -> Collected:
    """Score human posts, each text once: a text that comes a hundred times says no more about people than once.

    Args:
        detector: of the bundle to set thresholds for; not a fast one, so that one walk gives the logits of both halves.
        posts: as people wrote them.
        watch: goes between the scores and whoever takes them, to show how far it is.
    """
    first: dict[str, int] = {}
    for place, post in enumerate(posts):
        first.setdefault(mask(normalise(post).text), place)
    places = list(first.values())
    scores = watch(detector.score_many(posts[place] for place in places))
    rows = [
        (place, score.logit, score.classifier_logit, score.language, score.tokens)
        for place, score in zip(places, scores, strict=True)
        if score.logit is not None and score.reason is not Reason.TOO_SHORT
    ]
    kept, full, fast, languages, tokens = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    humans = Humans.of(np.array(full), np.array(fast), languages, tokens)
    return Collected(humans, np.array(kept, dtype=np.int64), len(posts) - len(first), len(first) - len(rows))


def needed(rate: float) -> int:
    """Return how many human posts a false-positive rate takes at the least.

    Raises:
        ThresholdError: the rate is no share between 0 and 1.
    """
    if not 0.0 < rate < 1.0:
        raise ThresholdError(f"a false-positive rate lies between 0 and 1, not at {rate:g}")
    return math.ceil(1.0 / rate - 1e-9) - 1


def likeness(own: Humans, others: Humans, half: str = "full") -> Likeness:
    """Test whether two sets of human posts are exchangeable, as far as logits tell.

    Two linear rank statistics within each language and length, against their distribution when labels are shuffled
    (normal approximation): van Elteren's sum of ranks (a stratified Wilcoxon test, Bull. Inst. Int. Stat. 1960), and the
    number of own posts among the highest twentieth, where thresholds lie. The smaller p-value counts twice (Bonferroni).
    """
    groups = np.concatenate([own.strata(), others.strata()])
    logits = np.concatenate([own.logits[half], others.logits[half]])
    mine = np.arange(len(groups)) < len(own)
    sums = np.zeros((2, 2))  # deviation and variance of each statistic
    wins = pairs = 0.0
    for group in np.unique(groups[mine]):
        members = groups == group
        m, n = int((members & mine).sum()), int((members & ~mine).sum())
        if not n:
            continue
        ranks = mean_ranks(logits[members])
        wins += ranks[mine[members]].sum() - m * (m + 1) / 2
        pairs += m * n
        for row, score in zip(sums, (ranks / (m + n + 1), (ranks > (1 - _TAIL) * (m + n)).astype(float)), strict=True):
            spread = m * n / (m + n) * score.var(ddof=1)  # of the sum of m scores drawn without replacement
            row += score[mine[members]].sum() - m * score.mean(), spread
    if not pairs:
        return Likeness(1.0, 0.5)
    tails = [normal_p_value(d / math.sqrt(v)) if v > 0 else 1.0 for d, v in sums]
    return Likeness(min(1.0, 2 * min(tails)), wins / pairs)


def calibrate(base: Bundle, source: dict[str, str], humans: Humans, rate: float, name: str) -> Bundle:
    """Return a bundle with thresholds from human posts, everything else the base bundle's.

    The rate asked for is the new bundle's default; the base's other rates come along where the posts support them.

    Args:
        base: the bundle that scored the posts.
        source: how the new bundle refers to it (see `Bundle`).
        humans: what it said of them.
        rate: false-positive rate.
        name: of the new bundle.

    Raises:
        ThresholdError: too few posts for the rate.
    """
    if len(humans) < needed(rate):
        able = f"; {len(humans):,} posts support {1 / (len(humans) + 1):.2g} and above" if len(humans) else ""
        raise ThresholdError(
            f"a false-positive rate of {rate:g} takes at least {needed(rate):,} human posts long enough for a verdict, "
            f"each counted once; there are {len(humans):,}{able}"
        )
    judges = {
        # Below which a post is called human is a matter of machine posts, and of these there are no new ones.
        half: replace(judge, thresholds=Thresholds(humans.rarity(half), judge.thresholds.human))
        for half, judge in base.judges.items()
    }
    found = likeness(humans, base.humans)
    calibration = {
        "n_human": len(humans),
        "rate": rate,
        "expected_rate": conformal_rate_interval(len(humans), rate),
        "base_rates": base_rates(base, humans),
        "likeness": {"p": found.p, "higher": found.higher},
    }
    config = {
        **base.config, "name": name, "version": f"on {base.config['name']} {base.config['version']}", "base": source,
        "date": datetime.now(UTC).date().isoformat(), "fpr": rate,
    }  # fmt: skip
    return replace(base, config=config, judges=judges, humans=humans, calibration=calibration, documents={})


def base_rates(base: Bundle, humans: Humans) -> dict[str, float]:
    """Return the share of human posts that a bundle calls machine, at each of its false-positive rates."""
    thresholds = base.judges["full"].thresholds
    posts = [(LANGUAGES[i], int(n)) for i, n in zip(humans.languages, humans.tokens, strict=True)]
    found = {}
    for rate in thresholds.rates:
        above = np.array([thresholds.machine_at(rate, language, n).logit for language, n in posts])
        found[f"{rate:g}"] = float((humans.logits["full"] >= above).mean())
    return found
