"""What a reader yields: a `Row` that could be read, or a `Reject` that could not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RAW_LIMIT = 1 << 16
"""Characters of an over-long row kept in the rejects file; the row itself stays in the input."""


@dataclass(slots=True)
class Row:
    """One row of an input.

    Attributes:
        line: where it starts: line number from 1 in text formats, row number from 1 in Parquet.
        data: every column, in order.
    """

    line: int
    data: dict[str, Any]


@dataclass(slots=True)
class Reject:
    """One row that can't be scored, with all that is needed to find and mend it.

    Attributes:
        line: as in `Row`.
        reason: one of `bad_json`, `bad_encoding`, `bad_row`, `not_an_object`, `missing_text`, `not_text`, `too_long`.
        detail: the same in words.
        raw: the row as it stood, its bad bytes kept as U+DC00+byte (see `encoding`), cut at `RAW_LIMIT`.
        length: characters of the whole row.
        file: the input it came from; the reader of a single file leaves it empty.
    """

    line: int
    reason: str
    detail: str
    raw: str
    length: int = 0
    file: str = ""

    def __post_init__(self) -> None:
        """Cut the raw row, so that a line of a gigabyte costs no gigabyte."""
        self.length = max(self.length, len(self.raw))
        self.raw = self.raw[:RAW_LIMIT]
