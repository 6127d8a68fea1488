"""Scored rows as Parquet, with types found by looking at every row once before writing."""

from __future__ import annotations

from itertools import islice
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from autowritten.posts.json_text import encode
from autowritten.posts.write import read_back
from autowritten.score import SCORE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_BATCH = 4096
_ARROW = {float: pa.float64(), int: pa.int64(), str: pa.string()}
SCORE_TYPES = {name: _ARROW[kind] for name, kind in SCORE_COLUMNS.items()}
"""What a score adds to a row, with types."""


class _Misfit(Exception):
    """A column whose values do not fit the type meant for it."""


def jsonl_to_parquet(rows: Path, out: IO[bytes], hints: Mapping[str, pa.DataType] | None = None) -> None:
    """Turn JSON lines into Parquet.

    A column of whole numbers becomes int64, of fractions float64, of true and false bool, of text string; anything
    mixed or nested becomes a string of JSON.

    Args:
        rows: a file of JSON lines.
        out: where to write.
        hints: types that columns had in a Parquet input, used where the values allow it.
    """
    wanted: dict[str, pa.DataType] = dict(hints or {}) | SCORE_TYPES
    told = _column_types(rows)
    names = [name for name in told if name not in SCORE_TYPES] + [name for name in told if name in SCORE_TYPES]
    types = {name: wanted.get(name, told[name]) for name in names}
    while True:
        out.seek(0)
        out.truncate()
        try:
            _write(rows, out, types)
        except _Misfit as misfit:
            # The hint was wrong (another input had text there): what the values say always fits.
            name = str(misfit)
            types[name] = told[name]
        else:
            return


def _write(rows: Path, out: IO[bytes], types: Mapping[str, pa.DataType]) -> None:
    schema = pa.schema(types.items())
    lines = read_back(rows)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while batch := list(islice(lines, _BATCH)):
            columns = [_array(name, (row.get(name) for row in batch), kind) for name, kind in types.items()]
            writer.write_batch(pa.record_batch(columns, schema=schema))


def _array(name: str, values: Iterable[Any], kind: pa.DataType) -> pa.Array:
    """Build one column of one batch.

    Raises:
        _Misfit: the values are not of the type.
    """
    try:
        if pa.types.is_string(kind):
            return pa.array([_text(value) for value in values], kind)
        if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            return pa.array([None if value is None else value.encode() for value in values], kind)
        if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
            return pa.array(list(values), pa.string()).cast(kind)
        return pa.array(list(values), kind)
    except (pa.ArrowException, TypeError, ValueError, AttributeError) as error:
        raise _Misfit(name) from error


def _text(value: Any) -> str | None:  # noqa: ANN401 - any JSON value
    if value is None:
        return None
    text = value if isinstance(value, str) else encode(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()  # lone surrogates


def _column_types(rows: Path) -> dict[str, pa.DataType]:
    """Tell each column's type from all its values."""
    seen: dict[str, set[type]] = {}
    for row in read_back(rows):
        for name, value in row.items():
            kind = type(value)
            if kind is int and not -(1 << 63) <= value < 1 << 63:
                kind = str  # an id too long for int64
            seen.setdefault(name, set()).add(kind)
    return {name: _type_of(kinds - {type(None)}) for name, kinds in seen.items()}


def _type_of(kinds: set[type]) -> pa.DataType:
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds == {float} else pa.string()
