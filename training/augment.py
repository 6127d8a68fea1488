"""What is done to a training text each time it is shown: so that tags, marks, case and length tell the writer nothing.

The audit (training/AUDIT.md) names the cues that give data sets away; masking leaves the place where a tag stood. Here the
marks themselves are taken off at random, alike on both sides, and a text is cut to a random stretch.
"""

from __future__ import annotations

import re
from random import Random

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
