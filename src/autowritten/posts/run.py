"""Scores the rows of files in order and hands them to a sink: a file, a pipe or a terminal."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from autowritten.errors import AutowrittenError, UsageError
from autowritten.paced import batches
from autowritten.posts.columns import get_column
from autowritten.posts.json_text import encode, encode_line
from autowritten.posts.rows import Reject, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from autowritten.posts.columns import Columns
    from autowritten.posts.read import PostFile
    from autowritten.score import Score

BATCH = 256
"""Input rows scored and written together. A constant, for a resumed run must form the same batches: the last digits of
a logit depend on what a post was batched with, and the output has to be the same to the byte."""


class Scorer(Protocol):
    """What is needed of a detector. `score_many` must depend on nothing but its arguments."""

    def score_many(self, posts: Iterable[object], *, fpr: float | None = None) -> Iterator[Score]:
        """Yield the score of every post, in order."""
        ...


class Sink(Protocol):
    """Where scored rows go."""

    def write(self, rows: Sequence[tuple[Row, Columns, Score]], rejects: Sequence[Reject], tally: Tally) -> None:
        """Take one batch: its scored rows and its rejects, each in order, and the tally with this batch in it."""
        ...


@dataclass(slots=True)
class Tally:
    """What a run has done so far.

    Attributes:
        rows: rows of the input, scored or rejected.
        verdicts: scored rows by verdict.
        rejects: rejected rows by reason.
        scored_now: rows scored by this process, without those a resumed run took over.
        seconds: time spent by this process.
        stopped: the run was asked to stop before the end.
        read: digest of the input rows done, by which a resumed run knows them again; empty if there are none.
    """

    rows: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)
    scored_now: int = 0
    seconds: float = 0.0
    stopped: bool = False
    read: str = ""

    @property
    def posts_per_second(self) -> float:
        """Posts scored each second by this process."""
        return self.scored_now / self.seconds if self.seconds else 0.0


def score_files(
    files: Sequence[PostFile],
    scorer: Scorer,
    sink: Sink,
    *,
    fpr: float | None = None,
    max_chars: int = 100_000,
    tally: Tally | None = None,
    stop: Callable[[], bool] = lambda: False,
    pause: float | None = None,
) -> Tally:
    """Score every row of the files, batch by batch, with memory for one batch.

    Args:
        files: the inputs.
        scorer: the detector.
        sink: takes the rows.
        fpr: false-positive rate in force; None for the scorer's own.
        max_chars: a longer post is rejected.
        tally: where a resumed run takes up; its `rows` first rows are read but not scored again.
        stop: asked after every batch; true ends the run early.
        pause: seconds without a new row after which those there are get scored, for inputs that go on (`tail -f`); None
            to wait for a full batch, as a run that may be resumed has to.

    Returns:
        The tally. `rows` equals the sum of `verdicts` and `rejects`.

    Raises:
        AutowrittenError: an input failed, or the sink could not write.
    """
    tally = tally or Tally()
    start = time.monotonic()
    stream = ((file, item) for file in files for item in file)
    read = hashlib.sha256()
    skipped = 0
    for _, item in islice(stream, tally.rows):
        read.update(_mark(item))
        skipped += 1
    if skipped < tally.rows:
        raise AutowrittenError(f"the inputs have only {skipped:,} rows, but {tally.rows:,} were scored before")
    if skipped and tally.read != read.hexdigest():
        raise UsageError("can't resume, the inputs changed since; start again with --restart")
    for batch in batches(stream, BATCH, pause):
        if batch:
            rows, posts, rejects = _sort_out(batch, max_chars)
            scores = list(scorer.score_many(posts, fpr=fpr)) if posts else []
            for _, item in batch:
                read.update(_mark(item))
            tally.rows += len(batch)
            tally.read = read.hexdigest()
            tally.verdicts.update([str(score.verdict) for score in scores])
            tally.rejects.update([reject.reason for reject in rejects])
            tally.scored_now += len(scores)
            scored = [(row, columns, score) for (row, columns), score in zip(rows, scores, strict=True)]
            sink.write(scored, rejects, tally)
            tally.seconds = time.monotonic() - start
        if stop():
            tally.stopped = True
            break
    return tally


def _mark(item: Row | Reject) -> bytes:
    """Write a row so that no other row is written alike."""
    seen = item.data if isinstance(item, Row) else {"line": item.line, "": item.reason, "raw": item.raw}
    return f"{encode(seen)}\n".encode("utf-8", "surrogatepass")


def _sort_out(
    batch: Sequence[tuple[PostFile, Row | Reject]], max_chars: int
) -> tuple[list[tuple[Row, Columns]], list[str], list[Reject]]:
    """Part a batch into rows to score, their posts, and rejects."""
    rows: list[tuple[Row, Columns]] = []
    posts: list[str] = []
    rejects: list[Reject] = []
    for file, item in batch:
        if isinstance(item, Reject):
            rejects.append(item)
            continue
        name = file.columns.text
        post = item.data.get(name) if "." not in name else get_column(item.data, name)
        if isinstance(post, str) and len(post) <= max_chars:
            rows.append((item, file.columns))
            posts.append(post)
        else:
            rejects.append(_refuse(item, file, post, max_chars))
    return rows, posts, rejects


def _refuse(row: Row, file: PostFile, post: Any, max_chars: int) -> Reject:  # noqa: ANN401 - any JSON value
    """Say why the post of a row can't be scored."""
    name = file.columns.text
    if isinstance(post, str):
        reason, detail = "too_long", f"{len(post):,} characters in {name!r}, over --max-chars {max_chars:,}"
    elif post is None:
        reason, detail = "missing_text", f"{name!r} is null" if name in row.data else f"no {name!r} in the row"
    else:
        reason, detail = "not_text", f"{name!r} holds {type(post).__name__}, not text"
    return Reject(row.line, reason, detail, encode_line(row.data).decode(), file=file.source.name)
