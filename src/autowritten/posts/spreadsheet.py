"""CSV for people: what a spreadsheet opens, without running any of it."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import regex

from autowritten.controls import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# A cell begins where the text does, and, where the list separator is another than the comma (`;` in French and German
# Excel, tab), in the middle of what is one cell here: quotes do not hold there. Spreadsheets skip blanks and characters that
# can't be seen; a quote would be taken off.
_FORMULA = regex.compile(
    r"""((?:^|[;\t\r\n])[\s\p{Z}\p{C}\p{Default_Ignorable_Code_Point}"]*)(?=[=+\-@\N{FULLWIDTH EQUALS SIGN}"""
    r"""\N{FULLWIDTH PLUS SIGN}\N{FULLWIDTH HYPHEN-MINUS}\N{FULLWIDTH COMMERCIAL AT}])"""
)


def harmless(text: str) -> str:
    r"""Neutralise a cell of text: an apostrophe before whatever a spreadsheet could run as a formula, numbers excepted.

    Control characters and direction overrides are written as their escapes (`\x1b`, `\u202e`).
    """
    try:
        float(text)
    except ValueError:
        return str(_FORMULA.sub(r"\1'", escape(text)))
    return text


def write_spreadsheet(out: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write CSV for spreadsheets: UTF-8 with a byte-order mark, by which they know it, and every text cell in quotes.

    Args:
        out: where to write.
        header: the columns' names.
        rows: cells of text, numbers and None.
    """
    with as_text(out, "utf-8-sig") as text:
        writer = csv.writer(text, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow([harmless(name) for name in header])
        writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)


@contextmanager
def as_text(out: IO[bytes], encoding: str = "utf-8") -> Iterator[io.TextIOWrapper]:
    """Give a text view of a file that stays open; lone surrogates, of which UTF-8 knows nothing, become their escapes."""
    text = io.TextIOWrapper(out, encoding, "backslashreplace", newline="")
    try:
        yield text
    finally:
        text.detach()
