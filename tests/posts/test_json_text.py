"""JSON in and out: the fast way and Python's own say the same."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowritten.posts.json_text import DECODER, decode, encode, encode_line

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def finite(value):
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list) else value


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4))
def test_a_row_comes_back_as_it_was(row):
    line = encode_line(row)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    for read in (decode, json.loads):
        assert read(line.decode()) == finite(row)
    assert decode(encode(row)) == finite(row)


@given(VALUES)
def test_both_readers_agree(value):
    text = json.dumps(value)
    assert repr(decode(text)) == repr(DECODER.decode(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("-9223372036854775809", -9223372036854775809),
        ("18446744073709551616", 18446744073709551616),
        ("[NaN, -Infinity]", [None, None]),
        ('"\\ud800"', "\ud800"),
        ("1e-400", 0.0),
    ],
)
def test_what_the_fast_reader_would_lose_is_kept(text, value):
    assert decode(text) == value


@pytest.mark.parametrize("text", ["", "{", "[1,]", "{'a': 1}", '"\t"', "01", "\ufeff1", "nul", '{"a": 1} x'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(ValueError, match=r"char|column|line"):
        decode(text)


def test_what_json_has_no_type_for_becomes_text():
    assert decode(
        encode(
            {
                "a": b"caf\xc3\xa9 \xff",
                "b": {
                    1,
                },
            }
        )
    ) == {"a": "café \\xff", "b": "{1}"}
