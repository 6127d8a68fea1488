"""Reader of Parquet: batch by batch, every value turned into something JSON can hold."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from autowritten.errors import AutowrittenError
from autowritten.posts.encoding import HANDLER, has_bad_bytes
from autowritten.posts.read_text import unique_names
from autowritten.posts.rows import Reject, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 1024
"""Rows decoded at once."""


def open_parquet(file: IO[bytes] | str, where: str) -> pq.ParquetFile:
    """Open a Parquet file.

    Raises:
        AutowrittenError: it is damaged, cut off or no Parquet file.
    """
    try:
        return pq.ParquetFile(file)
    except (pa.ArrowException, OSError) as error:
        raise AutowrittenError(f"{where}: can't be read as Parquet: {_one_line(error)}") from error


def parquet_types(file: IO[bytes] | str, where: str) -> dict[str, pa.DataType]:
    """Return the types of a Parquet file's columns, a dictionary's as what it stands for.

    Raises:
        AutowrittenError: as `open_parquet`.
    """
    schema = open_parquet(file, where).schema_arrow
    kinds = [kind.value_type if pa.types.is_dictionary(kind) else kind for kind in schema.types]
    return dict(zip(unique_names(schema.names), kinds, strict=True))


def read_parquet(file: IO[bytes] | str, where: str) -> Iterator[Row | Reject]:
    """Read Parquet, rows numbered from 1.

    Times, durations and decimals come as text, just as precise; binary cells as the UTF-8 text they mostly are.

    Raises:
        AutowrittenError: the file is damaged; unlike a broken line, a broken page can't be stepped over.
    """
    number = 0
    parquet = open_parquet(file, where)
    names = unique_names(parquet.schema_arrow.names)
    batches = parquet.iter_batches(BATCH, use_threads=False)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            columns = [_values(batch.column(position)) for position in range(batch.num_columns)]
        except (pa.ArrowException, OSError) as error:
            raise AutowrittenError(f"{where}: damaged after row {number:,}: {_one_line(error)}") from error
        for cells in zip(*columns, strict=True):
            number += 1
            row = dict(zip(names, cells, strict=True))
            if any(isinstance(cell, str) and has_bad_bytes(cell) for cell in cells):
                raw = json.dumps(row, ensure_ascii=False, default=str)
                yield Reject(number, "bad_encoding", "text that is not UTF-8", raw)
            else:
                yield Row(number, row)


def _values(column: pa.Array) -> list[Any]:
    """Turn a column into Python values that JSON can hold (the odd nested ones are left to the writer)."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        try:
            return column.cast(pa.string()).to_pylist()  # type: ignore[no-any-return]
        except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
            return [None if cell is None else str(cell) for cell in column.to_pylist()]
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        # A writer that skipped validation leaves invalid UTF-8, on which to_pylist() would raise for the whole batch.
        column = column.cast(pa.large_binary())
    elif not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)):
        return _nested(column)
    return [None if cell is None else cell.decode("utf-8", HANDLER) for cell in column.to_pylist()]


def _nested(column: pa.Array) -> list[Any]:
    """Turn a column of any other type into Python values; a struct with twin names, which no dict can hold, gets others."""
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (ValueError, pa.ArrowException):
        if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
            inner, ends = _values(column.flatten()), np.cumsum(pc.fill_null(pc.list_value_length(column), 0).to_numpy())
            starts = np.concatenate([[0], ends[:-1]])
            spans = zip(starts.tolist(), ends.tolist(), column.is_valid().to_pylist(), strict=True)
            return [inner[start:end] if valid else None for start, end, valid in spans]
        if not pa.types.is_struct(column.type):
            return ["(of a type that can't be read)" if valid else None for valid in column.is_valid().to_pylist()]
        names = unique_names([column.type.field(place).name for place in range(column.type.num_fields)])
        parts = [_values(part) for part in column.flatten()]
        rows = [dict(zip(names, cells, strict=True)) for cells in zip(*parts, strict=True)]
        return [row if valid else None for row, valid in zip(rows, column.is_valid().to_pylist(), strict=True)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
