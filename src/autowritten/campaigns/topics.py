"""Floods that share no wording: a language model words every post anew, but they are about one thing and called machine.

Posts called machine that are about the same are seeds of a topic. Whether the topic is a flood is asked of other accounts
than those the seeds are from: a scan statistic (Kulldorff 1997) finds the closest posts among which verdicts of machine are
far more common than elsewhere. That accounts talk about the same is nothing; that software writes about the same
everywhere is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from autowritten.campaigns.fingerprint import skeleton

RELATED = 0.15
"""Least cosine similarity of two seeds of one topic, and of a post and its topic. Posts on different things have about .02."""
LEAST_RATE = 0.2
"""Least share called machine among a flood's posts. No kind of human posts that was measured reaches it at a rate of 1%."""
SEEDS = 3_000
"""Seeds looked at, at most: each is compared with each."""
BACKGROUND = 30_000
"""Posts drawn to learn which words are common."""
TOPICS = 20
_ALPHA = 0.01
_BLOCK = 50_000
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
        machine: whether the detector called the post machine; None where it could not say (such a post takes no part).
        fpr: false-positive rate in force.
        min_accounts: fewest accounts of a flood.

    Returns:
        The flood of each post, -1 for none, shape (posts,): only posts of accounts that are more likely in it than not.
        And the words of each flood.
    """
    labels = np.full(len(texts), -1, dtype=np.int64)
    about: list[str] = []
    names = {account: number for number, account in enumerate(dict.fromkeys(accounts))}
    owner = np.array([names[account] for account in accounts], dtype=np.int64)
    told = np.flatnonzero([said is not None for said in machine])
    flagged = np.array([bool(said) for said in machine], dtype=bool)
    draw = np.random.default_rng(0)
    asked = draw.permutation(len(names)) % 2 == 0  # accounts that the scan asks; the seeds are from the others
    seeds = draw.permutation(np.flatnonzero(flagged & ~asked[owner]))[:SEEDS]
    if len(seeds) < min_accounts or not len(told):
        return labels, about
    common = draw.permutation(told)[:BACKGROUND]
    vectors, words = _vectoriser([texts[i] for i in seeds], [texts[i] for i in common])
    topics = _topics(vectors([texts[i] for i in seeds]), owner[seeds], max(2, min_accounts // 2))
    if not len(topics):
        return labels, about
    near = np.concatenate([vectors([texts[i] for i in part]) @ topics.T for part in _parts(told)])
    for number, closeness in enumerate(near.T):
        mine = asked[owner[told]]
        cut = scan(closeness[mine], flagged[told[mine]], fpr, len(topics))
        if cut is None:
            continue
        inside = told[(closeness >= cut) & (labels[told] < 0)]
        suspects = _suspects(owner[inside], flagged[inside], fpr)
        if len(suspects) >= min_accounts:
            own = inside[np.isin(owner[inside], suspects)]
            labels[own] = len(about)
            about.append(_about([words[i] for i in np.argsort(-topics[number])[:_LOOKED_UP]], [texts[i] for i in own]))
    return labels, about


def scan(closeness: NDArray[np.float64], flagged: NDArray[np.bool_], fpr: float, tries: int) -> float | None:
    """Return how close to a topic the posts of its flood are, at least; None if there is none.

    The likelihood ratio of one rate of flagged posts within and another outside is highest there (Kulldorff 1997).

    Args:
        closeness: similarity of each post to the topic, shape (posts,).
        flagged: whether it is called machine, shape (posts,).
        fpr: false-positive rate in force: outside at least this share is flagged.
        tries: topics asked about, for Bonferroni's correction.
    """
    if not len(closeness):
        return None
    order = np.argsort(-closeness, kind="stable")
    hits = np.cumsum(flagged[order], dtype=np.int64)
    n = np.arange(1, len(order) + 1)
    within = hits / n
    outside = np.maximum((hits[-1] - hits) / np.maximum(len(order) - n, 1), fpr)
    ratio = _log_likelihood(hits, n, within) - _log_likelihood(hits, n, outside)
    last = np.append(closeness[order][1:] < closeness[order][:-1], True)  # posts as close as each other go together
    ratio[(within < LEAST_RATE) | (closeness[order] < RELATED) | ~last] = -np.inf
    best = int(ratio.argmax())
    if ratio[best] < np.log(len(order) * tries / _ALPHA):
        return None
    return float(closeness[order][best])


def _log_likelihood(hits: NDArray[np.int64], n: NDArray[np.int64], rate: NDArray[np.float64]) -> NDArray[np.float64]:
    rate = np.clip(rate, 1e-9, 1.0 - 1e-9)
    out: NDArray[np.float64] = hits * np.log(rate) + (n - hits) * np.log1p(-rate)
    return out


def _suspects(owner: NDArray[np.int64], flagged: NDArray[np.bool_], fpr: float) -> NDArray[np.int64]:
    """Return the accounts that are more likely a machine's than a person's who talks about the same.

    Two kinds of accounts, flagged at the false-positive rate and at a rate of their own, mixed in an unknown share:
    expectation maximisation (Dempster, Laird and Rubin 1977).
    """
    who, place = np.unique(owner, return_inverse=True)
    n = np.bincount(place)
    k = np.bincount(place, weights=flagged)
    rate, share = max(0.5, 2 * fpr), 0.5
    for _ in range(50):
        odds = np.log(share / (1.0 - share)) + k * np.log(rate / fpr) + (n - k) * np.log((1.0 - rate) / (1.0 - fpr))
        weight = 1.0 / (1.0 + np.exp(-np.clip(odds, -500, 500)))
        share = float(np.clip(weight.mean(), 1e-6, 1.0 - 1e-6))
        rate = float(np.clip((weight * k).sum() / max((weight * n).sum(), 1e-9), max(LEAST_RATE, 2 * fpr), 0.999))
    found: NDArray[np.int64] = who[weight >= 0.5]
    return found


def _topics(vectors: csr_array, owner: NDArray[np.int64], min_accounts: int) -> NDArray[np.float64]:
    """Return the centres of groups of related seeds, shape (topics, terms), the largest first (Butina 1999)."""
    related = (vectors @ vectors.T).toarray() >= RELATED
    free = np.ones(len(owner), dtype=bool)
    centres: list[NDArray[np.float64]] = []
    while len(centres) < TOPICS:
        size = (related & free).sum(axis=1) * free
        members = np.flatnonzero(related[size.argmax()] & free)
        if len(np.unique(owner[members])) < min_accounts:
            break
        centre = np.asarray(vectors[members].mean(axis=0)).ravel()
        centres.append(centre / np.linalg.norm(centre))
        free[members] = False
    return np.array(centres)


def _parts(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return np.array_split(rows, max(1, len(rows) // _BLOCK))


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


def _vectoriser(
    seeds: Sequence[str], background: Sequence[str]
) -> tuple[Callable[[Sequence[str]], csr_array], list[str]]:
    """Return what turns texts into unit vectors of the seeds' terms, and the terms; TF-IDF with counts of 0 and 1."""
    place: dict[str, int] = {}
    for text in seeds:
        for term in sorted(terms(text)):
            place.setdefault(term, len(place))

    def count(texts: Sequence[str]) -> tuple[list[int], list[int], list[int]]:
        columns: list[int] = []
        ends, sizes = [0], []
        for text in texts:
            own = terms(text)
            columns += [place[term] for term in own if term in place]
            ends.append(len(columns))
            sizes.append(len(own))
        return columns, ends, sizes

    frequency = np.bincount(count(background)[0], minlength=len(place))
    rarity = np.log((1.0 + len(background)) / (1.0 + frequency))
    unknown = float(np.log(1.0 + len(background)) / 2.0)  # weight of a term that no seed has

    def vectors(texts: Sequence[str]) -> csr_array:
        columns, ends, sizes = count(texts)
        column, end = np.array(columns, dtype=np.int64), np.array(ends, dtype=np.int64)
        value = rarity[column]
        squares = np.add.reduceat(np.append(value**2, 0.0), end[:-1]) * (np.diff(end) > 0)
        length = np.sqrt(squares + unknown**2 * (np.array(sizes) - np.diff(end)))
        value = value / np.repeat(np.maximum(length, 1e-9), np.diff(end))
        return csr_array((value, column, end), shape=(len(texts), len(place)))

    return vectors, list(place)
