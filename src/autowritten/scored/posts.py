"""Posts as `autowritten score` wrote them, read back: the one reader that accounts, campaigns and reports share."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autowritten.errors import UsageError
from autowritten.posts import PostFile, ReadOptions, Reject, get_column, number, open_posts, seconds
from autowritten.score import FAST, FULL, Reason, Verdict

if TYPE_CHECKING:
    import pyarrow as pa

SCORES = ("logit", "language", "tokens")
"""Columns that a verdict follows from; a file without them was not scored."""
VERDICTS = ("probability", "logit", "verdict", "reason", "language", "tokens", "model")
"""What else `autowritten score` writes of each post and the report shows."""
_FAST_SUFFIX = " (fast)"
_EARLIEST, _LATEST = 631_152_000.0, 4_102_444_800.0  # 1990 and 2100: a time before or after is a mistake of the export


@dataclass(slots=True)
class ScoredPost:
    """A post with its score.

    Attributes:
        id: its id, or where it stands (`file:line`).
        account: who posted it; None if not known.
        time: seconds since 1970; None if not known.
        text: the post.
        verdict: machine, human or undecided. `reason`: why, one of `Reason`; empty if the file does not have it.
        probability: calibrated probability of machine; None if it was not scored.
        logit: before calibration; None if it was not scored.
        language: ISO 639-1 code, or `und`.
        tokens: its length.
        model: name and version of the bundle that scored it; empty if the file does not have it.
        mode: `full`, or `fast` where the classifier judged alone.
    """

    id: str
    account: str | None
    time: float | None
    text: str
    verdict: Verdict = Verdict.UNDECIDED
    reason: str = ""
    probability: float | None = None
    logit: float | None = None
    language: str = "und"
    tokens: int = 0
    model: str = ""
    mode: str = FULL

    @property
    def judged(self) -> bool:
        """Whether there was enough text to call it anything: those not judged can't be false positives."""
        return self.logit is not None and self.reason != Reason.TOO_SHORT


class ScoredPosts:
    """The posts of scored files, in order, read as they are asked for.

    Attributes:
        left_out: rows so far that could not be read, lack what is needed, or have scores that are not numbers.
        models: what scored the posts so far.
    """

    def __init__(self, files: Sequence[PostFile], need: Sequence[str]) -> None:
        self._files = files
        self._need = need
        self.left_out = 0
        self.models: set[str] = set()

    def __iter__(self) -> Iterator[ScoredPost]:
        """Yield the posts."""
        for file in self._files:
            for item in file:
                post = None if isinstance(item, Reject) else self._post(file, item.line, item.data)
                if post is None:
                    self.left_out += 1
                else:
                    self.models.add(post.model)
                    yield post

    def _post(self, file: PostFile, line: int, data: dict[str, Any]) -> ScoredPost | None:
        columns = file.columns
        account, ident, text = (get_column(data, name) for name in (columns.account, columns.id, columns.text))
        if ("account" in self._need and account in (None, "")) or ("text" in self._need and not isinstance(text, str)):
            return None
        if any(name not in data for name in self._need if name in VERDICTS):
            return None
        time = seconds(get_column(data, columns.time))
        try:
            return _scored(
                data,
                id=f"{file.source.name}:{line}" if ident in (None, "") else str(ident),
                account=None if account in (None, "") else str(account),
                time=time if time is not None and _EARLIEST <= time < _LATEST else None,
                text=text if isinstance(text, str) else "" if text is None else str(text),
            )
        except (TypeError, ValueError):
            return None


def read_scored(
    files: str | os.PathLike[str] | Sequence[PostFile], need: Sequence[str] = ("account", *SCORES)
) -> ScoredPosts:
    """Read the posts of scored files.

    Args:
        files: the path of a file, or files of `open_posts`.
        need: `account`, `text` and columns of scores: without one of them a file is refused, and a row without an account or a
            post is left out.

    Raises:
        UsageError: a file lacks something that is needed.
    """
    if isinstance(files, str | os.PathLike):
        files = open_posts([os.fspath(files)], ReadOptions())
    for file in files:
        columns = f"The columns are: {', '.join(map(repr, file.names)) or 'none'}"
        if lacking := [name for name in need if name in VERDICTS and name not in file.names]:
            why = f"no column {lacking[0]!r}: give files that `autowritten score` wrote"
            raise UsageError(f"{file.source.name}: {why}. {columns}")
        if "account" in need and file.columns.account is None:
            why = "no column looks like the account; name it with --account"
            raise UsageError(f"{file.source.name}: {why}. {columns}")
    return ScoredPosts(files, need)


def from_rows(
    rows: pa.Table | Iterable[Mapping[str, Any]],
    *,
    account: str = "account",
    text: str = "text",
    id: str = "id",
    time: str = "time",
) -> Iterator[ScoredPost]:
    """Yield the posts of a table, or of rows as `autowritten score` writes them.

    Args:
        rows: a pyarrow table, or mappings with the columns of scores, of which `logit`, `language` and `tokens` are needed.
        account: column of the account.
        text: column of the post; without it repeated posts can't be seen.
        id: column of the post's id, which may be lacking.
        time: column of its time, which may be lacking.

    Raises:
        KeyError: a row lacks the account or a score.
    """
    if hasattr(rows, "to_batches"):
        rows = (row for batch in rows.to_batches(4096) for row in batch.to_pylist())
    for row in rows:
        for name in (account, *SCORES):
            row[name]
        post, owner, ident = row.get(text), row[account], row.get(id)
        yield _scored(
            row,
            id="" if ident is None else str(ident),
            account=None if owner is None else str(owner),
            time=seconds(row.get(time)),
            text=post if isinstance(post, str) else "",
        )


def _scored(data: Mapping[str, Any], *, id: str, account: str | None, time: float | None, text: str) -> ScoredPost:
    """Return a row as a post; CSV has strings for numbers.

    Raises:
        ValueError: a score is not what `autowritten score` writes. `TypeError`: likewise.
    """
    model = str(data.get("model") or "")
    # Files of before the column `mode` have it in the name of the model.
    mode = str(data.get("mode") or (FAST if model.endswith(_FAST_SUFFIX) else FULL))
    if mode not in (FULL, FAST):
        raise ValueError(f"the mode is {FULL} or {FAST}, not {mode!r}")
    return ScoredPost(
        id=id,
        account=account,
        time=time,
        text=text,
        verdict=Verdict(data.get("verdict") or Verdict.UNDECIDED),
        reason=str(data.get("reason") or ""),
        probability=number(data.get("probability")),
        logit=number(data.get("logit")),
        language=str(data.get("language") or "und"),
        tokens=int(number(data.get("tokens")) or 0),
        model=model,
        mode=mode,
    )
