"""Links and hashtags that accounts post at the same moment."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WITHIN = 60.0
"""Seconds within which two accounts post the same link or hashtag, as in CooRTweet and the QUT coordination toolkit."""
_LINK = re.compile(r"https?://(?:www\.)?([\w.-]+\.\w+(?:/[^\s?#，。！？；、）)」】\"'<>]*)?)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_HASHTAG = re.compile(r"#[^#\s]{1,40}#|#\w{2,}")


def marks(text: str) -> set[str]:
    """Return the links of a post, without what is only for counting (`?utm_source=…`), and its hashtags."""
    links = (link.rstrip("/.,;:!").casefold() for link in _LINK.findall(text))
    return {*links, *("#" + tag.strip("#").casefold() for tag in _HASHTAG.findall(_ADDRESS.sub(" ", text)))}


def moments(
    accounts: Sequence[str], texts: Sequence[str], times: Sequence[float | None]
) -> tuple[NDArray[np.int64], NDArray[np.int64], list[str]]:
    """Find moments at which several accounts posted the same link or hashtag.

    A moment lasts a minute from its first post on, whatever goes on after: where thousands use a hashtag all evening, each
    minute is a moment of its own, and nobody is by chance in many of them with the same others.

    Returns:
        Rows, in any order, and the moment of each (a row with two links may be in two); the link or hashtag of each moment.
    """
    by_mark: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for row, (text, time) in enumerate(zip(texts, times, strict=True)):
        if time is not None and ("#" in text or "://" in text):
            for mark in marks(text):
                by_mark[mark].append((time, row))
    rows: list[int] = []
    labels: list[int] = []
    names: list[str] = []
    for mark, posts in by_mark.items():
        posts.sort()
        start = 0
        while start < len(posts):
            end = start
            while end < len(posts) and posts[end][0] <= posts[start][0] + WITHIN:
                end += 1
            own = [row for _, row in posts[start:end]]
            if len({accounts[row] for row in own}) > 1:
                rows += own
                labels += [len(names)] * len(own)
                names.append(mark)
            start = end
    return np.array(rows, dtype=np.int64), np.array(labels, dtype=np.int64), names
