"""Readers of the text formats: JSON lines, JSON arrays, CSV and its kin, plain lines.

Each takes decoded text (bad bytes kept as U+DC00+byte, see `encoding`) and yields every row once, as a `Row` or a
`Reject`. No row, however broken, raises or takes its neighbours with it. Memory is bounded by `LINE_LIMIT`.
"""

from __future__ import annotations

import csv
import json
import re
from typing import IO, TYPE_CHECKING, Any

from autowritten.posts.encoding import has_bad_bytes
from autowritten.posts.json_text import DECODER, decode
from autowritten.posts.rows import RAW_LIMIT, Reject, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_LIMIT = 1 << 23
"""Most characters of one line, or of one element of a JSON array. A post is a thousand times shorter."""

_CHUNK = 1 << 16
_MOST_SKIPPED = 1 << 30
_BETWEEN = " \t\r\n,"
DEEPEST = 200
"""Levels of nesting of a row: what is deeper could not be written again."""
_SYNTAX = re.compile(r'["\\{}\[\]]')
_NEXT_OBJECT = re.compile(r"\}\s*,?\s*(?=\{)|\n\s*(?=\{)")


def read_jsonl(text: IO[str]) -> Iterator[Row | Reject]:
    """Read JSON lines, one object a line. Blank lines are no rows."""
    for number, line in _lines(text):
        if isinstance(line, Reject):
            yield line
        elif not line.isspace():
            yield _parse(line, number)


def read_lines(text: IO[str]) -> Iterator[Row | Reject]:
    """Read plain text, one post a line, into the column `text`. A blank line is an empty post."""
    for number, line in _lines(text):
        if isinstance(line, Reject):
            yield line
        elif has_bad_bytes(line):
            yield _bad_encoding(number, line)
        else:
            yield Row(number, {"text": line.removesuffix("\n").removesuffix("\r")})


def read_json(text: IO[str]) -> Iterator[Row | Reject]:
    """Read a JSON array of objects, or objects one after the other, without holding the whole of it.

    After a broken element reading goes on at the next place that looks like the start of an object (`}, {` or a line
    starting with `{`), and what lies between is one reject.
    """
    buffer, at, line, done = "", 0, 1, False
    first = True
    while True:
        start = at
        while at < len(buffer) and buffer[at] in _BETWEEN + ("[\ufeff" if first else "]"):
            first = first and buffer[at] != "["
            at += 1
        line += buffer.count("\n", start, at)
        value, end, error = None, at, None
        if at < len(buffer):
            first = False
            try:
                value, end = DECODER.raw_decode(buffer, at)
            except (ValueError, RecursionError) as problem:
                error = problem
        # A value that reaches the end of the buffer may go on in the next chunk; so may one broken near the end.
        cut = end == len(buffer) if error is None else _may_be_cut(error, buffer)
        if cut and not done and len(buffer) - at < LINE_LIMIT:
            # Doubling keeps the number of attempts at one long element small.
            chunk = text.read(max(_CHUNK, len(buffer) - at))
            done = not chunk
            buffer, at = buffer[at:] + chunk, 0
            continue
        if at >= len(buffer):
            return
        deep = isinstance(error, RecursionError)
        if error is not None and not done and (deep or len(buffer) - at >= LINE_LIMIT):
            raw, length, newlines, buffer = _skipped(buffer[at:], text)
            detail = _describe(error) if deep else f"an element of more than {LINE_LIMIT:,} characters"
            yield Reject(line, "bad_json" if deep else "too_long", detail, raw, length)
            line, at = line + newlines, 0
            continue
        if error is not None:
            end = _next_object(buffer, at)
            yield Reject(line, "bad_json", _describe(error), buffer[at:end].rstrip(_BETWEEN))
        else:
            yield _row_of(value, line, buffer[at:end])
        line += buffer.count("\n", at, end)
        at = end


def read_csv(text: IO[str], delimiter: str = ",", field_limit: int = 1 << 17) -> Iterator[Row | Reject]:
    """Read delimited text with a header line, quotes doubled inside quoted cells (RFC 4180), line breaks allowed there.

    A row the parser refuses (an open quote, a stray quote, a cell over the limit) costs only its first line: the lines
    after it are read anew, so an open quote can't swallow the rest of the file. Cells missing at the end of a row are
    left out; surplus cells make it a reject, unless they are empty. Blank lines are no rows.

    Args:
        text: opened with `newline=""`.
        delimiter: one character.
        field_limit: most characters of one cell.
    """
    csv.field_size_limit(max(field_limit, csv.field_size_limit()))
    lines = _Replayed(text)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    while True:
        number = lines.begin()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield Reject(number, "bad_row", str(error), lines.give_back())
            continue
        if lines.overlong:
            yield lines.overlong
        elif not cells or (header is None and number == 1 and cells[0][:4] == "sep="):
            continue  # blank, or the line by which Excel is told the delimiter
        elif has_bad_bytes(raw := lines.raw):
            yield _bad_encoding(number, raw)
        elif header is None:
            header = unique_names(cells)
        elif len(cells) > len(header) and any(cells[len(header) :]):
            yield Reject(number, "bad_row", f"{len(cells)} cells where the header has {len(header)}", raw)
        else:
            yield Row(number, dict(zip(header, cells, strict=False)))


def csv_header(text: IO[str], delimiter: str) -> list[str]:
    """Return the column names of delimited text; empty if there are none."""
    for cells in csv.reader((line for _, line in _lines(text) if isinstance(line, str)), delimiter=delimiter):
        if cells and cells[0][:4] != "sep=":
            return unique_names(cells)
    return []


def unique_names(names: list[str]) -> list[str]:
    """Make header names usable as keys: `column_3` for an empty one, `text_2` for the second `text`."""
    out: dict[str, None] = {}  # a set that keeps its order
    for position, name in enumerate(names, 1):
        base = unique = name.strip() or f"column_{position}"
        again = 2
        while unique in out:
            unique, again = f"{base}_{again}", again + 1
        out[unique] = None
    return list(out)


class _Replayed:
    """Lines for `csv.reader` that remembers those of the current row and can serve them again."""

    def __init__(self, text: IO[str]) -> None:
        self._source = _lines(text, quoted=True)
        self._again: list[tuple[int, str | Reject]] = []
        self._row: list[tuple[int, str | Reject]] = []
        self._next = 1
        self.overlong: Reject | None = None

    def __iter__(self) -> _Replayed:
        return self

    def __next__(self) -> str:
        numbered = self._again.pop() if self._again else next(self._source)
        self._row.append(numbered)
        number, line = numbered
        self._next = number + 1
        if isinstance(line, Reject):
            self.overlong, line = line, "\n"
        return line

    @property
    def raw(self) -> str:
        """The lines of the current row."""
        return "".join(line.raw if isinstance(line, Reject) else line for _, line in self._row)

    def begin(self) -> int:
        """Start a row; return its line number."""
        self._row, self.overlong = [], None
        return self._again[-1][0] if self._again else self._next

    def give_back(self) -> str:
        """Keep the first line of the row as bad, queue the others to be read again."""
        self._again += reversed(self._row[1:])
        self._row = self._row[:1]
        return self.raw


def _lines(text: IO[str], *, quoted: bool = False) -> Iterator[tuple[int, str | Reject]]:
    """Yield the lines with their numbers; one over `LINE_LIMIT` comes as a reject, its rest skipped.

    Args:
        text: a lone carriage return ends a line where it was opened so (`newline=""`).
        quoted: a quote that is open at the end of such a line is read on to where it closes: the row is one reject.
    """
    number = 0
    while line := text.readline(LINE_LIMIT):
        number += 1
        if len(line) < LINE_LIMIT or line.endswith(("\n", "\r")):
            yield number, line
            continue
        first, start, length, quotes, rest = number, line[:RAW_LIMIT], len(line), line.count('"'), line
        while True:
            rest = text.readline(LINE_LIMIT)
            length, quotes = length + len(rest), quotes + rest.count('"')
            if not rest:
                break
            if len(rest) < LINE_LIMIT or rest.endswith(("\n", "\r")):
                if not quoted or quotes % 2 == 0 or length > _MOST_SKIPPED:
                    break
                number += 1
        yield first, Reject(first, "too_long", f"a line of more than {LINE_LIMIT:,} characters", start, length)


def _too_deep(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Return whether a value is nested deeper than `DEEPEST`; flat rows, nearly all, cost one look at their values."""
    level = [value]
    for _ in range(DEEPEST):
        level = (
            [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, dict | list)
            ]
            if level and isinstance(level[0], dict | list)
            else []
        )
        if not level:
            return False
    return True


def _skipped(buffer: str, text: IO[str]) -> tuple[str, int, int, str]:
    """Read past an element that is too long: by its quotes and brackets, so that all of it is one reject.

    Returns:
        Its start, its length in characters, its line breaks, and what follows it.
    """
    raw, length, newlines = buffer[:RAW_LIMIT], 0, 0
    depth, in_string = 0, False
    while buffer:
        at = 0
        while match := _SYNTAX.search(buffer, at):
            char, at = match[0], match.end()
            if char == "\\":
                at += in_string  # what follows it is taken as it is
            elif char == '"':
                in_string = not in_string
            elif not in_string:
                depth += 1 if char in "{[" else -1
                if depth <= 0:
                    return raw, length + at, newlines + buffer.count("\n", 0, at), buffer[at:]
        length, newlines = length + len(buffer), newlines + buffer.count("\n")
        # A backslash at the very end takes the first character of the next piece with it.
        buffer = text.read(at - len(buffer))[:0] + text.read(_CHUNK) if at > len(buffer) else text.read(_CHUNK)
    return raw, length, newlines, ""


def _parse(line: str, number: int) -> Row | Reject:
    """Parse one JSON line."""
    try:
        value = decode(line)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of too many digits
        if has_bad_bytes(line):
            return _bad_encoding(number, line)
        return Reject(number, "bad_json", _describe(error), line)
    return _row_of(value, number, line)


def _row_of(value: Any, number: int, raw: str) -> Row | Reject:  # noqa: ANN401 - any JSON value
    if has_bad_bytes(raw):
        return _bad_encoding(number, raw)
    if _too_deep(value):
        return Reject(number, "bad_json", "nested too deep", raw)
    if not isinstance(value, dict):
        return Reject(number, "not_an_object", f"a row must be a JSON object, not {type(value).__name__}", raw)
    return Row(number, value)


def _bad_encoding(number: int, raw: str) -> Reject:
    return Reject(number, "bad_encoding", "bytes that are no characters of the file's encoding (see --encoding)", raw)


def _describe(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deep"
    return f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else str(error)


def _may_be_cut(error: Exception, buffer: str) -> bool:
    """Whether more text could mend the error: it lies near the end of the buffer, or in a string left open."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated string") or error.pos > len(buffer) - 16


def _next_object(buffer: str, at: int) -> int:
    """Find where the next object of a broken array probably starts; the end of the buffer if nowhere."""
    match = _NEXT_OBJECT.search(buffer, at + 1)
    return match.end() if match else len(buffer)
