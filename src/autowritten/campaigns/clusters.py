"""Clusters of posts that say the same in much the same words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autowritten.campaigns.fingerprint import BANDS, SHINGLE, bands, signatures, similarity, skeleton

SIMILAR = 0.3
"""Least estimated Jaccard similarity of two posts that are linked. Unrelated posts of one language have about .03."""
SHORTEST = 4 * SHINGLE
"""Least width of a skeleton (a Chinese character counts two): of shorter posts many are alike by chance."""


def near_duplicates(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put posts into clusters: of one are those that a chain of similar posts leads to.

    Candidates come from locality-sensitive hashing; each is then checked. Work grows with the number of posts and of
    candidates, not with its square: in a band each post is compared with the one before it and with the first.

    Args:
        texts: posts.

    Returns:
        The cluster of each post (-1 for one that is like no other, or too short), and a number for its skeleton, by which
        exact copies are known. Both of shape (texts,).
    """
    numbers: dict[str, int] = {}
    which = np.fromiter((numbers.setdefault(skeleton(text), len(numbers)) for text in texts), np.int64, len(texts))
    skeletons = list(numbers)
    long = np.array([_width(s) >= SHORTEST for s in skeletons], dtype=bool)
    kept = np.flatnonzero(long)
    signature = signatures([skeletons[i] for i in kept])
    labels = np.full(len(skeletons), -1, dtype=np.int64)
    labels[kept] = _components(len(kept), _linked(signature))
    found = labels[which]
    sizes = np.bincount(found[found >= 0], minlength=1)
    found[(found >= 0) & (sizes[found] < 2)] = -1
    return found, which


def _linked(signature: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return pairs of similar texts, shape (pairs, 2)."""
    pairs = []
    keys = bands(signature)
    for band in range(BANDS):
        order = np.argsort(keys[band], kind="stable")
        ordered = keys[band][order]
        fresh = np.diff(ordered, prepend=ordered[:1] + np.uint64(1)) != 0
        first = order[np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
        again = np.flatnonzero(~fresh)
        for other in (first[again], order[again - 1]):
            pairs.append(np.stack([order[again], other], axis=1))
    found = np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0) if pairs else np.zeros((0, 2), dtype=np.int64)
    return found[similarity(signature, found[:, 0], found[:, 1]) >= SIMILAR]


def _components(size: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    labels: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(2 if char >= "\u2e80" else 1 for char in text)
