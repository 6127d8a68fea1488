"""Batches of a stream that may pause: a batch is handed on when it is full, and what there is of it after a pause."""

from __future__ import annotations

import queue
import threading
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
_STOP_POLL = 0.5  # seconds after which a reader whose batches nobody takes any more sees it


def batches(items: Iterable[T], size: int, pause: float | None = None) -> Iterator[list[T]]:
    """Yield the items in order, in lists of `size`, the last one shorter; with a `pause`, also an empty list in each.

    Args:
        items: any iterable, also an endless one.
        size: most items of a list.
        pause: seconds without a new item after which a shorter list is handed on; None to wait for a full one. With it the
            items are read in a thread, up to two lists ahead.

    Raises:
        Exception: whatever reading the items raises, after the items before it.
    """
    if pause is None:
        rest = iter(items)
        while full := list(islice(rest, size)):
            yield full
        return
    read: queue.Queue[tuple[bool, T | BaseException | None]] = queue.Queue(2 * size)
    left = threading.Event()
    threading.Thread(target=_read, args=(items, read, left), daemon=True).start()
    try:
        yield from _taken(read, size, pause)
    finally:
        left.set()


def _taken(read: queue.Queue, size: int, pause: float) -> Iterator[list[T]]:  # type: ignore[type-arg]
    batch: list[T] = []
    while True:
        try:
            more, item = read.get(timeout=pause)
        except queue.Empty:
            yield batch
            batch = []
            continue
        if more:
            batch.append(item)
        if batch and (not more or len(batch) == size):
            yield batch
            batch = []
        if not more:
            if item is not None:
                raise item
            return


def _read(items: Iterable[T], read: queue.Queue, left: threading.Event) -> None:  # type: ignore[type-arg]
    """Put the items into the queue, then the end or the exception that was it."""
    end: BaseException | None = None
    try:
        for item in items:
            if not _put(read, (True, item), left):
                return
    except BaseException as error:
        end = error
    _put(read, (False, end), left)


def _put(read: queue.Queue, entry: object, left: threading.Event) -> bool:  # type: ignore[type-arg]
    while not left.is_set():
        try:
            read.put(entry, timeout=_STOP_POLL)
        except queue.Full:
            continue
        return True
    return False
