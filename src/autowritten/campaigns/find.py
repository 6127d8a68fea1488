"""Campaigns: groups of accounts that write alike, again and again."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from autowritten.campaigns.bystanders import bystanders_of
from autowritten.campaigns.clusters import near_duplicates
from autowritten.campaigns.fingerprint import is_repost
from autowritten.campaigns.groups import Group, find_groups
from autowritten.campaigns.marks import moments
from autowritten.campaigns.template import template
from autowritten.campaigns.topics import floods
from autowritten.scored import FLAG_RATE, ScoredPost

if TYPE_CHECKING:
    from autowritten.bundle import Bundle

_EXAMPLES = 3
_SHOWN = 5  # links and hashtags of a campaign that shares no wording


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


@dataclass(frozen=True, slots=True, repr=False)
class Campaign:
    """Accounts that write alike.

    Attributes:
        accounts: their names, the most active first.
        rows: places of their posts in the table, in its order.
        clusters: how many different texts they share (each with its variants).
        moments: how often several of them posted the same link or hashtag within a minute.
        variants: distinct wordings among the posts, of 1: near 0 for copies, 1 where no two posts are the same.
        start: time of the first post, seconds since 1970; None without times. `end`: of the last.
        scored: of how many posts it could be told whether they are flagged.
        machine: how many of these are flagged as machine-written.
        coordination: mean share of the accounts' posts that lie in the campaign.
        score: 0 to 1, coordination and machine-writing joined; see `_score`.
        template: what the posts share, with slots.
        examples: places of telling posts.
        copied: accounts that were first with nearly all they share with the others: a source that is copied, not a member.
        touched: accounts of whose posts only a small part lies in it: hit by it, not members.
        why: in words.
    """

    accounts: tuple[str, ...]
    rows: tuple[int, ...]
    clusters: int
    moments: int
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
    copied: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return what it is in words."""
        return (
            f"Campaign({len(self.accounts):,} accounts, {len(self.rows):,} posts, score={self.score:.2f}: {self.why!r})"
        )


def find_campaigns(
    posts: Sequence[ScoredPost],
    bundle: Bundle | None = None,
    *,
    fpr: float | None = None,
    settings: Settings | None = None,
) -> list[Campaign]:
    """Find campaigns among posts, scored or not; see `find_in_columns`.

    Args:
        posts: of `read_scored` or `from_rows`, each with an account.
        bundle: the one that scored them; None for the default.
        fpr: false-positive rate at which posts are flagged; None for 5%, or the bundle's default if it has no 5%.
        settings: what counts as a campaign.

    Raises:
        ThresholdError: a false-positive rate that the bundle can't support.
    """
    from autowritten.bundle import Bundle
    from autowritten.scored import Flagger

    flagger = Flagger(bundle or Bundle.from_pretrained(), fpr)
    return find_in_columns(
        [post.account or "" for post in posts],
        [post.text for post in posts],
        times=[post.time for post in posts],
        machine=[flagger.flag(post) for post in posts],
        fpr=flagger.rate,
        settings=settings,
    )


def find_in_columns(
    accounts: Sequence[str],
    texts: Sequence[str],
    *,
    times: Sequence[float | None] | None = None,
    machine: Sequence[bool | None] | None = None,
    fpr: float = FLAG_RATE,
    settings: Settings | None = None,
) -> list[Campaign]:
    """Find campaigns among posts.

    Clusters of posts are of three kinds: near-duplicates (exact, spun, from a template); posts about one thing, far more
    of them flagged than elsewhere (`topics`); the same link or hashtag within a minute (`marks`). Clusters that the
    same accounts take part in, more of them than chance would have, make a group (Louvain communities). Accounts with
    enough different posts in a group are its members. Reposts and quoted headlines do not count as near-duplicates: to
    share is not to write alike.

    Args:
        accounts: who posted, a post each; a list, or a column of a pandas or pyarrow table, as all that follow.
        texts: the posts.
        times: seconds since 1970; None where unknown.
        machine: whether the post is flagged as machine-written (`scored.Flagger`); None where that could not be told.
        fpr: the false-positive rate at which posts are flagged.
        settings: what counts as a campaign.

    Returns:
        Campaigns, the highest score first.
    """
    settings = settings or Settings()
    accounts, texts = _values(accounts), _values(texts)
    times, machine = (None if column is None else _values(column) for column in (times, machine))
    labels, wording = near_duplicates(texts)
    reposts = np.array([is_repost(text) for text in texts], dtype=bool)
    labels[reposts] = -1
    if times is not None and settings.window is not None:
        labels = _split(labels, times, settings.window)
    labels = _shared(labels, accounts)
    clusters = _Clusters(np.flatnonzero(labels >= 0), labels[labels >= 0])
    if machine is not None:
        said = _once(labels, reposts, machine)
        flood, about = floods(accounts, texts, said, fpr=fpr, min_accounts=settings.min_accounts)
        inside = np.flatnonzero(flood >= 0)
        clusters.floods = clusters.add(inside, flood[inside], about)
    if times is not None:
        clusters.moments = clusters.add(*moments(accounts, texts, times))
    posts_of = Counter(accounts)
    found = []
    for group in find_groups(clusters.rows, clusters.labels, accounts, wording, settings.min_posts):
        bystanders = bystanders_of(group, clusters.rows, clusters.labels, accounts, posts_of, times)
        own = bystanders.without(group, accounts)
        if len(own.members) >= settings.min_accounts:
            one = _campaign(own, clusters, wording, posts_of, accounts, texts, times, machine, fpr)
            found.append(replace(one, copied=bystanders.copied, touched=bystanders.touched))
    return sorted(found, key=lambda campaign: (-campaign.score, -len(campaign.accounts), campaign.rows))


@dataclass
class _Clusters:
    """Clusters of posts, of all kinds; a post may be in several.

    Attributes:
        rows: places of posts, shape (ties,). `labels`: their clusters, same shape.
        floods: labels of those that are floods. `moments`: of those that are moments. All others are near-duplicates.
        words: what floods are about, and the links and hashtags of moments.
    """

    rows: NDArray[np.int64]
    labels: NDArray[np.int64]
    floods: range = range(0)
    moments: range = range(0)
    words: dict[int, str] = field(default_factory=dict)

    def add(self, rows: NDArray[np.int64], labels: NDArray[np.int64], words: Sequence[str]) -> range:
        """Add clusters numbered from 0 on, each with its words; return their labels."""
        first = max(int(self.labels.max(initial=-1)), max(self.words, default=-1)) + 1
        self.rows, self.labels = np.append(self.rows, rows), np.append(self.labels, first + labels)
        self.words |= {first + number: told for number, told in enumerate(words)}
        return range(first, first + len(words))

    def within(self, label: int, group: Group) -> list[int]:
        """Return the rows of a cluster that are in the group."""
        return sorted(set(self.rows[self.labels == label].tolist()) & set(group.rows))


def _values(column: Any) -> list[Any]:  # noqa: ANN401 - what holds a column
    """Return the values of a column as Python's own; NaN, which is no value and not equal to itself, as None."""
    values = column.to_pylist() if hasattr(column, "to_pylist") else column
    return [None if value is None or value != value else value for value in values]


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


def _once(labels: NDArray[np.int64], reposts: NDArray[np.bool_], machine: Sequence[bool | None]) -> list[bool | None]:
    """Return the flags that say something of their own: not of reposts, and of near-duplicates only the first's."""
    own = np.ones(len(labels), dtype=bool)
    own[labels >= 0] = False
    own[np.unique(labels, return_index=True)[1]] = True
    return [said if alone else None for said, alone in zip(machine, (own & ~reposts).tolist(), strict=True)]


def _campaign(
    group: Group, clusters: _Clusters, wording: NDArray[np.int64], posts_of: Counter[str], accounts: Sequence[str],
    texts: Sequence[str], times: Sequence[float | None] | None, machine: Sequence[bool | None] | None, fpr: float,
) -> Campaign:  # fmt: skip
    rows, members = group.rows, group.members
    by_account = Counter(accounts[row] for row in rows)
    ordered = tuple(sorted(members, key=lambda account: (-by_account[account], account)))
    coordination = sum(by_account[account] / posts_of[account] for account in members) / len(members)
    when = [time for row in rows if times is not None and (time := times[row]) is not None]
    told = [said for row in rows if machine is not None and (said := machine[row]) is not None]
    flagged = sum(told)
    together = [clusters.words[label] for label in group.clusters if label in clusters.moments]
    alike = {label: size for label, size in group.clusters.items() if label not in clusters.moments}
    biggest = rows
    if alike:
        main = max(alike, key=lambda label: (alike[label], -label))
        biggest = clusters.within(main, group)
        shared = clusters.words.get(main) or template([texts[row] for row in biggest])
    else:
        shared = " · ".join(name for name, _ in Counter(together).most_common(_SHOWN))
    variants = len({int(wording[row]) for row in rows}) / len(rows)
    flood = any(label in clusters.floods for label in alike)
    return Campaign(
        ordered, tuple(rows), len(alike), len(together), variants, min(when, default=None), max(when, default=None),
        len(told), flagged, coordination, _score(coordination, flagged, len(told), fpr), shared,
        _examples(biggest, wording),
        _why(len(members), len(rows), len(alike), flood, len(together), variants, coordination, flagged, len(told), fpr),
    )  # fmt: skip


def _examples(rows: Sequence[int], wording: NDArray[np.int64]) -> tuple[int, ...]:
    """Return places of a few posts, each worded otherwise."""
    return tuple({int(wording[row]): row for row in reversed(rows)}.values())[::-1][:_EXAMPLES]


def _score(coordination: float, flagged: int, scored: int, fpr: float) -> float:
    """Join both kinds of evidence: 1 - (1 - coordination)(1 - excess), the excess of machine posts over chance."""
    excess = max(0.0, (flagged / scored - fpr) / (1.0 - fpr)) if scored else 0.0
    return 1.0 - (1.0 - coordination) * (1.0 - excess)


def _why(
    members: int, posts: int, clusters: int, flood: bool, moments: int, variants: float, coordination: float,
    flagged: int, scored: int, fpr: float,
) -> str:  # fmt: skip
    kind = "in ever new words" if variants > 0.9 else "word for word" if variants < 0.1 else "partly word for word"
    did = []
    if clusters:
        what = "about one thing" if flood else f"{clusters:,} texts" if clusters > 1 else "one text"
        did.append(f"posted {what} {kind}")
    if moments:
        did.append(f"posted the same links or hashtags within a minute of each other, {moments:,} times")
    words = f"{members:,} accounts {' and '.join(did)}: {posts:,} posts, {100 * coordination:.0f}% of what they post"
    if scored:
        words += (
            f"; {100 * flagged / scored:.0f}% of it is flagged as machine-written, where people have {100 * fpr:g}%"
        )
    return words + "."
