"""The door to posts in files: tells format, encoding, delimiter and columns, then reads row by row."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from autowritten.errors import UsageError
from autowritten.posts.columns import Columns, resolve_columns
from autowritten.posts.encoding import HANDLER, check_encoding, detect_encoding
from autowritten.posts.read_text import csv_header, read_csv, read_json, read_jsonl, read_lines
from autowritten.posts.rows import Reject, Row
from autowritten.posts.source import Source, expand, explain_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FORMATS = ("jsonl", "json", "csv", "tsv", "parquet", "lines")
_BY_SUFFIX = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv",
    ".parquet": "parquet", ".pq": "parquet", ".txt": "lines",
}  # fmt: skip
_DELIMITERS = ",;\t|"
_SAMPLE_ROWS = 100


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the user said about the inputs; None where it is to be told from the bytes.

    Attributes:
        text: column of the post. `id`, `account`, `time`: the same for these.
        format: one of `FORMATS`.
        encoding: a Python codec name.
        delimiter: of delimited text, one character.
        max_chars: a longer post is rejected.
    """

    text: str | None = None
    id: str | None = None
    account: str | None = None
    time: str | None = None
    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    max_chars: int = 100_000


class PostFile:
    """One input, looked into but not yet read.

    Attributes:
        source: the bytes.
        format: one of `FORMATS`.
        encoding: a Python codec name; empty for Parquet.
        delimiter: of CSV and TSV; else empty.
        columns: which column is what.
        names: the columns seen in the first rows.

    Raises:
        UsageError: format, encoding or columns can't be told, or do not go together.
        AutowrittenError: the file can't be read.
    """

    def __init__(self, name: str, options: ReadOptions | None = None) -> None:
        options = options or ReadOptions()
        self.source = Source(name)
        self._max_chars = options.max_chars
        head = self.source.head
        binary = head.startswith(b"PAR1")
        if kind := _other_kind(head):
            raise UsageError(f"{name}: {kind}")
        self.encoding = ""
        if not binary:
            self.encoding = (
                check_encoding(options.encoding)
                if options.encoding
                else detect_encoding(head, name, self.source.rest())
            )
            if self.encoding == "utf-16" and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                raise UsageError(f"{name}: UTF-16 without a byte-order mark: say --encoding utf-16-le or utf-16-be")
        text = head.decode(self.encoding, HANDLER) if self.encoding else ""
        self.format = options.format or ("parquet" if binary else _tell_format(self.source.suffix, text))
        if self.format not in FORMATS:
            raise UsageError(f"{name}: no format {self.format!r}; it is one of {', '.join(FORMATS)}")
        if binary and self.format != "parquet":
            raise UsageError(f"{name}: this is a Parquet file, not {self.format}")
        if self.format == "parquet":
            self.encoding = ""
            if self.source.size is None or self.source.compression:
                raise UsageError(f"{name}: Parquet is read from its end, so it has to be a file, not a pipe or archive")
        self.delimiter = ""
        if self.format in ("csv", "tsv"):
            if options.delimiter is not None and (len(options.delimiter) != 1 or options.delimiter in '"\r\n'):
                raise UsageError(f"{name}: a delimiter is one character, not {options.delimiter!r}")
            self.delimiter = options.delimiter or _tell_delimiter(text, "\t" if self.format == "tsv" else ",")
        self.names = self._sample_names(text)
        if wrapped := self._wrapped(text):
            raise UsageError(f"{name}: {wrapped}")
        asked = {"text": options.text, "id": options.id, "account": options.account, "time": options.time}
        # Nothing readable at the start, or nothing at all: the rows, if any, become rejects one by one.
        self.columns = (
            resolve_columns(self.names, **asked, where=name)
            if self.names
            else Columns(options.text or "text", options.id, options.account, options.time)
        )

    def __iter__(self) -> Iterator[Row | Reject]:
        """Yield every row once, in order.

        Raises:
            AutowrittenError: the file has vanished or is damaged in a way that can't be stepped over.
        """
        name = self.source.name
        with explain_errors(name):
            for item in self._rows(None):
                if isinstance(item, Reject):
                    item.file = name
                yield item

    def describe(self) -> str:
        """Say in one line how the file is read: `posts.csv: csv; in gb18030; ';' between columns; post in '正文'`."""
        parts = [self.format + (f" ({self.source.compression})" if self.source.compression else "")]
        if self.encoding not in ("", "utf-8"):
            parts.append(f"read as {self.encoding}")
        if self.delimiter:
            parts.append(f"{_NAMES.get(self.delimiter, self.delimiter)} between columns")
        parts.append(f"post in {self.columns.text!r}")
        named = (("id", self.columns.id), ("account", self.columns.account), ("time", self.columns.time))
        parts += [f"{role} in {column!r}" for role, column in named if column is not None]
        return f"{self.source.name}: {'; '.join(parts)}"

    def _rows(self, sample: str | None) -> Iterator[Row | Reject]:
        """Read the file, or the sample of its text."""
        if self.format == "parquet":
            from autowritten.posts.read_parquet import read_parquet

            yield from read_parquet(self.source.open(), self.source.name)
            return
        # Universal newlines would cut JSON lines at a lone carriage return; in CSV and text it does end a line.
        newline = "\n" if self.format in ("json", "jsonl") else ""
        text: io.StringIO | io.TextIOWrapper
        if sample is not None:
            text = io.StringIO(sample, newline=newline)
        else:
            text = io.TextIOWrapper(self.source.open(), self.encoding, HANDLER, newline=newline)
        if self.format in ("csv", "tsv"):
            # room for a post that is to be rejected as too long by name, and not only as a bad row
            yield from read_csv(text, self.delimiter, 2 * self._max_chars)
        else:
            yield from {"json": read_json, "jsonl": read_jsonl, "lines": read_lines}[self.format](text)

    def _wrapped(self, text: str) -> str:
        """Return advice where a lone JSON object holds the posts in an array, as exports of interfaces do."""
        if self.format not in ("json", "jsonl"):
            return ""
        rows = list(islice(self._rows(text), 2))
        if len(rows) != 1 or not isinstance(rows[0], Row):
            return ""
        arrays = [
            key
            for key, value in rows[0].data.items()
            if isinstance(value, list) and value and isinstance(value[0], dict)
        ]
        if not arrays:
            return ""
        return f"one object with the posts in {arrays[0]!r}. Take them out first: jq -c '.{arrays[0]}[]' {self.source.name}"

    def _sample_names(self, text: str) -> list[str]:
        """Collect the column names of the first rows."""
        if self.format == "parquet":
            from autowritten.posts.read_parquet import open_parquet

            with self.source.open() as file:
                return list(open_parquet(file, self.source.name).schema_arrow.names)
        if self.format in ("csv", "tsv"):
            return _header(text, self.delimiter)
        names: dict[str, None] = {}
        for item in islice(self._rows(text), _SAMPLE_ROWS):
            if isinstance(item, Row):
                names.update(dict.fromkeys(item.data))
        return list(names)


def _other_kind(head: bytes) -> str:
    """Return what to do about a file of a kind that is not read, by its first bytes; empty for any other."""
    if head.startswith(b"PK\x03\x04"):
        office = b"xl/" in head[:4000] or b"[Content_Types].xml" in head[:200]
        return (
            "this is an Excel workbook or another Office file. Save it as CSV UTF-8 and score that"
            if office
            else "this is a zip archive. Unpack it and score the files in it"
        )
    for mark, what in _MARKS.items():
        if head.startswith(mark):
            return what
    return ""


_UNPACK = "is not read. Unpack it first"
_MARKS = {
    b"\xd0\xcf\x11\xe0": "this is an old Excel or Word file. Save it as CSV UTF-8 and score that",
    b"BZh": f"bzip2 {_UNPACK}: bunzip2 FILE",
    b"7z\xbc\xaf\x27\x1c": f"7-Zip {_UNPACK}",
    b"Rar!": f"RAR {_UNPACK}",
    b"%PDF": "this is a PDF, not a table of posts",
    b"\x1f\x8b": f"gzip in gzip {_UNPACK}: gunzip FILE",
    b"SQLite format 3": "this is an SQLite database. Export the table as CSV and score that",
}
_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


def open_posts(names: Iterable[str], options: ReadOptions | None = None) -> list[PostFile]:
    """Look into every input before anything is scored, so that a wrong column name costs no hours.

    Args:
        names: files, globs, or `-`.
        options: what is known about them.

    Raises:
        UsageError: some file can't be told; the message names it.
        AutowrittenError: some file can't be read.
    """
    return [PostFile(name, options) for name in expand(names)]


def _tell_format(suffix: str, text: str) -> str:
    """Tell the format by the extension, and by the first characters where that leaves it open."""
    start = text.lstrip("\ufeff \t\r\n")[:1]
    told = _BY_SUFFIX.get(suffix)
    if told == "json" or (told is None and start in ("[", "{")):
        if start == "[":
            return "json"
        first_line = io.StringIO(text.lstrip("\ufeff \t\r\n"))
        return "jsonl" if isinstance(next(read_jsonl(first_line), None), Row) else "json"
    if told is None:
        header = _header(text, _tell_delimiter(text, ","))
        try:
            return "csv" if len(header) > 1 and resolve_columns(header) else "lines"
        except UsageError:
            return "lines"
    return told


def _tell_delimiter(text: str, default: str) -> str:
    """Tell the delimiter: the one under which most sampled rows have as many cells as the header, and more than one."""
    if text[:4] == "sep=" and len(text) > 4:
        return text[4]
    best, best_fit = default, (0.0, 0)
    for delimiter in dict.fromkeys(default + _DELIMITERS):
        width = len(_header(text, delimiter))
        rows = list(islice(read_csv(io.StringIO(text, newline=""), delimiter), _SAMPLE_ROWS))
        whole = sum(isinstance(row, Row) and len(row.data) == width for row in rows)
        fit = (whole / len(rows) if rows else 1.0, width)
        if width > 1 and fit > best_fit:
            best, best_fit = delimiter, fit
    return best


def _header(text: str, delimiter: str) -> list[str]:
    """Return the column names of delimited text; empty if it has none that can be read."""
    try:
        return csv_header(io.StringIO(text, newline=""), delimiter)
    except csv.Error:
        return []
