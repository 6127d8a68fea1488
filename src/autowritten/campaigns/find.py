"""Campaigns: groups of accounts that write alike, again and again."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autowritten.campaigns.clusters import near_duplicates
from autowritten.campaigns.fingerprint import is_repost
from autowritten.campaigns.template import template
from autowritten.campaigns.topics import floods

_EXAMPLES = 3
_CHANCE = 0.01
"""Probability that chance links any two groups of a world in which nobody coordinates (Bonferroni over all pairs)."""
_REPEATED = 0.5
"""Least share of the posts in a group that its members wrote. Where most who say a thing say it once, it is a stock phrase."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What counts as a campaign.

    Attributes:
        min_accounts: fewest accounts.
        min_posts: fewest different posts of an account in it: to say once what others say happens to everybody.
        window: longest pause between its posts, seconds; a text that comes up again later starts anew. None for any.
    """

    min_accounts: int = 5
    min_posts: int = 2
    window: float | None = 14 * 86_400.0


@dataclass(frozen=True, slots=True)
class Campaign:
    """Accounts that write alike.

    Attributes:
        accounts: their names, the most active first.
        rows: places of their posts in the table, in its order.
        clusters: how many different texts they share (each with its variants).
        variants: distinct wordings among the posts, of 1: near 0 for copies, 1 where no two posts are the same.
        start: time of the first post, seconds since 1970; None without times. `end`: of the last.
        scored: how many of the posts have a verdict or could have one.
        machine: how many of these are called machine.
        coordination: mean share of the accounts' posts that lie in the campaign.
        score: 0 to 1, coordination and machine-writing joined; see `_score`.
        template: what the posts share, with slots.
        examples: places of telling posts.
        why: in words.
    """

    accounts: tuple[str, ...]
    rows: tuple[int, ...]
    clusters: int
    variants: float
    start: float | None
    end: float | None
    scored: int
    machine: int
    coordination: float
    score: float
    template: str
    examples: tuple[int, ...]
    why: str


def find_campaigns(
    accounts: Sequence[str],
    texts: Sequence[str],
    *,
    times: Sequence[float | None] | None = None,
    machine: Sequence[bool | None] | None = None,
    fpr: float = 0.01,
    settings: Settings | None = None,
) -> list[Campaign]:
    """Find campaigns among posts.

    Near-duplicates (exact, spun, from a template) make clusters. Clusters that the same accounts take part in, more of
    them than chance would have, make a group (Louvain communities). Accounts with enough different posts in a group are
    its members. Reposts and quoted headlines do not count: to share is not to write alike.

    Args:
        accounts: who posted, a post each.
        texts: the posts.
        times: seconds since 1970; None where unknown.
        machine: whether the detector called the post machine; None where it could not say.
        fpr: the false-positive rate in force, for the share expected by chance.
        settings: what counts as a campaign.

    Returns:
        Campaigns, the highest score first.
    """
    settings = settings or Settings()
    labels, wording = near_duplicates(texts)
    labels[[is_repost(text) for text in texts]] = -1
    if times is not None and settings.window is not None:
        labels = _split(labels, times, settings.window)
    labels = _shared(labels, accounts)
    words: dict[int, str] = {}
    if machine is not None:
        labels, words = _with_floods(labels, accounts, texts, machine, fpr, settings)
    posts_of = Counter(accounts)
    groups = _groups(labels, accounts)
    found = []
    for rows in _rows_by_group(labels, groups):
        members = _members(rows, accounts, wording, settings.min_posts)
        own = [row for row in rows if accounts[row] in members]
        if len(members) >= settings.min_accounts and len(own) >= _REPEATED * len(rows):
            found.append(
                _campaign(own, members, labels, wording, posts_of, accounts, texts, times, machine, fpr, words)
            )
    return sorted(found, key=lambda campaign: (-campaign.score, -len(campaign.accounts), campaign.rows))


def _split(labels: NDArray[np.int64], times: Sequence[float | None], window: float) -> NDArray[np.int64]:
    """Part clusters where nobody posted for longer than the window; posts without a time stay together."""
    when = np.array([math.nan if time is None else time for time in times], dtype=float)
    order = np.lexsort((when, labels))
    gap = np.diff(when[order], prepend=math.nan) > window
    fresh = (np.diff(labels[order], prepend=-2) != 0) | gap
    out = np.empty_like(labels)
    out[order] = np.cumsum(fresh) - 1
    out[labels < 0] = -1
    return out


def _shared(labels: NDArray[np.int64], accounts: Sequence[str]) -> NDArray[np.int64]:
    """Drop clusters of a single account."""
    first: dict[int, str] = {}
    several: set[int] = set()
    for label, account in zip(labels.tolist(), accounts, strict=True):
        if label >= 0 and first.setdefault(label, account) != account:
            several.add(label)
    kept = np.isin(labels, np.fromiter(several, np.int64, len(several)))
    return np.where(kept, labels, -1)


def _with_floods(
    labels: NDArray[np.int64], accounts: Sequence[str], texts: Sequence[str], machine: Sequence[bool | None], fpr: float,
    settings: Settings,
) -> tuple[NDArray[np.int64], dict[int, str]]:  # fmt: skip
    """Make a cluster of each flood among the posts that are in none, and tell what it is about."""
    said = [
        None if label >= 0 or is_repost(text) else call
        for label, text, call in zip(labels.tolist(), texts, machine, strict=True)
    ]
    found, about = floods(accounts, texts, said, fpr=fpr, min_accounts=settings.min_accounts)
    first = int(labels.max(initial=-1)) + 1
    return np.where(found >= 0, first + found, labels), {first + flood: words for flood, words in enumerate(about)}


def _groups(labels: NDArray[np.int64], accounts: Sequence[str]) -> dict[int, int]:
    """Return the group of each cluster: communities of clusters that share more accounts than chance would have."""
    import networkx as nx

    taking_part: dict[str, set[int]] = defaultdict(set)
    for row in np.flatnonzero(labels >= 0).tolist():
        taking_part[accounts[row]].add(int(labels[row]))
    size = Counter(label for clusters in taking_part.values() for label in clusters)
    together: Counter[tuple[int, int]] = Counter()
    for clusters in taking_part.values():
        ordered = sorted(clusters, key=lambda label: size[label])[:_MOST_CLUSTERS]
        together.update((min(a, b), max(a, b)) for i, a in enumerate(ordered) for b in ordered[:i])
    everybody = len(set(accounts))
    rare = _CHANCE / max(1, len(size) * (len(size) - 1) // 2)
    graph = nx.Graph()
    graph.add_nodes_from(size)
    for (a, b), common in together.items():
        expected = size[a] * size[b] / everybody
        if common >= 2 and _poisson_tail(common, expected) < rare:
            graph.add_edge(a, b, weight=common * math.log(common / expected))
    communities = nx.community.louvain_communities(graph, weight="weight", seed=0)
    return {label: number for number, community in enumerate(communities) for label in community}


_MOST_CLUSTERS = 30
"""Clusters of an account that are paired with each other, the smallest first: pairs grow with the square."""


def _poisson_tail(count: int, mean: float) -> float:
    """Return the probability of at least `count` where `mean` is expected (Chernoff's bound)."""
    if count <= mean:
        return 1.0
    return math.exp(count - mean - count * math.log(count / mean))


def _rows_by_group(labels: NDArray[np.int64], groups: dict[int, int]) -> Iterable[list[int]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(labels >= 0):
        rows[groups[int(labels[row])]].append(int(row))
    return rows.values()


def _members(
    rows: Sequence[int], accounts: Sequence[str], wording: NDArray[np.int64], min_posts: int
) -> dict[str, int]:
    """Return the accounts with enough different posts among some rows, and how many."""
    different: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        different[accounts[row]].add(int(wording[row]))
    return {account: len(wordings) for account, wordings in different.items() if len(wordings) >= min_posts}


def _campaign(
    rows: list[int], members: dict[str, int], labels: NDArray[np.int64], wording: NDArray[np.int64],
    posts_of: Counter[str], accounts: Sequence[str], texts: Sequence[str], times: Sequence[float | None] | None,
    machine: Sequence[bool | None] | None, fpr: float, words: dict[int, str],
) -> Campaign:  # fmt: skip
    by_account = Counter(accounts[row] for row in rows)
    ordered = tuple(sorted(members, key=lambda account: (-by_account[account], account)))
    coordination = sum(by_account[account] / posts_of[account] for account in members) / len(members)
    when = [time for row in rows if times is not None and (time := times[row]) is not None]
    told = [said for row in rows if machine is not None and (said := machine[row]) is not None]
    flagged = sum(told)
    clusters = Counter(int(labels[row]) for row in rows)
    main = clusters.most_common(1)[0][0]
    biggest = [row for row in rows if labels[row] == main]
    shared = words.get(main) or template([texts[row] for row in biggest])
    variants = len({int(wording[row]) for row in rows}) / len(rows)
    score = _score(coordination, flagged, len(told), fpr)
    return Campaign(
        ordered, tuple(rows), len(clusters), variants, min(when, default=None), max(when, default=None), len(told),
        flagged, coordination, score, shared, _examples(biggest, wording),
        _why(len(members), len(rows), len(clusters), variants, coordination, flagged, len(told), fpr),
    )  # fmt: skip


def _examples(rows: Sequence[int], wording: NDArray[np.int64]) -> tuple[int, ...]:
    """Return places of a few posts, each worded otherwise."""
    return tuple({int(wording[row]): row for row in reversed(rows)}.values())[::-1][:_EXAMPLES]


def _score(coordination: float, flagged: int, scored: int, fpr: float) -> float:
    """Join both kinds of evidence: 1 - (1 - coordination)(1 - excess), the excess of machine posts over chance."""
    excess = max(0.0, (flagged / scored - fpr) / (1.0 - fpr)) if scored else 0.0
    return 1.0 - (1.0 - coordination) * (1.0 - excess)


def _why(
    members: int, posts: int, clusters: int, variants: float, coordination: float, flagged: int, scored: int, fpr: float
) -> str:
    kind = "in ever new words" if variants > 0.9 else "word for word" if variants < 0.1 else "partly word for word"
    texts = f"{clusters:,} texts" if clusters > 1 else "one text"
    words = f"{members:,} accounts posted {texts} {kind}, {posts:,} times: {100 * coordination:.0f}% of what they post"
    if scored:
        words += f"; {100 * flagged / scored:.0f}% of it is called machine, where people have {100 * fpr:g}%"
    return words + "."
