"""Groups of accounts: those that take part in the same clusters again and again, more often than chance would have it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANCE = 0.01
"""Probability that chance links any two clusters of a world in which nobody coordinates (Bonferroni over all pairs)."""
REPEATED = 0.5
"""Least share of a cluster's posts that the members wrote. Where most who say a thing say it once, it is a stock phrase."""
_MOST_CLUSTERS = 30
"""Clusters of an account that are paired with each other, the smallest first: pairs grow with the square."""


@dataclass(frozen=True, slots=True)
class Group:
    """Accounts and what they did together.

    Attributes:
        members: the accounts.
        ties: place and cluster of each of their posts; a post in two clusters is there twice.
    """

    members: frozenset[str]
    ties: list[tuple[int, int]]

    @property
    def rows(self) -> list[int]:
        """Return the places of their posts, rising, each once."""
        return sorted({row for row, _ in self.ties})

    @property
    def clusters(self) -> Counter[int]:
        """Return how many of their posts are in each cluster."""
        return Counter(label for _, label in self.ties)


def find_groups(
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    accounts: Sequence[str],
    wording: NDArray[np.int64],
    min_posts: int,
) -> list[Group]:
    """Find groups.

    Args:
        rows: places of posts that are in a cluster, shape (ties,); a post in two clusters is there twice.
        labels: their clusters, shape (ties,).
        accounts: who posted, of all posts.
        wording: a number for the wording, of all posts.
        min_posts: fewest different wordings of a member.
    """
    ties: dict[int, list[tuple[int, int]]] = defaultdict(list)
    community = _communities(rows, labels, accounts)
    for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
        ties[community[label]].append((row, label))
    return [_settled(own, accounts, wording, min_posts) for own in ties.values()]


def _communities(rows: NDArray[np.int64], labels: NDArray[np.int64], accounts: Sequence[str]) -> dict[int, int]:
    """Return the community of each cluster (Louvain) among clusters that share more accounts than chance would have."""
    import networkx as nx

    taking_part: dict[str, set[int]] = defaultdict(set)
    for row, label in zip(rows.tolist(), labels.tolist(), strict=True):
        taking_part[accounts[row]].add(label)
    size = Counter(label for clusters in taking_part.values() for label in clusters)
    together: Counter[tuple[int, int]] = Counter()
    for clusters in taking_part.values():
        ordered = sorted(clusters, key=lambda label: (size[label], label))[:_MOST_CLUSTERS]
        together.update((min(a, b), max(a, b)) for i, a in enumerate(ordered) for b in ordered[:i])
    everybody = len(set(accounts))
    rare = CHANCE / max(1, len(size) * (len(size) - 1) // 2)
    graph = nx.Graph()
    graph.add_nodes_from(size)
    for (a, b), common in together.items():
        expected = size[a] * size[b] / everybody
        if common >= 2 and _poisson_tail(common, expected) < rare:
            graph.add_edge(a, b, weight=common * math.log(common / expected))
    found = nx.community.louvain_communities(graph, weight="weight", seed=0)
    return {label: number for number, clusters in enumerate(found) for label in clusters}


def _poisson_tail(count: int, mean: float) -> float:
    """Return the probability of at least `count` where `mean` is expected (Chernoff's bound)."""
    if count <= mean:
        return 1.0
    return math.exp(count - mean - count * math.log(count / mean))


def _settled(ties: list[tuple[int, int]], accounts: Sequence[str], wording: NDArray[np.int64], min_posts: int) -> Group:
    """Return a community's members and their posts, once clusters that mostly others wrote are left out."""
    while True:
        different: dict[str, set[int]] = defaultdict(set)
        clusters_of: dict[str, set[int]] = defaultdict(set)
        for row, label in ties:
            different[accounts[row]].add(int(wording[row]))
            clusters_of[accounts[row]].add(label)
        members = frozenset(account for account, wordings in different.items() if len(wordings) >= min_posts)
        size = Counter(label for _, label in ties)
        # All clusters but the largest have to be repeated by accounts that are in another one too, or a subject that many
        # people come back to would join the campaign whose accounts touch on it for cover.
        largest = max(size, key=lambda label: (size[label], -label)) if size else -1
        repeated = Counter(
            label
            for row, label in ties
            if accounts[row] in members and (label == largest or len(clusters_of[accounts[row]]) > 1)
        )
        kept = [(row, label) for row, label in ties if repeated[label] >= REPEATED * size[label]]
        if len(kept) == len(ties):
            return Group(members, [(row, label) for row, label in ties if accounts[row] in members])
        ties = kept
