"""Scored posts of files, as the report reads them, and what was in force when they were scored."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from autowritten.accounts.pool import FAST, machine_thresholds
from autowritten.bundle import Bundle
from autowritten.errors import UsageError
from autowritten.posts import PostFile, Reject, get_column, number, seconds
from autowritten.score import Reason, Verdict

NEEDED = ("probability", "logit", "verdict", "reason", "language", "tokens", "model")
"""Columns that `autowritten score` adds and the report reads."""
_EARLIEST, _LATEST = 631_152_000.0, 4_102_444_800.0  # 1990 and 2100: a time before or after is a mistake of the export


@dataclass(slots=True)
class Post:
    """A scored post.

    Attributes:
        id: its id, or where it stands (`file:line`).
        account: who posted it; None if not known.
        time: seconds since 1970; None if not known.
        text: the post.
        verdict: `machine`, `human` or `undecided`. `reason`: why, one of `Reason`.
        probability: calibrated probability of machine; None if it was not scored.
        logit: before calibration; None if it was not scored.
        language: ISO 639-1 code, or `und`.
        tokens: its length.
        model: name and version of the bundle that scored it.
        campaign: number of the campaign it belongs to, from 1; 0 for none.
    """

    id: str
    account: str | None
    time: float | None
    text: str
    verdict: Verdict
    reason: str
    probability: float | None
    logit: float | None
    language: str
    tokens: int
    model: str
    campaign: int = 0

    @property
    def judged(self) -> bool:
        """Whether there was enough text to call it anything: those not judged can't be false positives."""
        return self.logit is not None and self.reason != Reason.TOO_SHORT


@dataclass(frozen=True, slots=True)
class Read:
    """What was in the files.

    Attributes:
        posts: the most machine-like first, those without a logit last.
        left_out: rows that could not be read or hold no score.
    """

    posts: list[Post]
    left_out: int


def read(files: Sequence[PostFile]) -> Read:
    """Read scored posts.

    Raises:
        UsageError: a file was not scored, or without the columns that are needed.
        AutowrittenError: a file can't be read.
    """
    posts: list[Post] = []
    left_out = 0
    for file in files:
        if lacking := [name for name in NEEDED if name not in file.names]:
            columns = ", ".join(map(repr, file.names)) or "none"
            raise UsageError(
                f"{file.source.name}: no column {lacking[0]!r}: give files that `autowritten score` wrote. "
                f"The columns are: {columns}"
            )
        for item in file:
            post = None if isinstance(item, Reject) else _post(file, item.line, item.data)
            if post is None:
                left_out += 1
            else:
                posts.append(post)
    posts.sort(key=lambda post: -math.inf if post.logit is None else post.logit, reverse=True)
    return Read(posts, left_out)


def _post(file: PostFile, line: int, data: dict[str, Any]) -> Post | None:
    """Return a row as a post, or None if its score can't be read."""
    account, ident = get_column(data, file.columns.account), get_column(data, file.columns.id)
    time = seconds(get_column(data, file.columns.time))
    try:
        return Post(
            id=f"{file.source.name}:{line}" if ident in (None, "") else str(ident),
            account=None if account in (None, "") else str(account),
            time=time if time is not None and _EARLIEST <= time < _LATEST else None,
            text=str(get_column(data, file.columns.text)),
            verdict=Verdict(data["verdict"]),
            reason=str(data["reason"]),
            probability=number(data["probability"]),
            logit=number(data["logit"]),
            language=str(data["language"] or "und"),
            tokens=int(number(data["tokens"]) or 0),
            model=str(data["model"] or ""),
        )
    except (KeyError, TypeError, ValueError):
        return None


def is_fast(post: Post) -> bool:
    """Whether the classifier judged alone."""
    return post.model.endswith(FAST)


def rate_in_force(posts: Sequence[Post], bundle: Bundle) -> tuple[float, int]:
    """Tell at which of the bundle's false-positive rates the verdicts were given: by the verdicts themselves.

    Scored files do not name the rate. But a verdict follows from the logit and the threshold, so only one rate explains all of
    them.

    Returns:
        The rate, and how many verdicts do not follow from it: none unless another bundle scored some of the posts. Where
        the posts can't tell between several, the bundle's default is taken.
    """
    default: float = bundle.config["fpr"]
    wrong = {}
    for rate in bundle.judge().thresholds.rates:
        if rate not in bundle.judge(True).thresholds.rates:
            continue
        threshold = machine_thresholds(bundle, rate)
        wrong[rate] = sum(
            (post.logit >= threshold(is_fast(post), post.language, post.tokens)) != (post.verdict is Verdict.MACHINE)
            for post in posts
            if post.judged and post.logit is not None
        )
    rate = min(wrong, key=lambda rate: (wrong[rate], rate != default))
    return rate, wrong[rate]
