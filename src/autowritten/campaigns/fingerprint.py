"""Fingerprints of posts: MinHash signatures of character n-grams (Broder 1997), many posts at a time.

Characters, not words: Chinese has no spaces. datasketch does the same, a post at a time: 1,000,000 posts would take it
half an hour; here all posts of a block go through numpy together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

BANDS, ROWS = 32, 3
"""Two posts share one of 32 bands of 3 with probability 1 - (1 - J^3)^32: 58% at a Jaccard similarity J of .3, 98% at .5."""
HASHES = BANDS * ROWS
SHINGLE = 5
"""Characters an n-gram; a Chinese character, which says as much as a word's half, counts twice."""
BLOCK = 20_000  # posts hashed at a time: some 100 MB
_MIX = np.uint64(0x9E3779B97F4A7C15)

_MASKED = re.compile(r"@\S+|https?(?::\S*)?|\d+(?:[.,:]\d+)*")
_WORDLESS = re.compile(r"[\W_]+")
_REPOST = re.compile(r"^\s*(?:rt\b|//@|转发微博|repost\b)|//@|\bvia @|【", re.IGNORECASE)


def skeleton(text: str) -> str:
    """Return what is left of a post when mentions, links, numbers, punctuation and case are taken away."""
    return _WORDLESS.sub(" ", _MASKED.sub(" ", text.casefold())).strip()


def is_repost(text: str) -> bool:
    """Say whether a post hands on another one, or a headline, and says so: to share is not to write alike."""
    return _REPOST.search(text) is not None


def signatures(texts: Sequence[str]) -> NDArray[np.uint32]:
    """Return MinHash signatures of skeletons, shape (texts, HASHES); a text without an n-gram is all ones (2**32 - 1)."""
    draw = np.random.default_rng(1)
    odd = draw.integers(1, 1 << 63, HASHES, dtype=np.uint64) | np.uint64(1)
    out = np.full((len(texts), HASHES), np.iinfo(np.uint32).max, dtype=np.uint32)
    for start in range(0, len(texts), BLOCK):
        shingles, owners = _shingles(texts[start : start + BLOCK])
        if not len(shingles):
            continue
        first = np.flatnonzero(np.diff(owners, prepend=-1))
        rows = start + owners[first]
        for column in range(HASHES):
            # Multiply-shift hashing (Dietzfelbinger et al. 1997): the high bits of a product by an odd number.
            hashed = ((shingles * odd[column]) >> np.uint64(32)).astype(np.uint32)
            out[rows, column] = np.minimum.reduceat(hashed, first)
    return out


def _shingles(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return hashes of all n-grams of texts and which text each is of, in order."""
    # Wide characters doubled: five places then hold five Latin letters, or two to three Chinese characters.
    joined = "\0".join(texts)
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    repeats = np.where(codes >= 0x2E80, 2, 1)
    codes = np.repeat(codes, repeats)
    ends = codes == 0
    owner = np.cumsum(ends)
    n = len(codes) - SHINGLE + 1
    if n <= 0:
        return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    hashed = np.zeros(n, dtype=np.uint64)
    for place in range(SHINGLE):
        hashed = (hashed ^ codes[place : place + n]) * _MIX
        hashed ^= hashed >> np.uint64(29)
    whole = owner[:n] == owner[SHINGLE - 1 :]
    whole &= ~ends[:n]
    return hashed[whole], owner[:n][whole].astype(np.int64)


def bands(signature: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return a number for each band of signatures, shape (BANDS, texts); texts alike in a band have the same."""
    out = np.zeros((BANDS, len(signature)), dtype=np.uint64)
    for band in range(BANDS):
        for row in range(ROWS):
            out[band] = (out[band] ^ signature[:, band * ROWS + row]) * _MIX
            out[band] ^= out[band] >> np.uint64(31)
    return out


def similarity(signature: NDArray[np.uint32], left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the estimated Jaccard similarity of pairs of texts, shape (pairs,)."""
    out = np.empty(len(left))
    for start in range(0, len(left), BLOCK * 10):
        part = slice(start, start + BLOCK * 10)
        out[part] = (signature[left[part]] == signature[right[part]]).mean(axis=1)
    return out
