"""Floods that share no wording: a language model words every post anew, but they are about one thing and flagged.

A word that is in more flagged posts than chance would have names a topic (log-likelihood ratio, Dunning 1993); how
many words were looked at is reckoned with. A scan (Kulldorff 1997) then finds how far the topic reaches: the closest posts,
far more of which are flagged than elsewhere. That accounts talk about the same is nothing; that
software writes about the same everywhere is.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.sparse import csr_array

from autowritten.campaigns.fingerprint import skeleton

LEAST_RATE = 0.2
"""Least share of flagged posts in a flood."""
WORST = 1.4
"""So many times the false-positive rate may be flagged of some kind of people's posts: at 5%, the worst of those measured is at
6.7% (`benchmarks.false_alarms`)."""
TOPICS = 20
"""Topics looked at, at most."""
_ALPHA = 0.05
_MOST_OUTSIDE = 0.999  # where all posts are flagged, none of them says anything
_BESIDE = 50  # posts, at least, that a topic is told from
_ROUNDS = 50  # of expectation maximisation
_PRIOR = 10.0  # accounts that the share of all counts as
_SHOWN = 8
_SAMPLE = 200  # posts in which the words of a flood are looked up
_LOOKED_UP = 60
_OFTEN = 0.15
_MOST = 0.7
_TERM = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\u3040-\u30ff]+|[^\W\d_]{3,}")


def floods(
    accounts: Sequence[str], texts: Sequence[str], machine: Sequence[bool | None], *, fpr: float, min_accounts: int
) -> tuple[NDArray[np.int64], list[str]]:
    """Find floods.

    Args:
        accounts: who posted, a post each.
        texts: the posts.
        machine: whether the post is flagged; None where that could not be told (such a post takes no part).
        fpr: false-positive rate at which posts are flagged.
        min_accounts: fewest accounts of a flood.

    Returns:
        The flood of each post, -1 for none, shape (posts,): only posts of accounts that are more likely in it than not.
        And the words of each flood.
    """
    labels = np.full(len(texts), -1, dtype=np.int64)
    about: list[str] = []
    told = np.flatnonzero([said is not None for said in machine])
    places = told.tolist()
    flagged: NDArray[np.bool_] = np.array([bool(machine[i]) for i in places], dtype=np.bool_)
    if flagged.sum() < min_accounts:
        return labels, about
    owner = np.unique([accounts[i] for i in places], return_inverse=True)[1].astype(np.int64)
    counts, words = _counts([texts[i] for i in places], min_accounts)
    if not words:
        return labels, about
    columns = counts.tocsc()
    outside = min(max(WORST * fpr, float(flagged.mean())), _MOST_OUTSIDE)
    free = np.ones(len(told), dtype=np.bool_)
    n, k = _sums(counts, free), _sums(counts, flagged)
    everywhere = _shares(n, len(told))
    for _ in range(TOPICS):
        gain = _keyness(k, n, outside)
        term = int(gain.argmax())
        if gain[term] < np.log(len(words) / _ALPHA):
            break
        having = np.zeros(len(told), dtype=np.bool_)
        having[columns.indices[columns.indptr[term] : columns.indptr[term + 1]]] = True
        topic = _topic(counts, having, everywhere)
        closeness = np.where(free, _closeness(counts, topic), 0.0)
        inside = np.flatnonzero((closeness >= reach(closeness, flagged, outside)) & (closeness > 0.0))
        suspects = _suspects(owner[inside], flagged[inside], closeness[inside], outside)
        if len(suspects) >= min_accounts:
            own = told[inside[np.isin(owner[inside], suspects)]]
            labels[own] = len(about)
            about.append(_about([words[i] for i in np.argsort(-topic)[:_LOOKED_UP]], [texts[i] for i in own.tolist()]))
            having[inside] = True
        n, k = n - _sums(counts, having & free), k - _sums(counts, having & free & flagged)
        free &= ~having
    return labels, about


def reach(closeness: NDArray[np.float64], flagged: NDArray[np.bool_], outside: float) -> float:
    """Return how close to a topic the posts of its flood are, at least; infinity if no number of them makes one.

    The likelihood ratio of one rate of flagged posts within and another outside is highest there (Kulldorff 1997).

    Args:
        closeness: of each post to the topic, 0 if it has nothing to do with it, shape (posts,).
        flagged: whether it is flagged, shape (posts,).
        outside: share of posts that are flagged elsewhere.
    """
    order = np.argsort(-closeness, kind="stable")
    ranked = closeness[order]
    hits = np.cumsum(flagged[order], dtype=np.int64)
    ends = np.flatnonzero(np.append(ranked[1:] < ranked[:-1], True)[: len(order)] & (ranked > 0.0))
    ratio = _keyness(hits[ends], ends + 1, outside)
    return float(ranked[ends[ratio.argmax()]]) if len(ends) and ratio.max() > 0.0 else np.inf


def _keyness(
    hits: NDArray[np.int64], n: NDArray[np.int64], outside: NDArray[np.float64] | float
) -> NDArray[np.float64]:
    """Return the log-likelihood ratio of the posts' own rate of flagged ones against another; 0 if it is no flood's rate."""
    rate = hits / np.maximum(n, 1)
    own = np.clip(rate, 1e-9, 1.0 - 1e-9)
    ratio = hits * np.log(own / outside) + (n - hits) * np.log((1.0 - own) / (1.0 - outside))
    return np.where(rate >= np.maximum(LEAST_RATE, outside), ratio, 0.0)


def _suspects(
    owner: NDArray[np.int64], flagged: NDArray[np.bool_], closeness: NDArray[np.float64], outside: float
) -> NDArray[np.int64]:
    """Return the accounts that are more likely a machine's than a person's who talks about the same.

    Two kinds of accounts, flagged at the usual rate and at a rate of their own, mixed in unknown shares: expectation
    maximisation (Dempster, Laird and Rubin 1977). The more of the topic accounts wrote, the larger the share may be
    (isotonic regression): people at its fringe are then not taken for its machines, nor machines for them.

    Args:
        owner: who wrote each post of the topic, shape (posts,).
        flagged: whether it is flagged, same shape.
        closeness: to the topic, same shape.
        outside: share of posts that are flagged elsewhere.
    """
    who, place = np.unique(owner, return_inverse=True)
    n, k = np.bincount(place), np.bincount(place, weights=flagged)
    order = np.argsort(np.bincount(place, weights=closeness), kind="stable")
    n, k, who = n[order], k[order], who[order]
    rate, share = min(max(0.5, 2 * outside), _MOST_OUTSIDE), np.full(len(who), 0.5)
    for _ in range(_ROUNDS if len(who) else 0):
        odds = (
            np.log(share / (1.0 - share))
            + k * np.log(rate / outside)
            + (n - k) * np.log((1.0 - rate) / (1.0 - outside))
        )
        weight = 1.0 / (1.0 + np.exp(-np.clip(odds, -500, 500)))
        share = np.clip(_rising(weight), 1e-6, 1.0 - 1e-6)
        rate = float(np.clip((weight * k).sum() / max((weight * n).sum(), 1e-9), max(LEAST_RATE, 2 * outside), 0.999))
    found: NDArray[np.int64] = who[weight >= 0.5] if len(who) else who
    return found


def _rising(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return means that never fall from one account to the next; those of few accounts lean on the mean of all."""
    fit = isotonic_regression(weight)
    size = np.diff(fit.blocks)
    mean = (np.add.reduceat(weight, fit.blocks[:-1]) + _PRIOR * weight.mean()) / (size + _PRIOR)
    return np.repeat(mean, size)


def _topic(counts: csr_array, having: NDArray[np.bool_], everywhere: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a topic as weights of terms, shape (terms,): what posts with its term say more often than those most like them.

    Those are in the same language, whose common words are no subject. Flagged posts count no more than others here, or
    the topic would be what these happen to have in common.

    Args:
        counts: terms of the posts, shape (posts, terms).
        having: which posts have the term that names the topic, shape (posts,).
        everywhere: share of all posts that has each term, shape (terms,).
    """
    often = _sums(counts, having).astype(np.float64) / np.count_nonzero(having)
    alike = np.where(having, -1.0, _closeness(counts, _weights(often, everywhere)))
    beside = np.argsort(-alike, kind="stable")[: max(_BESIDE, len(having) // 20)]
    return _weights(often, _shares(_sums(counts, beside), len(beside)))


def _shares(sums: NDArray[np.int64], posts: int) -> NDArray[np.float64]:
    """Return the share of some posts that has each term, shape (terms,); a little is added, so that none is 0."""
    shares: NDArray[np.float64] = (sums.astype(np.float64) + 1.0) / (posts + 2.0)
    return shares


def _sums(counts: csr_array, rows: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many of some posts have each term, shape (terms,)."""
    some = counts[rows]
    sums: NDArray[np.int64] = np.bincount(some.indices, minlength=counts.shape[1]).astype(np.int64)
    return sums


def _weights(often: NDArray[np.float64], usual: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each term adds to the divergence of posts that have it `often` from those that have it as `usual`, from 0."""
    return np.where(often > usual, often * np.log(np.maximum(often, 1e-9) / usual), 0.0)


def _closeness(counts: csr_array, topic: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights of the terms that a post has, of a topic, over the root of its number of terms, shape (posts,)."""
    size = np.maximum(np.diff(counts.indptr), 1)
    closeness: NDArray[np.float64] = (counts @ topic) / np.sqrt(size)
    return closeness


def terms(text: str) -> set[str]:
    """Return the words of a post; of scripts without spaces, pairs of characters."""
    found: set[str] = set()
    for term in _TERM.findall(skeleton(text)):
        found.update([term] if term[0] < "\u2e80" else (term[i : i + 2] for i in range(len(term) - 1)))
    return found


def _about(terms_: Sequence[str], texts: Sequence[str]) -> str:
    """Write what a flood is about; a pair of characters grows to the word that it is part of in most posts."""
    lines = [skeleton(text) for text in texts[:_SAMPLE]]
    common = [term for term in terms_ if sum(term in line for line in lines) >= _OFTEN * len(lines)]
    words = dict.fromkeys(_grown(term, lines) if term[0] >= "\u2e80" else term for term in common)
    whole = [word for word in words if not any(word in other for other in words if other != word)]
    return f"… {' … '.join(whole[:_SHOWN])} …"


def _grown(word: str, lines: Sequence[str]) -> str:
    """Return the longest string around a word that most texts with the word have."""
    while True:
        around = Counter[str]()
        holding = [line for line in lines if word in line]
        for line in holding:
            place = line.find(word)
            end = place + len(word)
            around.update({line[max(place - 1, 0) : end].strip(), line[place : end + 1].strip()} - {word})
        best, count = around.most_common(1)[0] if around else ("", 0)
        if len(holding) < 3 or count < _MOST * len(holding):
            return word
        word = best


def _counts(texts: Sequence[str], least: int) -> tuple[csr_array, list[str]]:
    """Return which terms each post has, 0 or 1, shape (posts, terms), and the terms: those that are in enough posts."""
    place: dict[str, int] = {}
    columns, ends = array("i"), array("q", [0])
    for text in texts:
        columns.extend(place.setdefault(term, len(place)) for term in sorted(terms(text)))
        ends.append(len(columns))
    index, end = np.frombuffer(columns, dtype=np.int32), np.frombuffer(ends, dtype=np.int64)
    counts = csr_array((np.ones(len(index), dtype=np.float32), index, end), shape=(len(texts), len(place)))
    kept = np.flatnonzero(np.bincount(index, minlength=len(place)) >= least)
    words = list(place)
    return counts[:, kept], [words[i] for i in kept]
