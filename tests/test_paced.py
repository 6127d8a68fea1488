"""Batches of a stream that may pause."""

import itertools
import queue

import pytest

from autowritten.paced import batches

FOREVER = 600.0


@pytest.mark.parametrize("pause", [None, FOREVER])
def test_items_come_in_order_in_full_batches(pause):
    assert list(batches(range(7), 3, pause)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3, pause)) == []


def test_a_pause_hands_on_what_there_is():
    given = queue.Queue()
    given.put(1)
    taken = batches(iter(given.get, None), 100, 0.01)
    assert next(batch for batch in taken if batch) == [1]
    assert next(taken) == []  # still nothing: the one who takes may look around
    given.put(2)
    assert next(batch for batch in taken if batch) == [2]
    given.put(None)
    assert [batch for batch in taken if batch] == []


@pytest.mark.parametrize("pause", [None, FOREVER])
def test_an_exception_comes_after_the_items_before_it(pause):
    def items():
        yield from range(4)
        raise KeyError("broken")

    taken = batches(items(), 4, pause)
    assert next(taken) == [0, 1, 2, 3]
    with pytest.raises(KeyError, match="broken"):
        next(taken)


def test_an_endless_stream_is_read_only_a_little_ahead():
    read = itertools.count()
    taken = batches(read, 10, FOREVER)
    assert next(taken) == list(range(10))
    taken.close()
    assert next(read) < 100
