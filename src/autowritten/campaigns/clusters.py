"""Clusters of posts that say the same in much the same words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autowritten.campaigns.fingerprint import SHINGLE, bands, signatures, similarity, skeleton

SIMILAR = 0.25
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
    long = np.array([is_long(s) for s in skeletons], dtype=bool)
    signature = signatures([skeletons[i] for i in np.flatnonzero(long)])
    return labels(which, long, _linked(signature)), which


def is_long(text: str) -> bool:
    """Say whether a skeleton is long enough to be compared."""
    return (len(text) if text.isascii() else sum(2 if char >= "\u2e80" else 1 for char in text)) >= SHORTEST


def candidates(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return pairs of texts alike in a band, each with the one before it and with the first, shape (pairs, 2).

    Args:
        keys: the band's number of each text, see `fingerprint.bands`.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    fresh = np.diff(ordered, prepend=ordered[:1] + np.uint64(1)) != 0
    first = order[np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
    again = np.flatnonzero(~fresh)
    return np.concatenate([np.stack([order[again], other], axis=1) for other in (first[again], order[again - 1])])


def similar(signature: NDArray[np.uint32], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of some pairs whose texts are similar, each once."""
    found = np.unique(np.sort(pairs, axis=1), axis=0)
    return found[similarity(signature, found[:, 0], found[:, 1]) >= SIMILAR]


def labels(which: NDArray[np.int64], long: NDArray[np.bool_], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cluster of each post, -1 where it is like no other.

    Args:
        which: the number of each post's skeleton.
        long: whether a skeleton is compared, shape (skeletons,).
        pairs: similar ones, counted among the long ones, shape (pairs, 2).
    """
    label = np.full(len(long), -1, dtype=np.int64)
    label[long] = _components(int(long.sum()), pairs)
    found = label[which]
    sizes = np.bincount(found[found >= 0], minlength=1)
    found[(found >= 0) & (sizes[found] < 2)] = -1
    return found


def _linked(signature: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return pairs of similar texts, shape (pairs, 2)."""
    return similar(signature, np.concatenate([candidates(keys) for keys in bands(signature)]))


def _components(size: int, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    labels: NDArray[np.int64] = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels
