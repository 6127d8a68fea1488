"""What a post gets back: a `Score` with its verdict, its reason and the numbers behind them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from html import escape
from typing import Any

FULL, FAST = "full", "fast"
"""Both halves judged, or the classifier alone."""


def one_in(share: float) -> str:
    """Write a share as `1 in N`; N is rounded down, so that the share is never made smaller than it is."""
    n = int(1.0 / share + 1e-9) if share > 0.0 else 0
    return f"1 in {n:,}" if n >= 2 else "most"


class Verdict(StrEnum):
    """The final word on a post."""

    MACHINE = "machine"
    HUMAN = "human"
    UNDECIDED = "undecided"


class Reason(StrEnum):
    """Why a post got its verdict."""

    ABOVE_THRESHOLD = "above_threshold"
    """The logit reaches the threshold of the false-positive rate in force."""
    BELOW_THRESHOLD = "below_threshold"
    """The logit lies under the human threshold: few machine posts score so low."""
    BETWEEN_THRESHOLDS = "between_thresholds"
    """Too much like both kinds to say."""
    TOO_SHORT = "too_short"
    """Fewer tokens of writing than the bundle needs: links, mentions, emoji and lines of a program do not count."""
    EMPTY = "empty"
    """Nothing is left after normalisation."""
    NOT_TEXT = "not_text"
    """The post is not a string (null, a number, a list …)."""
    TOO_LONG = "too_long"
    """More characters than the bundle accepts."""
    UNCALIBRATED = "uncalibrated"
    """Read with another language model than the bundle's: its surprisal is told, but no threshold fits it."""


@dataclass(frozen=True, slots=True)
class SurprisalSummary:
    """Mean token statistics of a post under the causal language model (natural logarithms).

    Attributes:
        mean: mean surprisal, nats a token.
        std: standard deviation of the surprisal, nats.
        perplexity: exp(mean).
        entropy: mean entropy of the model's prediction, nats.
        log_rank: mean log of the rank of the observed token (1 = most likely).
        curvature: conditional probability curvature (Fast-DetectGPT).
    """

    mean: float
    std: float
    perplexity: float
    entropy: float
    log_rank: float
    curvature: float


@dataclass(frozen=True, slots=True, repr=False)
class Score:
    """The score of one post. Numbers are never rounded.

    Attributes:
        probability: calibrated probability that the post is machine-generated, 0 to 1; None if nothing could be scored.
        verdict: `machine`, `human` or `undecided`.
        reason: why.
        human_rarity: of human posts of its language and length, the share that scores as high: a conformal p-value, above 0.
            The verdict is machine where it is at most the false-positive rate. None if there is too little text to judge.
        logit: log-odds after fusion, before calibration; None if nothing could be scored.
        classifier_logit: the classifier half alone; None if nothing could be scored.
        surprisal: summary of the perplexity half; None if nothing could be scored.
        language: ISO 639-1 code of the post, `und` when there is too little writing to tell by.
        tokens: tokens of text read by the language model (all windows together).
        windows: how many windows a long post was read in.
        obfuscation: what normalisation took off, as counts by name (`zero_width`, `lookalike` …).
        share_machine: share of machine posts that `probability` assumes before a post is read.
        mode: `full`, or `fast` where the classifier judged alone.
        model: bundle name and version.
    """

    probability: float | None
    verdict: Verdict
    reason: Reason
    logit: float | None = None
    classifier_logit: float | None = None
    surprisal: SurprisalSummary | None = None
    language: str = "und"
    tokens: int = 0
    windows: int = 0
    obfuscation: dict[str, int] = field(default_factory=dict)
    model: str = ""
    human_rarity: float | None = None
    share_machine: float = 0.5
    mode: str = FULL

    def __repr__(self) -> str:
        """Return the verdict, the two numbers that matter, and what they rest on."""
        rarity = "" if self.human_rarity is None else f", {one_in(self.human_rarity)} human posts score as high"
        probability = "none" if self.probability is None else f"{self.probability:.3f}"
        return (
            f"Score({self.verdict}: {self.reason}{rarity}, probability={probability}, language={self.language!r}, "
            f"tokens={self.tokens}, model={self.model!r})"
        )

    def _repr_html_(self) -> str:
        """Return a small table, as notebooks show it; the error rate is that of the verdict's own rarity."""
        rows = {
            "verdict": f"{self.verdict} ({self.reason})",
            "human posts that score as high": "–" if self.human_rarity is None else one_in(self.human_rarity),
            f"probability, if {100 * self.share_machine:g}% of posts are machine-written": (
                "–" if self.probability is None else f"{self.probability:.1%}"
            ),
            "language, tokens": f"{self.language}, {self.tokens}",
            "model": self.model,
        }
        cells = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows.items())
        return f"<table>{cells}</table><p>Evidence, not proof.</p>"

    def as_dict(self) -> dict[str, Any]:
        """Return the score as plain JSON types, enums as their names."""
        out = asdict(self)
        out["verdict"] = str(self.verdict)
        out["reason"] = str(self.reason)
        return out

    def as_row(self) -> dict[str, Any]:
        """Return the score as a flat row, the columns of `SCORE_COLUMNS` in their order; `obfuscation` stays a dict."""
        row = {name: getattr(self, name, None) for name in SCORE_COLUMNS}
        row["verdict"], row["reason"] = str(self.verdict), str(self.reason)
        if self.surprisal is not None:
            for name, column in _SURPRISAL_COLUMNS.items():
                row[column] = getattr(self.surprisal, name)
        return row


_SURPRISAL_COLUMNS = {part.name: f"surprisal_{part.name}" for part in fields(SurprisalSummary)}
SCORE_COLUMNS: dict[str, type] = {
    "probability": float,
    "human_rarity": float,
    "logit": float,
    "verdict": str,
    "reason": str,
    "language": str,
    "tokens": int,
    "windows": int,
    "obfuscation": str,
    "classifier_logit": float,
    **dict.fromkeys(_SURPRISAL_COLUMNS.values(), float),
    "share_machine": float,
    "mode": str,
    "model": str,
}
"""What a score adds to a row, in this order, with types; `obfuscation` as JSON where a column is text."""


def free_names(names: Collection[str]) -> dict[str, str]:
    """Return under which names the columns of an input are kept beside a score: `input_` and the name where that is taken.

    Args:
        names: of the input's columns.
    """
    return {name: _free_name(name, names) for name in names}


def _free_name(name: str, names: Iterable[str]) -> str:
    kept = name
    while kept in SCORE_COLUMNS or (kept != name and kept in names):
        kept = f"input_{kept}"
    return kept


@dataclass(frozen=True, slots=True)
class TokenEvidence:
    """One token of an explained post.

    Attributes:
        text: the characters it stands for.
        surprisal: nats.
        rank: rank in the model's prediction, 1 = the most likely.
        entropy: of the prediction, nats.
    """

    text: str
    surprisal: float
    rank: int
    entropy: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """A score with the evidence behind it.

    Attributes:
        score: as `Detector.score` gives it.
        text: the post as it was read: normalised, mentions and links masked.
        tokens: in order; their texts join to `text`.
        contributions: what each half and feature moves the logit by, as in `Fusion.contributions`; they sum to it. Empty if
            not scored.
        threshold: the logit from which such a post is called machine; None if not scored.
        false_positive_rate: share of human calibration posts at or above that threshold.
        features: the value of each feature, as in `features`. Empty if not scored.
    """

    score: Score
    text: str
    tokens: tuple[TokenEvidence, ...] = ()
    contributions: dict[str, float] = field(default_factory=dict)
    threshold: float | None = None
    false_positive_rate: float | None = None
    features: dict[str, float] = field(default_factory=dict)
