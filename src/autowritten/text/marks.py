"""Combining marks: those that no writing system puts where they stand are dropped.

Three sources say what is written: Unicode's Script_Extensions which scripts use a mark, the alphabets of a thousand
languages (`letters.MARKED`) which letters bear it, and `letters.ALPHABETS` which letters one language puts a rarer mark on:
a dot below now on a t, now on an o is nobody's writing, though Sanskrit has the one and Yoruba the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from functools import cache, lru_cache

import regex

from autowritten.text.charsets import GENERIC_MARKS, LATIN, MARKS, char_class, without_astral
from autowritten.text.letters import ALPHABETS, MARKED

# Letters that NFC joins with a rarer mark: ạ ẹ ḥ ẖ …
_JOINED = char_class([c for c in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
                      if not ALPHABETS.keys().isdisjoint(unicodedata.normalize("NFD", chr(c)))])  # fmt: skip
MARKED_CLASS = f"{GENERIC_MARKS}{_JOINED}"
"""What `undo_marks` looks at, as a character class without brackets."""
MOST = 3
"""Most marks of no one script that a letter is written with: Vietnamese needs two, phonetic writing may need three."""
_MANY = 6
"""Letters with one and the same mark, and no other, that say: not a language of many marks."""
_FEWEST = 3
"""Fewer letters with a rarer mark say nothing: a name in a text of another language."""

# Ordering the marks of a long stack takes quadratic time, so stacks are looked for before NFC is.
TALL_STACK = re.compile(f"[{without_astral(MARKS)}][{without_astral(MARKS)}]{{4}}")
_LONG_STACK = re.compile(f"([{MARKS}]{{8}})[{MARKS}]+")
# Hebrew or Tibetan may need four; on what is not a letter two are enough.
_STACK = re.compile(f"([{GENERIC_MARKS}]{{2}})[{GENERIC_MARKS}]+|([{MARKS}]{{4}})[{MARKS}]+")
_INTERESTING = re.compile(f"[{MARKED_CLASS}]")
_STACKED = re.compile(rf"([^\W\d_])([{MARKS}]*[{GENERIC_MARKS}][{MARKS}]*)")
_GENERIC = re.compile(f"[{GENERIC_MARKS}]")
_LATIN = re.compile(f"[{LATIN}]")
_MARKED_LETTER = re.compile(f"([{LATIN}])([{GENERIC_MARKS}]+)")


def undo_marks(text: str, found: Counter[str]) -> str:
    """Return the text in NFC without marks that nobody writes; count them."""
    text = _cut(_LONG_STACK, r"\1", text, found)
    text = _unwritten(unicodedata.normalize("NFC", text), found)
    return _cut(_STACK, r"\1\2", text, found)


def _cut(stack: re.Pattern[str], kept: str, text: str, found: Counter[str]) -> str:
    shorter = stack.sub(kept, text)
    found["stacked_marks"] += len(text) - len(shorter)
    return shorter


def _unwritten(text: str, found: Counter[str]) -> str:
    if not _INTERESTING.search(text):
        return text
    text = _STACKED.sub(lambda match: _written(match, found), text)
    text = unicodedata.normalize("NFD", text)
    bearers: dict[str, list[str]] = defaultdict(list)
    for base, marks in _MARKED_LETTER.findall(text):
        for mark in marks:
            bearers[mark].append(base.lower())
    strange = {mark for mark in bearers.keys() & ALPHABETS.keys() if not _one_language(mark, bearers)}
    if strange:
        found["stray_marks"] += sum(len(bearers[mark]) for mark in strange)
        text = _MARKED_LETTER.sub(lambda match: "".join(c for c in match.group() if c not in strange), text)
    return unicodedata.normalize("NFC", text)


def _written(match: re.Match[str], found: Counter[str]) -> str:
    """Return a letter with those of its marks that somebody writes."""
    letter, marks = match.groups()
    parts = unicodedata.normalize("NFD", letter)
    base, generic = parts[0], _GENERIC.findall(parts[1:] + marks)
    if len(generic) > MOST:
        found["stacked_marks"] += len(generic)
        return base + _GENERIC.sub("", marks)
    kept = "".join(mark for mark in marks if not _GENERIC.match(mark) or _is_written(base.lower(), mark))
    found["stray_marks"] += len(marks) - len(kept)
    return letter + kept


@lru_cache(10_000)
def _is_written(base: str, mark: str) -> bool:
    """Say whether anybody writes this mark on this letter."""
    if base in MARKED.get(mark, "") or "\u0250" <= base <= "\u02af":  # phonetic letters bear anything
        return True
    if _LATIN.match(base):
        return False
    # Which script the letter is of, asked of the scripts that the mark is said to be of.
    return any(_is_of(base, script) for script in _scripts_of(mark))


_SCRIPTS = (
    "Cyrillic", "Greek", "Coptic", "Cherokee", "Hebrew", "Armenian", "Syriac", "Tifinagh", "Thai", "Katakana", "Bopomofo",
    "Glagolitic", "Old_Permic", "Gothic", "Georgian", "Caucasian_Albanian", "Sunuwar", "Todhri", "Duployan", "Osage",
    "Elbasan", "Garay",
)  # fmt: skip


@cache
def _scripts_of(mark: str) -> tuple[str, ...]:
    """Return the scripts that Unicode lists for a mark of no one script."""
    return tuple(name for name in _SCRIPTS if regex.match(rf"\p{{Script_Extensions={name}}}", mark))


def _is_of(letter: str, script: str) -> bool:
    return bool(regex.match(rf"\p{{Script={script}}}", letter))


def _one_language(mark: str, bearers: dict[str, list[str]]) -> bool:
    """Say whether some language puts the mark on all the letters that bear it in a text."""
    bases = bearers[mark]
    if len(bases) < _FEWEST or any("\u0250" <= base <= "\u02af" for base in bases):
        return True
    alone = len(bearers) == 1 and len(bases) >= _MANY
    return any(set(bases) <= set(letters) and not (many and alone) for letters, many in ALPHABETS[mark])
