"""The program `autowritten`, from its first moment: before a command runs, it ends like any other program of a shell."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def leave(_number: int, _frame: FrameType | None) -> None:
    """End at once, nothing being at stake yet, as a shell reports Ctrl-C."""
    os._exit(128 + signal.SIGINT)


def main() -> None:
    """Run the command line; until a command starts, Ctrl-C and a closed pipe end it without a word."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # in the background of a shell it is ignored
        signal.signal(signal.SIGINT, leave)
    from autowritten.cli import app

    app()


if __name__ == "__main__":
    from autowritten.__main__ import main as run  # `leave` has to be the one that `cli` knows

    run()
