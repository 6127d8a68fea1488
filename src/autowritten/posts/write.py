"""Scored rows as JSON lines, CSV and Parquet: every column of the input kept, then what the detector said.

While a run goes on, its rows are JSON lines, whatever was asked for in the end: they can be appended to, cut back to a
known row after a crash, and need no schema known in advance. CSV and Parquet are made from them when all is scored.
"""

from __future__ import annotations

import csv
import json
from typing import IO, TYPE_CHECKING, Any

from autowritten.errors import UsageError
from autowritten.posts.json_text import decode, encode
from autowritten.posts.spreadsheet import as_text, write_spreadsheet
from autowritten.score import SCORE_COLUMNS, free_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from autowritten.posts.rows import Reject
    from autowritten.score import Score

OUTPUT_FORMATS = ("jsonl", "csv", "parquet")
_PLAIN = frozenset((str, int, float, type(None)))


REJECT_COLUMNS = ("file", "line", "reason", "detail", "raw", "escaped")
"""What every line of a rejects file has."""


def output_format(path: Path, asked: str | None = None) -> str:
    """Tell the output format by the extension, unless it was asked for.

    Raises:
        UsageError: it is none of `OUTPUT_FORMATS`.
    """
    told = asked or {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}.get(
        path.suffix.lower()
    )
    if told not in OUTPUT_FORMATS:
        raise UsageError(f"{path}: the output is .jsonl, .csv or .parquet; for another extension say --format")
    return told


def scored_row(data: dict[str, Any], score: Score, columns: Sequence[str] = ()) -> dict[str, Any]:
    """Join a row and its score.

    An input column with the name of a score column (a file scored before) stays, as `input_` and its name.

    Args:
        data: the row.
        score: its score.
        columns: the only columns to keep, in this order; empty for all. One the row lacks is null.

    Returns:
        Column names to JSON values.
    """
    if SCORE_COLUMNS.keys().isdisjoint(data):
        out = data | score.as_row()
    else:
        names = free_names(data.keys())
        out = {names[name]: value for name, value in data.items()} | score.as_row()
    return {name: out.get(name) for name in columns} if columns else out


def reject_to_json(reject: Reject) -> bytes:
    r"""Write a reject as one line of pure ASCII JSON, so that nothing in it can act on a terminal or an editor.

    `raw` is the row as it stood. If it has bytes that are no characters, `escaped` is true: they stand as `\xNN` and a
    backslash as two.
    """
    from autowritten.posts.encoding import escape_bad_bytes, has_bad_bytes

    escaped = has_bad_bytes(reject.raw)
    raw = escape_bad_bytes(reject.raw) if escaped else reject.raw
    row: dict[str, Any] = {"file": reject.file, "line": reject.line, "reason": reject.reason, "detail": reject.detail}
    row |= {"raw": raw.rstrip("\r\n"), "escaped": escaped}
    if reject.length > len(reject.raw):
        row["characters"] = reject.length  # `raw` is only the start of it
    return json.dumps(row).encode() + b"\n"


def jsonl_to_csv(rows: Path, out: IO[bytes], names: Iterable[str], *, spreadsheet: bool = False) -> None:
    """Turn JSON lines into CSV (UTF-8, a header, quotes as in RFC 4180); nested values stay JSON.

    Args:
        rows: a file of JSON lines.
        out: where to write.
        names: all columns that any row has. The scores are put last, even if a late row brought new input columns.
        spreadsheet: make it fit for people and safe to open in a spreadsheet; see `spreadsheet`.
    """
    names = list(names)
    header = [name for name in names if name not in SCORE_COLUMNS] + [name for name in names if name in SCORE_COLUMNS]
    cells = _cells(rows, header)
    if spreadsheet:
        write_spreadsheet(out, header, cells)
        return
    # Lone surrogates, of which CSV knows nothing, are written as their escapes.
    with as_text(out) as text:
        # With "\n" alone the csv module (Python 3.11) would leave a lone carriage return in a cell unquoted.
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(cells)


def read_back(rows: Path) -> Iterator[dict[str, Any]]:
    """Read the JSON lines written by `encode_line`."""
    with rows.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield decode(line)


def _cells(rows: Path, header: list[str]) -> Iterator[list[Any]]:
    """Give each row's cells in the order of the header, of types that the csv module writes well."""
    for row in read_back(rows):
        values: Iterable[Any] = row.values() if list(row) == header else [row.get(name) for name in header]
        yield [value if type(value) in _PLAIN else encode(value) for value in values]
