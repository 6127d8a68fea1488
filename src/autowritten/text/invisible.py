"""Characters that show nothing: taken out, but for what writing systems and emoji need."""

from __future__ import annotations

import re
from collections import Counter

from autowritten.text.charsets import ARABIC, EMOJI, HAN, INDIC, without_astral

UNICODE = "17.0"
"""The version of Unicode that `IGNORABLE` is of."""
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Default_Ignorable_Code_Point, all of it. A test holds it against the property in the `regex` package."""
_ANNOTATION = "\ufff9-\ufffb"
BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Direction marks, which honest keyboards write too."""
CONTROL = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
INVISIBLE = f"{CONTROL}{IGNORABLE}{_ANNOTATION}"
"""All that this module takes out."""

_ANY = re.compile(f"[{without_astral(INVISIBLE)}]|[\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
# All but direction marks, joiners, variation selectors, tags and fillers, which have honest uses.
_PLAIN = re.compile(
    "[\u00ad\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a"
    "\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]+"
    "|(?<![\u1800-\u18aa\u180b-\u180f])[\u180b-\u180f]+"  # Mongolian needs its own selectors,
    "|(?<![\U0001bc00-\U0001bc9f])[\U0001bca0-\U0001bca3]+|(?<=[\U0001bca0-\U0001bca3])[\U0001bca0-\U0001bca3]+"  # Duployan
    "|\u034f(?:(?<![\u0591-\u05c7]\u034f)|(?![\u0591-\u05c7]))"  # its steps, Hebrew the joiner of points,
    "|\u115f(?![\u1161-\u11a7])|(?<![\u1100-\u115e\ua960-\ua97c])\u1160"  # old Korean the fillers of its syllables
)
# One text or emoji selector may follow an emoji or a keycap's digit, one glyph variant a Han letter.
_SELECTORS = re.compile(f"[\ufe0e\ufe0f](?<![{EMOJI}].)(?!(?<=[#*0-9].)\u20e3)")
_VARIANTS = re.compile(
    f"[\U000e0100-\U000e01ef\ufe00-\ufe02](?<![{HAN}\uff01-\uff60\u3000-\u303f\u1000-\u109f\uaa60-\uaa7f\ua840-\ua877].)"
    "|[\ufe03-\ufe0d]"
)
_TAGS = re.compile("(\U0001f3f4[\U000e0061-\U000e007a]{3,6}\U000e007f)|[\U000e0020-\U000e007f]")  # flags of regions
_REPEATED_JOINERS = re.compile("(?<=[\u200c\u200d])[\u200c\u200d]+")
_JOINERS = re.compile(  # those to take out: between what letters or emoji a joiner means something
    f"[\u200c\u200d](?:(?<![{ARABIC}{INDIC}{EMOJI}\ufe0f].)|(?<=[{ARABIC}].)(?![{ARABIC}])"
    f"|(?<=[{EMOJI}\ufe0f]\u200d)(?![{EMOJI}])|(?<=[{EMOJI}\ufe0f]\u200c))"
)

_REMOVALS = (
    ("control", re.compile(f"[{CONTROL}]+"), ""),
    ("bidi", re.compile(f"[{BIDI}]+"), ""),
    ("zero_width", _PLAIN, ""),
    ("zero_width", _TAGS, r"\1"),
    ("zero_width", _SELECTORS, ""),
    ("zero_width", _VARIANTS, ""),
    ("zero_width", _REPEATED_JOINERS, ""),
    ("zero_width", _JOINERS, ""),
)
# Name of the count, what is taken out, what of it is kept; in this order.


def take_out(text: str, found: Counter[str]) -> str:
    """Take out what shows nothing, and count it."""
    if not _ANY.search(text):
        return text
    for name, pattern, kept in _REMOVALS:
        shorter = pattern.sub(kept, text)
        found[name] += len(text) - len(shorter)
        text = shorter
    return text
