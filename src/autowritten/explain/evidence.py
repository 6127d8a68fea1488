"""The evidence behind a verdict: which way each half pulls, how often such verdicts are wrong, what would change it.

Whom a post is set beside: human posts of its language and length. For logits these are the bundle's own calibration posts, one
by one. Of features the bundle keeps mean and spread only (the human band), so the share of people below a value is that of a
normal distribution; `benchmarks/attribution.py` measures by how much that is off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autowritten.features import NAMES
from autowritten.fusion import design
from autowritten.judging.groups import LANGUAGES, language_group, length_band, length_name
from autowritten.judging.thresholds import ANY
from autowritten.rates import wilson_interval
from autowritten.score import Explanation, Reason, Verdict

if TYPE_CHECKING:
    from autowritten.bundle import Bundle
    from autowritten.fusion import Fusion
    from autowritten.judging.humans import Humans
    from autowritten.judging.judge import Judge

FEWEST = 50
"""Human posts a group needs to be set beside, or a wider one is taken."""
GROUPS: dict[str, tuple[str, ...]] = {
    "predictability": (
        "log_likelihood", "log_rank", "lrr", "top_1", "top_10", "top_100", "top_1000", "curvature", "surprisal_low",
    ),
    "evenness": (
        "log_likelihood_std", "burstiness", "surprisal_high", "surprisal_skewness", "surprisal_kurtosis", "surprisal_change",
        "surprisal_change_std", "surprisal_second_std", "surprisal_second_entropy", "surprisal_second_autocorrelation",
    ),
    "openness": ("entropy", "entropy_std", "typicality", "entropy_correlation"),
    "wording": ("distinct_characters", "compression", "punctuation_share", "clause_variation", "token_length", "log_tokens"),
}  # fmt: skip
"""The features by what they are about: how well the model foresaw the words, how evenly, how open it was what comes, and what
the text itself shows."""


@dataclass(frozen=True, slots=True)
class Peers:
    """Human posts of a post's language and length, or of the narrowest wider group with posts enough.

    Attributes:
        language: language group, or `any`.
        length: length band in tokens, or `any`.
        n: how many.
        called_machine: how many of them lie at or above the threshold in force.
        low: lower end of the 95% interval of that share (Wilson 1927). `high`: its upper end.
        classifier_below: share of them whose classifier logit is lower than the post's.
        logit_below: share whose fused logit is lower.
    """

    language: str
    length: str
    n: int
    called_machine: int
    low: float
    high: float
    classifier_below: float
    logit_below: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One feature of a post beside people's.

    Attributes:
        name: the feature.
        value: see `features`.
        distance: from the human band, in standard deviations.
        below: share of human posts of the language and length with a lower value, by the normal distribution.
        effect: what it adds to the logit, by occlusion.
    """

    name: str
    value: float
    distance: float
    below: float
    effect: float


@dataclass(frozen=True, slots=True)
class Group:
    """Kindred features.

    Attributes:
        name: one of `GROUPS`.
        effect: what they add to the logit together: the logit less the logit with all of them at people's average.
        leading: the one that stands out the most among those that pull the same way.
    """

    name: str
    effect: float
    leading: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the verdict would be at one of the bundle's false-positive rates.

    Attributes:
        rate: the false-positive rate.
        logit: the threshold for this post.
        probability: the same, calibrated.
        verdict: machine, human or undecided.
    """

    rate: float
    logit: float
    probability: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind the verdict on one post; numbers as they are, effects in logits.

    Attributes:
        classifier: what the classifier adds to the logit, by occlusion: above 0 it pulls towards machine.
        perplexity: what the features add together.
        without_classifier: the probability that is left if the classifier says nothing.
        without_perplexity: the probability that is left with all features at people's average.
        slope: calibrated log-odds a logit, so that exp(slope * effect) is what an effect multiplies the odds by.
        word_slope: the same for the classifier's own logit, and so for the effects of words (`attribution`).
        groups: the features by `GROUPS`, the largest effect first.
        comparisons: every feature, the largest effect first.
        peers: the human posts it is set beside.
        outcomes: the verdict at each rate on offer, the most lenient first.
        human_logit: at or below it such a post is called human (`-inf`: never).
        human_probability: the same, calibrated.
        human_rate: share of machine calibration posts at or below it. `human_n`: of how many.
        tokens_lacking: how many more tokens of writing a verdict takes at least, 0 if there are enough.
        measured: how the rate in force did on human posts that set no threshold, as in the bundle's `calibration.json`
            (`measured`, `low`, `high`, `n_human`, `machine_caught`); None where the bundle tells nothing of the kind.
    """

    classifier: float
    perplexity: float
    without_classifier: float
    without_perplexity: float
    slope: float
    word_slope: float
    groups: tuple[Group, ...]
    comparisons: tuple[Comparison, ...]
    peers: Peers
    outcomes: tuple[Outcome, ...]
    human_logit: float
    human_probability: float
    human_rate: float
    human_n: int
    tokens_lacking: int
    measured: dict[str, float] | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        out = asdict(self)
        out["human_logit"] = self.human_logit if math.isfinite(self.human_logit) else None
        for outcome in out["outcomes"]:
            outcome["verdict"] = str(outcome["verdict"])
        return out


def gather(bundle: Bundle, explanation: Explanation) -> Evidence | None:
    """Return the evidence behind an explained post, or None where there is no probability to speak of.

    Args:
        bundle: whose detector explained it.
        explanation: of `Detector.explain`.
    """
    score = explanation.score
    if score.logit is None or score.classifier_logit is None or explanation.threshold is None:
        return None
    judge = bundle.judges["full"]
    values = np.array([[explanation.features[name] for name in NAMES]])
    classifier_logit, spoken, read = np.array([score.classifier_logit]), [score.language], [score.tokens]
    inputs = design(bundle.fusion.band, classifier_logit, values, spoken, read)[0]
    comparisons = [
        Comparison(name, explanation.features[name], float(z), NormalDist().cdf(z), explanation.contributions[name])
        for name, z in zip(NAMES, inputs[1 : 1 + len(NAMES)], strict=True)
    ]
    classifier, perplexity = explanation.contributions["classifier"], _effect(bundle.fusion, inputs, NAMES)
    effects = {name: _effect(bundle.fusion, inputs, features) for name, features in GROUPS.items()}
    groups = [
        Group(name, effect, _leading([one for one in comparisons if one.name in GROUPS[name]], effect))
        for name, effect in effects.items()
    ]
    language, length, members = _peers(bundle.humans, score.language, score.tokens)
    fused, alone = (bundle.humans.logits[half][members] for half in ("full", "fast"))
    flagged = int((fused >= explanation.threshold).sum())
    human = judge.thresholds.human_at(score.language, score.tokens)
    # No post that is more likely machine than not is called human.
    human_logit = min(human.logit, -judge.intercept / judge.slope)
    rates = bundle.calibration.get("report", {}).get("false_positive_rates", [])
    return Evidence(
        classifier=classifier,
        perplexity=perplexity,
        without_classifier=_probability(judge, score.logit - classifier),
        without_perplexity=_probability(judge, score.logit - perplexity),
        slope=judge.slope,
        word_slope=bundle.judges["fast"].slope,
        groups=tuple(sorted(groups, key=lambda group: -abs(group.effect))),
        comparisons=tuple(sorted(comparisons, key=lambda one: -abs(one.effect))),
        peers=Peers(
            *(language, length, len(fused), flagged, *wilson_interval(flagged, len(fused))),
            classifier_below=float((alone < score.classifier_logit).mean()),
            logit_below=float((fused < score.logit).mean()),
        ),
        outcomes=_outcomes(judge, score.logit, score.language, score.tokens, explanation.false_positive_rate),
        human_logit=human_logit,
        human_probability=_probability(judge, human_logit),
        human_rate=human.rate,
        human_n=human.n,
        tokens_lacking=max(judge.min_tokens - score.tokens, int(score.reason is Reason.TOO_SHORT)),
        measured=next((rate for rate in rates if rate["promised"] == explanation.false_positive_rate), None),
    )


def _effect(fusion: Fusion, inputs: NDArray[np.float64], names: Sequence[str]) -> float:
    """Return the logit less the logit with some features at people's average (occlusion, as `Fusion.contributions`)."""
    occluded = inputs.copy()
    for name in names:
        place = 1 + NAMES.index(name)
        occluded[[place, len(NAMES) + place]] = 0.0
    whole, rest = fusion.logits(np.stack([inputs, occluded]))
    return float(whole - rest)


def _outcomes(judge: Judge, logit: float, language: str, tokens: int, in_force: float | None) -> tuple[Outcome, ...]:
    """Return what the verdict is at each of the usual rates, and at the one in force."""
    found = []
    for rate in sorted({*judge.thresholds.rates, *([in_force] if in_force else [])}, reverse=True):
        threshold = judge.thresholds.machine_at(rate, language, tokens).logit
        verdict, _ = judge.verdict(logit, language, tokens, rate)
        found.append(Outcome(rate, threshold, _probability(judge, threshold), verdict))
    return tuple(found)


def _probability(judge: Judge, logit: float) -> float:
    return float(judge.probabilities(np.array([logit]))[0])


def _leading(comparisons: Sequence[Comparison], effect: float) -> str:
    """Return the feature that stands out the most among those that pull as the group does, or among all."""
    alike = [one for one in comparisons if one.effect * effect > 0] or comparisons
    return max(alike, key=lambda one: abs(one.effect)).name


def _peers(humans: Humans, language: str, tokens: int) -> tuple[str, str, NDArray[np.bool_]]:
    """Return the narrowest group of human posts that is large enough: its language, its length, its members."""
    group, band = language_group(language), length_band(tokens)
    spoken = humans.languages == LANGUAGES.index(group)
    alike = np.array([length_band(int(n)) == band for n in humans.tokens], dtype=np.bool_)
    for named, long, members in ((group, length_name(band), spoken & alike), (group, ANY, spoken)):
        if members.sum() >= FEWEST:
            return named, long, members
    return ANY, ANY, np.ones(len(humans), dtype=np.bool_)
