"""Characters of a post that act on whoever looks at it: on a terminal, in an editor, in a page.

One list for all of them: control characters (C0 but for tab and line ends, DEL, C1), marks that turn the direction of
writing, lone surrogates.
"""

from __future__ import annotations

import re

DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_ACTS = re.compile(f"[{CONTROLS}{DIRECTION}]")
_ACTS_OR_HALF = re.compile(f"[{CONTROLS}{DIRECTION}\ud800-\udfff]")
# The same in UTF-8: as bytes, for JSON has C0 escaped already, and lone surrogates.
_IN_UTF8 = re.compile(rb"\x7f|\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]")

_STARTS = (b"\x7f", b"\xc2", b"\xd8\x9c", b"\xe2\x80", b"\xe2\x81")


def replace(text: str) -> str:
    """Put `�` for each of them."""
    return _ACTS_OR_HALF.sub("\N{REPLACEMENT CHARACTER}", text)


def escape(text: str) -> str:
    r"""Write each of them as its escape, `\x9b` or `\u202e`, so that it can still be told which it was."""
    return _ACTS.sub(lambda found: f"\\x{ord(found[0]):02x}" if found[0] < "\xff" else f"\\u{ord(found[0]):04x}", text)


def escape_json(line: bytes) -> bytes:
    """Write them as JSON escapes in a text of JSON in UTF-8, which then means the same."""
    if not any(start in line for start in _STARTS):  # many times as fast as the expression
        return line
    return _IN_UTF8.sub(lambda found: b"\\u%04x" % ord(found[0].decode()), line)
