"""A progress bar on stderr: how far, posts/s, time left. Only on a terminal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rich.console import Console

    from autowritten.posts import PostFile, Scorer
    from autowritten.score import Score

_EVERY = 0.1  # seconds between updates


@contextmanager
def progress_bar(
    files: Sequence[PostFile], console: Console, *, hidden: bool = False
) -> Iterator[Callable[[Scorer], Scorer]]:
    """Show a bar while scoring.

    Args:
        files: the inputs; their bytes read so far are the measure.
        console: where to show it; nothing is shown unless it is a terminal.
        hidden: show nothing at all.

    Yields:
        A function that wraps the scorer into one that moves the bar with every score.
    """
    if hidden or not console.is_terminal:
        yield lambda scorer: scorer
        return
    sizes = [file.source.size for file in files]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[posts]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("scoring", total=total, posts="")
        yield lambda scorer: _Watched(scorer, files, bar, task)


class _Watched:
    """A scorer that tells a bar how far it is, within a batch too."""

    def __init__(self, scorer: Scorer, files: Sequence[PostFile], bar: Progress, task: TaskID) -> None:
        self._scorer, self._files, self._bar, self._task = scorer, files, bar, task
        self._before, self._posts = 0, 0
        self._start = self._shown = time.monotonic()

    def score_many(self, posts: Iterable[object], *, fpr: float | None = None) -> Iterator[Score]:
        """Yield the scores of a batch. The batch has been read whole, so the bar goes from its start to its end."""
        batch = list(posts)
        after = sum(file.source.position() for file in self._files)
        for number, score in enumerate(self._scorer.score_many(batch, fpr=fpr), 1):
            yield score
            self._posts += 1
            now = time.monotonic()
            if now - self._shown >= _EVERY or number == len(batch):
                self._shown = now
                reached = self._before + (after - self._before) * number / len(batch)
                words = f"{self._posts:,} posts, {self._posts / max(now - self._start, 1e-9):,.1f}/s"
                self._bar.update(self._task, completed=reached, posts=words)
        self._before = after
