"""What is done to a training text each time it is shown: so that tags, marks, case and length tell the writer nothing.

The audit (training/AUDIT.md) names the cues that give data sets away; masking leaves the place where a tag stood. Here the
marks themselves are taken off at random, alike on both sides, and a text is cut to a random stretch.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

SHORTEST, LONGEST = 6, 96
"""Tokens of a stretch."""
_STRIPS = (
    (0.3, re.compile(r"#(?=\w)|#(?=\s|$)")),  # the sign of a hashtag, its word stays
    (0.15, re.compile(r"#[^#\s]{1,30}#|#\w+")),  # the whole hashtag
    (0.3, re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]|\\[[\u4e00-\u9fffA-Za-z]{1,6}\\]")),  # emoji
    (0.3, re.compile(r"\s*@user\b:?")),
    (0.3, re.compile(r"\s*\bhttp\b|网页链接")),
    (0.3, re.compile(r"[.!?。！？…~～]+\s*$")),
    (0.1, re.compile(r"[\"“”«»「」]")),
)
_LOWER = 0.1


def strip_marks(text: str, rng: Random) -> str:
    """Take off, each by its own chance: signs of hashtags, hashtags, emoji, mentions, links, closing marks, quotes, capitals.

    A text of which nothing would be left stays as it is.
    """
    out = text
    for chance, pattern in _STRIPS:
        if rng.random() < chance:
            out = pattern.sub("", out)
    if rng.random() < _LOWER:
        out = out.lower()
    out = " ".join(out.split())
    return out if len(out) >= len(text) // 3 and out else text


DISGUISED = 0.3
"""Share of the texts shown that are disguised."""
_HAN = re.compile("[\u4e00-\u9fff]")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LEET = {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5", "t": "7"}
_EMOJI = "😂🔥🙏😭👍❤🤔😅💯✨🎉😡👀🚗📱"


def disguise(text: str, rng: Random) -> str:
    """Change a text as somebody would who wants to pass a detector and has no model: alike on both sides, so that it is no cue.

    One of: punctuation or capitals dropped, emoji between words, leet, typos, cut to 60%, traditional characters, full or half
    width, spaces between Chinese characters.
    """
    changed = rng.choice(_DISGUISES)(text, rng)
    return changed if len(changed) >= 4 else text


def _plain(text: str, rng: Random, filler: str = "") -> str:
    kept = "".join(filler if unicodedata.category(char)[0] == "P" and char not in "@#'’" else char for char in text)
    if rng.random() < 0.4:
        kept = kept.lower()
    return " ".join(kept.split())


def _spaced_punctuation(text: str, rng: Random) -> str:
    return _plain(text, rng, " ")


def _lower(text: str, rng: Random) -> str:
    del rng
    return text.lower()


def _between(text: str, rng: Random, share: float, make: Callable[[], str]) -> str:
    """Put something between words, or between characters of Chinese."""
    pieces = re.findall(r"\s+|[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+", text)
    return "".join(piece + make() if not piece.isspace() and rng.random() < share else piece for piece in pieces)


def _emoji(text: str, rng: Random) -> str:
    return _between(text, rng, 0.05 if _HAN.search(text) else 0.2, lambda: rng.choice(_EMOJI))


def _spaces(text: str, rng: Random) -> str:
    if not _HAN.search(text):
        return _plain(text, rng)
    share = rng.choice((0.2, 1.0))
    return _between(text, rng, share, lambda: " ").strip()


def _leet(text: str, rng: Random) -> str:
    return "".join(_LEET[char] if char in _LEET and rng.random() < 0.2 else char for char in text)


def _typos(text: str, rng: Random) -> str:
    """Swap, drop, double or replace a letter in some of the words."""
    chars = list(text)
    for i in range(len(chars) - 1):
        if chars[i].isalpha() and rng.random() < 0.03:
            kind = rng.randrange(4)
            if kind == 0:
                chars[i], chars[i + 1] = chars[i + 1], chars[i]
            elif kind == 1:
                chars[i] = ""
            elif kind == 2:
                chars[i] *= 2
            elif chars[i].isascii():
                chars[i] = rng.choice(_LETTERS)
    return "".join(chars)


def _cut(text: str, rng: Random) -> str:
    del rng
    return text[: int(0.6 * len(text))].rstrip()


@cache
def _converter(name: str) -> Any:  # noqa: ANN401
    from opencc import OpenCC

    return OpenCC(name)


def _traditional(text: str, rng: Random) -> str:
    if not _HAN.search(text):
        return _typos(text, rng)
    converted: str = _converter(rng.choice(("s2t", "t2s"))).convert(text)
    return converted


_WIDE = str.maketrans("!?,.:;()", "！？，。：；（）")
_NARROW = str.maketrans("！？，。：；（）", "!?,.:;()")


def _width(text: str, rng: Random) -> str:
    if not _HAN.search(text):
        return _plain(text, rng)
    return text.translate(rng.choice((_WIDE, _NARROW)))


_DISGUISES = (_plain, _plain, _spaced_punctuation, _lower, _emoji, _spaces, _leet, _typos, _cut, _traditional, _width)


def stretch(ids: list[int], rng: Random, whole: float = 0.5) -> list[int]:
    """Cut token ids to at most `LONGEST`; with chance 1 - `whole` to a length drawn log-uniformly from `SHORTEST` up.

    Args:
        ids: token ids of a text.
        rng: source of the cut.
        whole: chance that a text no longer than `LONGEST` stays whole.
    """
    size = min(len(ids), LONGEST)
    if size > SHORTEST and rng.random() >= whole:
        size = round(SHORTEST * (size / SHORTEST) ** rng.random())
    start = rng.randrange(len(ids) - size + 1) if rng.random() < 0.5 else 0
    return ids[start : start + size]
