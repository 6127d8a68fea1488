"""Ctrl-C before a command has started: nothing is at stake yet, so the program ends at once and without a word."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def stop_at_once() -> None:
    """From now on let Ctrl-C end the process with the exit code that a shell reports of it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # in the background of a shell it is ignored
        signal.signal(signal.SIGINT, _leave)


def stop_in_order() -> None:
    """From now on let Ctrl-C be an exception, for there may be something to put in order."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(128 + signal.SIGINT)
