"""White space: folded, and taken out where it parts the letters of a word."""

from __future__ import annotations

import re
from collections import Counter

from autowritten.text.charsets import HAN, without_astral

# Spaces finer than a word's gap. Typographers set them before a mark and between figures, never between two letters.
_FINE = re.compile(r"(?<=[^\W\d_])[\u2006\u2009\u200a](?=[^\W\d_])")
_CHINESE = f"[{HAN}\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff20\u2018-\u201d\u2026]"
_ONE = f"{_CHINESE[:-1]}A-Za-z0-9]"
LEAST = 4
"""Fewest Han letters of a run that is closed up: 我 爱 你 is how people say it with force."""
_RUN = re.compile(rf"(?<!\S)(?:{_ONE} )+{_ONE}(?!\S)")
_SPACED = re.compile(
    without_astral(f" (?:{_CHINESE} {_ONE}|{_ONE} {_CHINESE}) ")
)  # from a space on, which is quick to find
_HAN = re.compile(f"[{HAN}]")


def fold(text: str, found: Counter[str]) -> str:
    """Write one space for any white space, none at the edges; fine spaces between letters are taken out and counted.

    Where no other space parts the words, the fine ones do.
    """
    if not text.isascii() and ("\u200a" in text or "\u2009" in text or "\u2006" in text) and " " in text:
        text, hits = _FINE.subn("", text)
        found["spaced_letters"] += hits
    return " ".join(text.split())


def is_spaced(text: str) -> bool:
    """Say whether it may hold a run of single Chinese characters with spaces between them."""
    return bool(_SPACED.search(text))


def close_up(text: str, found: Counter[str]) -> str:
    """Take out the spaces of runs of single Chinese characters, and count them. Phrases with spaces between stay."""
    return _RUN.sub(lambda match: _joined(match.group(), found), text) if is_spaced(text) else text


def _joined(run: str, found: Counter[str]) -> str:
    letters = len(_HAN.findall(run))
    if letters < LEAST or 2 * letters < run.count(" ") + 1:
        return run
    found["spaced_letters"] += run.count(" ")
    return run.replace(" ", "")
