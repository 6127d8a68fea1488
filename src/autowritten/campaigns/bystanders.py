"""Who is in a group without having a hand in it: accounts that are copied, and accounts that it only touches.

Whoever monitors an account can copy its posts or its hashtags, and so put it into a group with the copying ones. But then it
is the first with what they share. And who has much else to say is no part of a campaign for two posts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autowritten.campaigns.groups import Group

FIRST = 0.8
"""Share of an account's posts in the group with which it was the first, from which it counts as copied."""
FEWEST_FIRST = 2
SMALL = 0.15
"""Share of an account's posts in the group up to which it is only touched; members that mostly post other things have twice that
or more."""


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Accounts of a group that are no members.

    Attributes:
        copied: those that were first with nearly all they share with the others.
        touched: those of whose posts only a small part lies in the group.
    """

    copied: tuple[str, ...]
    touched: tuple[str, ...]

    def without(self, group: Group, accounts: Sequence[str]) -> Group:
        """Return the group without them and their posts."""
        out = {*self.copied, *self.touched}
        if not out:
            return group
        rows = [row for row in group.rows if accounts[row] not in out]
        return Group(group.members - out, rows, group.clusters)


def bystanders_of(
    group: Group,
    rows: NDArray[np.int64],
    labels: NDArray[np.int64],
    accounts: Sequence[str],
    posts_of: Counter[str],
    times: Sequence[float | None] | None,
) -> Bystanders:
    """Find them.

    Args:
        group: of `find_groups`.
        rows: places of posts that are in a cluster, shape (ties,).
        labels: their clusters, same shape.
        accounts: who posted, of all posts.
        posts_of: number of posts of each account.
        times: of all posts, seconds; None where unknown. Without times nobody is seen to be first.
    """
    own = Counter(accounts[row] for row in group.rows)
    touched = {account for account in group.members if own[account] <= SMALL * posts_of[account]}
    first: defaultdict[str, set[int]] = defaultdict(set)
    if times is not None:
        inside = set(group.rows)
        earliest: dict[int, tuple[float, int]] = {}
        kept = np.isin(labels, np.fromiter(group.clusters, np.int64, len(group.clusters)))
        for row, label in zip(rows[kept].tolist(), labels[kept].tolist(), strict=True):
            time = times[row]
            if row in inside and time is not None:
                earliest[label] = min(earliest.get(label, (time, row)), (time, row))
        for _, row in earliest.values():
            first[accounts[row]].add(row)
    copied = {
        account
        for account, firsts in first.items()
        if account in group.members and len(firsts) >= FEWEST_FIRST and len(firsts) >= FIRST * own[account]
    }
    return Bystanders(tuple(sorted(copied)), tuple(sorted(touched - copied)))
