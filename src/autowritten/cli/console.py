"""The two streams of a command: data on stdout, words on stderr, both fit for whatever reads them."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from contextlib import suppress
from typing import Any, Never

from rich.cells import cell_len
from rich.console import Console

from autowritten.errors import AutowrittenError

_PLAIN = str.maketrans(
    {
        "…": "~", "–": "-", "—": "-", "·": "-", "‹": "<", "›": ">", "“": '"', "”": '"', "‘": "'", "’": "'", "→": ">",
        "×": "x", "−": "-", "≥": ">", "≤": "<", "▪": "*", "∅": "0",
    }
)  # fmt: skip


class _Piped(Console):
    """A console that lets a reader that has gone be known, where rich would leave with exit code 1."""

    def on_broken_pipe(self) -> Never:
        raise BrokenPipeError


def words(quiet: bool = False) -> Console:
    """Return what to say things on: stderr. With `quiet` nothing is said."""
    return _Piped(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)


def page(*, soft_wrap: bool = False) -> Console:
    """Return what to show tables and results on: stdout.

    Raises:
        AutowrittenError: it is closed, so that they would be lost.
    """
    need_stdout()
    return _Piped(highlight=False, soft_wrap=soft_wrap)


def need_stdout() -> None:
    """Refuse to go on where results would be lost.

    Raises:
        AutowrittenError: standard output is closed.
    """
    if sys.stdout is None:
        raise AutowrittenError("standard output is closed; write to a file with -o")


def make_streams_safe() -> None:
    """Make sure that writing to stdout and stderr neither fails for a character nor lands in somebody else's file.

    A stream started closed (`>&-`) leaves its number free for the next file opened; that number is taken by nothing. On a
    stream of another encoding than UTF-8, a character that it lacks becomes a like one of as many cells.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            with suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    codecs.register_error("autowritten.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="autowritten.plain")


def drop_stdout() -> None:
    """Send what is left in the buffer of stdout nowhere, or Python complains about it on its way out."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace what a stream's encoding lacks: a handler of errors for `codecs`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_alike, error.object[error.start : error.end])), error.end


def _alike(char: str) -> str:
    plain: Any = char.translate(_PLAIN)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    width = cell_len(char)
    return plain if len(plain) == width else "?" * width
