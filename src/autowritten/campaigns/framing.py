"""Accounts that others drew into a campaign: those that are copied, and those that it only touches.

Whoever watches an account can copy its posts, or post its links and hashtags at the same minute. Two things tell such an
account from those who do it: it was first, and what it has in common with them is a small part of what it posts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from autowritten.campaigns.groups import Group

FIRST = 0.5
"""An account that posted more than this share of its posts of a group before anybody else is their source."""
SMALL = 1 / 3
"""Least share of an account's posts that lie in the group, as a part of the median of the others."""


def firsts(
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    accounts: Sequence[str],
    wording: NDArray[np.int64],
    times: Sequence[float | None] | None,
    floods: Collection[int],
) -> set[int]:
    """Return the rows of those who were first: in all clusters that the post is in, or of its wording.

    In a flood of posts about one thing nobody is first. Where several accounts posted first at the same time, or times are
    unknown, nobody is either.

    Args:
        rows: places of posts that are in a cluster, shape (ties,).
        labels: their clusters, same shape.
        accounts: who posted, of all posts.
        wording: a number for the wording, of all posts.
        times: of all posts.
        floods: clusters without a first.
    """
    if times is None:
        return set()
    ties = [(row, label) for row, label in zip(rows.tolist(), labels.tolist(), strict=True) if label not in floods]
    clusters = _first([label for _, label in ties], [row for row, _ in ties], accounts, times)
    copied = list(dict.fromkeys(row for row, _ in ties))
    words = _first([int(wording[row]) for row in copied], copied, accounts, times)
    in_all = {row for row, _ in ties} - {row for row, label in ties if clusters.get(label) != row}
    return in_all | set(words.values())


def _first(
    keys: Sequence[int], rows: Sequence[int], accounts: Sequence[str], times: Sequence[float | None]
) -> dict[int, int]:
    """Return the row that came first of each key, if others came after it and at no time that is unknown."""
    together: dict[int, list[int]] = defaultdict(list)
    for key, row in zip(keys, rows, strict=True):
        together[key].append(row)
    found = {}
    for key, own in together.items():
        timed = [(time, row) for row in own if (time := times[row]) is not None]
        if len(timed) < len(own) or len({accounts[row] for row in own}) < 2:
            continue
        first, row = min(timed)
        if all(accounts[other] == accounts[row] for time, other in timed if time == first):
            found[key] = row
    return found


def part(group: Group, accounts: Sequence[str], posts_of: Counter[str], first: set[int]) -> tuple[Group, Group, Group]:
    """Part a group into its members, the accounts that they copied, and those that it only touches.

    Args:
        group: accounts and their posts.
        accounts: who posted, of all posts.
        posts_of: how many posts an account has.
        first: see `firsts`.
    """
    rows = group.rows
    own = Counter(accounts[row] for row in rows)
    before = Counter(accounts[row] for row in rows if row in first)
    copied = frozenset(account for account in group.members if before[account] > FIRST * own[account])
    share = {account: own[account] / posts_of[account] for account in group.members - copied}
    usual = median(share.values()) if share else 0.0
    touched = frozenset(account for account in share if share[account] < SMALL * usual)

    def of(names: frozenset[str]) -> Group:
        return Group(names, [tie for tie in group.ties if accounts[tie[0]] in names])

    return of(group.members - copied - touched), of(copied), of(touched)
