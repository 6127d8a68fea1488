"""JSON to and from Python values, nothing lost: `orjson`, and Python's own module for what that one does not take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import orjson

from autowritten.controls import escape_json

# orjson makes floats of integers that do not fit 64 bits, and an id would come out as another one.
_LONG_NUMBER = re.compile(r"-\d{19}|\d{20}")
_NESTED = (dict, list)
_LARGEST = 2.0**63
_LINE = orjson.OPT_APPEND_NEWLINE | orjson.OPT_PASSTHROUGH_DATETIME
# `NaN` and `Infinity`, which Python and pandas write although JSON has no such thing, are read as null.
DECODER = json.JSONDecoder(parse_constant=lambda _name: None)


def decode(text: str) -> Any:  # noqa: ANN401 - any JSON value
    """Read one JSON value.

    Raises:
        ValueError: not JSON; the message says where.
        RecursionError: nested too deep.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:  # broken, or with a lone surrogate or NaN: the other one knows
        return DECODER.decode(text)
    return DECODER.decode(text) if _lost_digits(value, text) else value


def _lost_digits(value: Any, text: str) -> bool:  # noqa: ANN401 - any JSON value
    """Say whether orjson may have made a float of an integer over 64 bits; a look at flat rows is faster than a search."""
    if type(value) is dict:
        kinds = {type(inner) for inner in value.values()}
        if kinds.isdisjoint(_NESTED):
            return float in kinds and any(type(v) is float and abs(v) >= _LARGEST for v in value.values())
    return _LONG_NUMBER.search(text) is not None


def encode(value: Any) -> str:  # noqa: ANN401 - any value of a row
    """Write a value as JSON: lone surrogates as they are, NaN and infinities as null, what is of no JSON type as text."""
    try:
        return orjson.dumps(value, default=_as_text, option=orjson.OPT_PASSTHROUGH_DATETIME).decode()
    except TypeError:  # a long integer, a lone surrogate, or too deep
        return _ENCODE(_finite(value))


def encode_line(row: dict[str, Any]) -> bytes:
    """Write a row as one line of JSON in UTF-8: as `encode`, but lone surrogates as escapes, so that they come back.

    Characters that would act on a terminal (C1 controls, direction overrides) are escapes too; they mean the same.
    """
    try:
        line = orjson.dumps(row, default=_as_text, option=_LINE)
    except TypeError:
        text = _ENCODE(_finite(row))
        try:
            line = text.encode() + b"\n"
        except UnicodeEncodeError:
            line = json.dumps(_finite(row), default=_as_text, separators=(",", ":")).encode() + b"\n"
    return escape_json(line)


def _finite(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Replace NaN and infinities, at any depth, by null."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list) else value


def _as_text(value: Any) -> str:  # noqa: ANN401 - what a nested Parquet cell may hold
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


_ENCODE: Callable[[Any], str] = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, default=_as_text, separators=(",", ":")
).encode
