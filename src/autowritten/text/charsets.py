"""Ranges of regular-expression character classes, and how to make them."""

from __future__ import annotations

import re
import unicodedata

LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff"
CYRILLIC = "\u0400-\u0481\u048a-\u052f\u1c80-\u1c8a\ua640-\ua66d\ua680-\ua69b"
GREEK = "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fbc\u1fc2-\u1fcc\u1fd0-\u1ffc"
ARABIC = "\u0600-\u0605\u0610-\u061a\u0620-\u06ff\u0700-\u074f\u0750-\u08ff"
INDIC = "\u0900-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17d3"
HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
EMOJI = "\u00a9\u00ae\u203c\u2049\u2100-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
GENERIC_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
"""Combining marks that are of no one script."""


def char_class(codes: list[int]) -> str:
    """Write code points as the inside of a character class, neighbours joined into ranges."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


def without_astral(chars: str) -> str:
    """Leave the ranges beyond U+FFFF out of a character class: without them it is several times faster to search for."""
    return re.sub("[\U00010000-\U0010ffff](?:-[\U00010000-\U0010ffff])?", "", chars)


# Combining marks (canonical class above 0). The blocks that hold them are listed because a walk over all of Unicode
# takes 60 ms at import; a test checks that none is missing.
_MARK_BLOCKS = ((0x300, 0x3100), (0xA66F, 0xABEE), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30), (0x101FD, 0x11F43),
                (0x1612F, 0x16FF2), (0x1BC9E, 0x1BC9F), (0x1D165, 0x1D245), (0x1E000, 0x1E94B))  # fmt: skip
_THAI_LAO = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"  # they stack, whatever their class
MARKS = _THAI_LAO + char_class([c for block in _MARK_BLOCKS for c in range(*block) if unicodedata.combining(chr(c))])
"""All combining marks."""
