"""Obfuscation and encoding noise: undone and counted."""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html.entities import html5

from autowritten.text.charsets import MARKS, without_astral
from autowritten.text.invisible import INVISIBLE, take_out
from autowritten.text.lookalikes import RARE_TWINS, mixes, undo_lookalikes
from autowritten.text.marks import MARKED_CLASS, TALL_STACK, undo_marks
from autowritten.text.spaces import close_up, fold, is_spaced
from autowritten.text.styles import UNPLAIN, undo_styles

# A few searches tell the ordinary post, which needs nothing but its white space folded. A class without astral ranges
# is several times faster to search for, so those are asked only when the text has such characters.
_SUSPECT_CHARS = f"&\u2800{INVISIBLE}{MARKED_CLASS}{UNPLAIN}{RARE_TWINS}"
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SUSPECT = re.compile(f"[{without_astral(_SUSPECT_CHARS)}]")
_SUSPECT_ASTRAL = re.compile(f"[{_SUSPECT_CHARS}]|[{MARKS}][{MARKS}]{{4}}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")

_MAX_PASSES = 8


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised post.

    Attributes:
        text: the post as it reads, in NFC, single spaces, edges stripped; empty if nothing is left.
        obfuscation: how many characters (words for `lookalike`, entities for `html_entities`) were undone, by name;
            only what was found. `control` (control marks, NUL, lone surrogates), `zero_width`, `stacked_marks`,
            `stray_marks` (where no language puts them), `lookalike`, `styled_letters` and `spaced_letters` (spaces inside
            words) seldom come from an honest keyboard; `bidi` (direction marks),
            `full_width` (wide and narrow forms), `ligatures` and `html_entities` often do.
    """

    text: str
    obfuscation: dict[str, int] = field(default_factory=dict)


def normalise(text: str) -> Normalised:
    """Undo obfuscation and encoding noise in a post, and count it.

    Idempotent, and linear in the length of the text. NFKC is applied to letters and numbers only: on punctuation it
    would turn the Chinese ，！？ into ASCII and make genuine posts look odd to a language model. Look-alike letters are
    undone only inside words of mixed script (and then in the short words around them), so Russian and Greek stay whole;
    Kangxi radicals become the Han letters they copy. Marks go where no alphabet has them. Does not mask mentions or links.

    Args:
        text: any string, lone surrogates and NUL included.

    Returns:
        The readable text and the counts of what was undone.
    """
    found: Counter[str] = Counter()
    text = fold(text, found)
    if not found and _is_plain(text):
        return Normalised(text)
    for _ in range(_MAX_PASSES):
        before, text = text, _normalise_once(text, found)
        if text == before or _is_plain(text):
            break
    return Normalised(text, {name: count for name, count in sorted(found.items()) if count})


def _is_plain(text: str) -> bool:
    if _SUSPECT.search(text):
        return False
    if text.isascii():
        return True
    if mixes(text) or TALL_STACK.search(text) or is_spaced(text):
        return False
    if _ASTRAL.search(text) and _SUSPECT_ASTRAL.search(text):
        return False
    return unicodedata.is_normalized("NFC", text)


def _normalise_once(text: str, found: Counter[str]) -> str:
    text = _unescape_all(text, found) if "&" in text else text
    text = _SURROGATE_PAIR.sub(_join_surrogates, fold(text.replace("\u2800", " "), found))
    text = take_out(text, found)
    if text.isascii():
        return fold(text, found)
    text = undo_marks(undo_styles(text, found), found)
    return close_up(fold(undo_lookalikes(text, found), found), found)


def _unescape_all(text: str, found: Counter[str]) -> str:
    for _ in range(_MAX_PASSES):  # &amp;lt; and deeper
        before, text = text, _ENTITY.sub(lambda match: _unescape(match, found), text)
        if text == before:
            return text
    # Nested deeper than any real post: break what is left, or the work would grow with depth times length.
    return text.replace("&", " ")


def _unescape(match: re.Match[str], found: Counter[str]) -> str:
    entity = match.group()
    # html.unescape alone would also read the start of an unknown name (&notice; -> ¬ice;).
    char = html.unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)
    found["html_entities"] += char != entity
    return char


def _join_surrogates(match: re.Match[str]) -> str:
    return match.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")
