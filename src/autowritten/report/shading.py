"""Shading of a post's words by how well the language model foresaw them.

The idea and the bins are GLTR's (Gehrmann, Strobelt and Rush 2019, arXiv:1906.04043): a token is among the model's 10 first
guesses, its 100 first, its 1,000 first, or none of these. GLTR's green, yellow, red and violet can't be told apart by
everybody; here the four levels are steps of lightness in one hue (ColorBrewer's Blues), and steps of underlining beside.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from autowritten.score import TokenEvidence

BINS = (10, 100, 1000)
"""Highest rank of the levels 0, 1 and 2 (GLTR)."""
LEGEND = (
    "Shading: among the language model's 10 first guesses, 100 first, 1,000 first, or beyond (a word's worst token)."
)
LABELS = ("10 first", "100 first", "1,000 first", "beyond")
"""Short names of the levels, for samples of the shades."""
_WORD_BOUNDARY = regex.compile(r"(?w)\b")
_CHARACTER = regex.compile(r"\X")
"""Unicode's default word boundaries, and what a reader takes for one character (both UAX #29)."""


@dataclass(frozen=True, slots=True)
class Shade:
    """How one level looks.

    Attributes:
        terminal: a rich style; without colour its bold, underline and reverse still tell the levels apart.
        light: background and text colour on a light page, `#rrggbb`; empty for none.
        dark: likewise on a dark page.
        underline: CSS `text-decoration-style`, or `none`: tells the levels apart without colour.
    """

    terminal: str
    light: tuple[str, str]
    dark: tuple[str, str]
    underline: str


PALETTE = (
    Shade("", ("", ""), ("", ""), "none"),
    Shade("underline #000000 on #bdd7e7", ("#bdd7e7", "#000000"), ("#123a5e", "#ffffff"), "dotted"),
    Shade("bold underline #000000 on #6baed6", ("#6baed6", "#000000"), ("#2f74ae", "#ffffff"), "solid"),
    # Reversed, so that it is the strongest without colour too.
    Shade("bold reverse #08519c on #ffffff", ("#08519c", "#ffffff"), ("#bdd7e7", "#000000"), "double"),
)
"""The looks of levels 0 to 3."""


@dataclass(frozen=True, slots=True)
class Word:
    """Tokens joined to what a reader takes for one word.

    Attributes:
        text: its characters; white space before it belongs to it.
        surprisal: of its tokens, summed, nats.
        rank: the worst of its tokens' ranks, 1 = the most likely.
        entropy: of its tokens' predictions, their mean, nats.
        tokens: how many.
    """

    text: str
    surprisal: float
    rank: int
    entropy: float
    tokens: int

    def parts(self) -> tuple[str, str, str]:
        """Return the white space before the word, the word itself, and the white space after it."""
        core = self.text.strip()
        if not core:
            return self.text, "", ""
        start = self.text.index(core)
        return self.text[:start], core, self.text[start + len(core) :]


def words(tokens: Sequence[TokenEvidence]) -> list[Word]:
    """Join tokens to words: cut where a token ends and Unicode has a word boundary.

    So a word of a spaced script is whole, with its accents and apostrophes; in Chinese and Japanese a token stays as it is,
    unless it is a part of one character; an emoji of several code points is not taken apart.

    Args:
        tokens: of one post, in order.

    Returns:
        Words whose texts join to the tokens' texts.
    """
    text = "".join(token.text for token in tokens)
    boundaries = {found.start() for found in _WORD_BOUNDARY.finditer(text)}
    boundaries &= {found.start() for found in _CHARACTER.finditer(text)}  # a few letters of Arabic differ
    groups: list[list[TokenEvidence]] = []
    place = 0
    for token in tokens:
        # A character of several tokens lies in the first; the empty ones after it belong to the same word.
        if not groups or (token.text and place in boundaries and any(one.text for one in groups[-1])):
            groups.append([])
        groups[-1].append(token)
        place += len(token.text)
    return [_join(group) for group in groups]


def level(word: Word) -> int:
    """Return a word's level, 0 (among the model's first guesses) to 3, by GLTR's bins of its worst rank."""
    return bisect_left(BINS, word.rank)


def _join(group: Sequence[TokenEvidence]) -> Word:
    return Word(
        "".join(token.text for token in group),
        sum(token.surprisal for token in group),
        max(token.rank for token in group),
        sum(token.entropy for token in group) / len(group),
        len(group),
    )
