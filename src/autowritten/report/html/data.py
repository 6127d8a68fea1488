"""What the report says of all posts together: counts, mistakes to expect, accounts, campaigns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from autowritten.accounts.pool import AccountPool, pool_accounts
from autowritten.bundle import Bundle
from autowritten.score import Verdict
from autowritten.scored import FAST, Flagger, ScoredPost

if TYPE_CHECKING:
    from autowritten.campaigns import Campaign

VERDICTS = (Verdict.MACHINE, Verdict.UNDECIDED, Verdict.HUMAN)
"""In the order in which they are shown, everywhere."""
BINS = 20
"""Of the distribution of probabilities."""
_MOST_BARS = 62
_MOST_LANGUAGES = 12
_DAY = 86_400.0
_UNITS = (("hour", 3_600.0), ("day", _DAY), ("week", 7 * _DAY), ("month", 30 * _DAY), ("year", 365 * _DAY))


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the posts, by verdict.

    Attributes:
        name: a language, the start of a day, a bin of probabilities …
        counts: posts of each verdict.
        judged: posts that could be called machine.
    """

    name: str
    counts: Counter[Verdict] = field(default_factory=Counter)
    judged: int = 0

    @property
    def posts(self) -> int:
        """Return how many there are."""
        return self.counts.total()

    def expected(self, rate: float) -> float:
        """Return how many would be called machine by mistake, on average, if people wrote all of them."""
        return rate * self.judged


@dataclass(frozen=True, slots=True)
class FoundCampaign:
    """A campaign with what is shown of it.

    Attributes:
        campaign: as it was found.
        places: of its posts in the report.
        examples: texts of a few posts.
    """

    campaign: Campaign
    places: tuple[int, ...]
    examples: list[str]


@dataclass(frozen=True)
class Report:
    """All that a report says.

    Attributes:
        posts: the most machine-like first.
        bundle: its thresholds, its card.
        rate: the false-positive rate of the verdicts. `unexplained`: verdicts that do not follow from it.
        sources: names of the files.
        left_out: rows that could not be read.
        accounts: None where no post has an account.
        campaigns: None where they were not looked for.
        evidence: place of a post to its words (see `evidence`).
    """

    posts: list[ScoredPost]
    bundle: Bundle
    rate: float
    unexplained: int
    sources: list[str]
    left_out: int
    accounts: AccountPool | None = None
    campaigns: list[FoundCampaign] | None = None
    evidence: dict[int, list[list[object]]] = field(default_factory=dict)

    @property
    def campaign_of(self) -> dict[int, int]:
        """Return the number of the campaign, from 1, of each post that is in one, by its place in `posts`."""
        numbered = enumerate(self.campaigns or [], 1)
        return {place: number for number, found in numbered for place in found.places}

    @property
    def models(self) -> list[str]:
        """Return what scored the posts, the most frequent first."""
        return [name for name, _ in Counter(post.model for post in self.posts).most_common()]


def total(posts: Sequence[ScoredPost]) -> Group:
    """Return all posts as one group."""
    return _group("", posts)


def by_language(posts: Sequence[ScoredPost]) -> list[Group]:
    """Return the posts by language, the most frequent first; those after the twelfth as one, named `other`."""
    languages: dict[str, list[ScoredPost]] = {}
    for post in posts:
        languages.setdefault(post.language, []).append(post)
    ordered = sorted(languages, key=lambda name: (-len(languages[name]), name))
    if len(ordered) > _MOST_LANGUAGES:
        rest = [post for name in ordered[_MOST_LANGUAGES - 1 :] for post in languages[name]]
        ordered, languages = [*ordered[: _MOST_LANGUAGES - 1], "other"], languages | {"other": rest}
    return [_group(name, languages[name]) for name in ordered]


def distribution(posts: Sequence[ScoredPost]) -> list[Group]:
    """Return the scored posts by calibrated probability, in `BINS` equal bins named by their edges in percent."""
    groups = [Group(f"{100 * place // BINS}–{100 * (place + 1) // BINS}") for place in range(BINS)]
    for post in posts:
        if post.probability is not None:
            group = groups[min(BINS - 1, int(post.probability * BINS))]
            group.counts[post.verdict] += 1
    return groups


def threshold_range(posts: Sequence[ScoredPost], bundle: Bundle, rate: float) -> tuple[float, float] | None:
    """Return the lowest and the highest probability from which a post is called machine, by its language and length.

    None where no post could be judged.
    """
    flagger = Flagger(bundle, rate)
    thresholds = {(post.mode, flagger.threshold(post)) for post in posts if post.judged}
    found = [float(bundle.judge(mode == FAST).probabilities(np.array([logit]))[0]) for mode, logit in thresholds]
    return (min(found), max(found)) if found else None


def over_time(posts: Sequence[ScoredPost]) -> tuple[str, list[Group]]:
    """Return the posts over time, UTC, in the shortest unit that makes no more than `_MOST_BARS` bars; none left out between.

    Returns:
        The unit (`hour`, `day`, `week`, `month`, `year`), and the groups in order, empty without times. A group is named by
        its start, ISO 8601.
    """
    times = [post.time for post in posts if post.time is not None]
    if not times:
        return "day", []
    first, last = min(times), max(times)
    unit = next((name for name, seconds in _UNITS if (last - first) / seconds < _MOST_BARS - 1), "year")
    groups: dict[datetime, Group] = {}
    start, end = _floor(first, unit), _floor(last, unit)
    while start <= end:
        groups[start] = Group(start.strftime("%Y-%m-%d %H:%M" if unit == "hour" else "%Y-%m-%d"))
        start = _next(start, unit)
    for post in posts:
        if post.time is not None:
            groups[_floor(post.time, unit)].counts[post.verdict] += 1
    return unit, list(groups.values())


def pooled_accounts(posts: Sequence[ScoredPost], bundle: Bundle) -> AccountPool | None:
    """Pool the posts by account (see `pool_accounts`); None where no post has one."""
    owned = [post for post in posts if post.account is not None]
    return pool_accounts(owned, bundle) if owned else None


def campaigns(posts: Sequence[ScoredPost], bundle: Bundle) -> list[FoundCampaign]:
    """Find campaigns among the posts with an account, flagged at the rate that `accounts` flags at."""
    from autowritten.campaigns import find_campaigns

    places = [place for place, post in enumerate(posts) if post.account is not None]
    found = find_campaigns([posts[place] for place in places], bundle)
    return [
        FoundCampaign(
            campaign,
            tuple(places[row] for row in campaign.rows),
            [posts[places[row]].text for row in campaign.examples],
        )
        for campaign in found
    ]


def _group(name: str, posts: Sequence[ScoredPost]) -> Group:
    return Group(name, Counter(post.verdict for post in posts), sum(post.judged for post in posts))


def _floor(time: float, unit: str) -> datetime:
    """Return the start of the unit that a time lies in."""
    hour = datetime.fromtimestamp(time, UTC).replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    starts = {
        "hour": hour, "day": day, "week": day - timedelta(days=day.weekday()), "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
    }  # fmt: skip
    return starts[unit]


def _next(start: datetime, unit: str) -> datetime:
    days = {"hour": 1 / 24, "day": 1, "week": 7, "month": 32, "year": 367}[unit]
    return _floor((start + timedelta(days=days)).timestamp(), unit)
