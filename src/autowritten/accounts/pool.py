"""From posts to accounts: what the posts of one account say when they are taken together.

A post is short, and its verdict often wrong. Several posts say more, but they are not independent: somebody who writes stiffly
scores high again and again. All accounts of a file are therefore weighed together (`mixture`): how people write here is taken
from the bulk of them, and the share of machine accounts is estimated. The older test, which looks at one account alone and counts
its flagged posts (beta-binomial, corrected for the number of accounts), stays as a column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from heapq import heappush, heappushpop
from typing import TYPE_CHECKING, Any

import numpy as np

from autowritten.accounts.mixture import mixture, named, posts_needed
from autowritten.errors import UsageError
from autowritten.rates import flag_p_value, q_values, wilson_interval
from autowritten.score import Verdict
from autowritten.scored import FAST, Flagger, ScoredPost
from autowritten.text import mask, normalise

if TYPE_CHECKING:
    from autowritten.bundle import Bundle

FLAG_RHO = 0.05
"""Correlation of the flags of any two posts of a person. Measured on human accounts that training has not seen, with each
data set at its own rate (`benchmarks.accounts`: 103 accounts, 1,244 posts): 0.01 by likelihood, 0.04 by analysis of variance,
at most 0.04 with 95% confidence. Rounded up from there, for it is people who pay if it is too low."""
LOGIT_RHO = 0.15
"""Correlation of the logits of any two posts of a person, measured on the same accounts: 0.15 (0.14 to 0.22 by data set)."""
MIN_POSTS = 2
"""Fewest scored posts of an account that gets a verdict."""
FDR = 0.05
"""Share of the accounts called machine that may be people, by default."""
_TELLING = 3
_KEPT_CHARACTERS = 1000  # of a telling post: three of each account stay in memory


class AccountReason(StrEnum):
    """Why an account has its verdict."""

    MORE_THAN_CHANCE = "more_than_chance"
    """Its posts score higher than chance and one person's manner of writing explain."""
    NOT_ENOUGH_EVIDENCE = "not_enough_evidence"
    """A person's account may well score so. Not a sign that a person writes it."""
    TOO_FEW_POSTS = "too_few_posts"
    """Too few different posts that are long enough for a verdict."""


@dataclass(frozen=True, slots=True)
class TellingPost:
    """One of the posts of an account that look most machine-written.

    Attributes:
        id: the post's id, or where it stands.
        logit: before calibration.
        text: its first 1,000 characters.
    """

    id: str
    logit: float
    text: str


@dataclass(frozen=True, slots=True)
class Account:
    """What is said of an account. Never `human`: few flagged posts do not show that a person writes.

    Attributes:
        account: its name.
        verdict: `machine` or `undecided`.
        reason: why.
        probability: that the account is a machine's, given all accounts of the file; 0 where the file shows none.
        log_evidence: its posts as a machine's against as a person's, in nats (`mixture`).
        posts_needed: about how many more posts like these would name it; 0 if none, None where they speak for a person.
        posts: rows with this account.
        scored: posts that count: long enough for a verdict, each text once.
        flagged: of these, posts at or above the threshold of their language and length.
        expected: share that chance would flag: the false-positive rate in force.
        share: flagged / scored; None without scored posts.
        share_low: of the 95% Wilson interval of the account's own share (Wilson 1927). `share_high`: its other end.
        p_binomial: probability of so many flagged posts or more of a person whose posts are independent of each other.
        p_value: the same of a person whose posts are as alike as measured on people (beta-binomial).
        q_value: p-value adjusted for the number of accounts (Benjamini and Hochberg 1995); None with too few posts.
        log_likelihood_ratio: machine against human, in nats: the posts' calibrated log-odds at even odds, summed and divided
            by the design effect 1 + (scored - 1) * rho (Kish 1965).
        telling: at most three posts, the most telling first.
    """

    account: str
    verdict: Verdict
    reason: AccountReason
    probability: float | None
    log_evidence: float
    posts_needed: int | None
    posts: int
    scored: int
    flagged: int
    expected: float
    share: float | None
    share_low: float
    share_high: float
    p_binomial: float
    p_value: float
    q_value: float | None
    log_likelihood_ratio: float
    telling: tuple[TellingPost, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        telling = [asdict(post) for post in self.telling]
        return asdict(self) | {"verdict": str(self.verdict), "reason": str(self.reason), "telling": telling}


@dataclass(slots=True)
class _Tally:
    """What is kept of an account while its posts go by."""

    posts: int = 0
    scored: int = 0
    flagged: int = 0
    log_odds: float = 0.0
    scores: list[float] = field(default_factory=list)
    seen: set[int] = field(default_factory=set)
    telling: list[tuple[float, int, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AccountPool:
    """All accounts of a file.

    Attributes:
        accounts: the most telling first.
        share: estimated share of machine accounts among those with enough posts; 0 where no such share is clearly likelier.
        shift: how much higher the bulk of the accounts scores than people elsewhere, in standard deviations, at least 0.
        spread: how much wider, at least 1.
        fdr: false-discovery rate in force. `fpr`: false-positive rate at which posts were flagged.
    """

    accounts: list[Account]
    share: float
    shift: float
    spread: float
    fdr: float
    fpr: float


def score_accounts(posts: Iterable[ScoredPost], bundle: Bundle | None = None, **settings: Any) -> list[Account]:  # noqa: ANN401
    """Return the accounts of `pool_accounts`, which takes the same arguments."""
    return pool_accounts(posts, bundle, **settings).accounts


def pool_accounts(
    posts: Iterable[ScoredPost],
    bundle: Bundle | None = None,
    *,
    people: Iterable[ScoredPost] = (),
    fpr: float | None = None,
    fdr: float = FDR,
    min_posts: int = MIN_POSTS,
    flag_rho: float = FLAG_RHO,
    logit_rho: float = LOGIT_RHO,
) -> AccountPool:
    """Pool the scores of posts by account, and name those that are a machine's.

    Posts are read in one pass. What stays in memory is a little for every account, and a hash of every text.

    To say the same thing a hundred times says no more about who writes than to say it once, so each text of an account counts
    once; mentions and links make no other text of it.

    Args:
        posts: scored posts with their accounts, of `read_scored` or `from_rows`. One without a logit counts as a post but is
            not scored. Posts of the fast mode are judged by its own thresholds. Without their texts repeats can't be seen.
        bundle: the one that scored them; None for the default.
        people: scored posts of accounts known to be people's, of the same place, by which the others are measured instead of by
            the bulk of the file.
        fpr: false-positive rate at which posts are flagged; None for 5%, or the bundle's default if it has no 5%.
        fdr: false-discovery rate: the mean probability of being people among the accounts named.
        min_posts: an account with fewer scored posts gets no verdict.
        flag_rho: how much the flags of a human account's posts agree, 0 to below 1 (see `FLAG_RHO`).
        logit_rho: how much their scores do (see `LOGIT_RHO`).

    Raises:
        UsageError: a rate or a correlation outside 0 to 1.
        ThresholdError: a false-positive rate that the bundle can't support.
    """
    from autowritten.bundle import Bundle

    for name, value in (("fdr", fdr), ("flag_rho", flag_rho), ("logit_rho", logit_rho)):
        if not 0.0 <= value < 1.0:
            raise UsageError(f"{name} lies between 0 and 1, not at {value:g}")
    bundle = bundle or Bundle.from_pretrained()
    flagger = Flagger(bundle, fpr)
    tallies = _tally(posts, bundle, flagger)
    accounts = [_account(name, tally, flagger.rate, flag_rho, logit_rho) for name, tally in tallies.items()]
    tried = [place for place, one in enumerate(accounts) if one.scored >= min_posts]
    q_of = q_values([accounts[place].p_value for place in tried])
    known = [np.array(tally.scores) for tally in _tally(people, bundle, flagger).values() if tally.scored]
    scores = [np.array(tally.scores) for tally in tallies.values()]
    mixed = mixture([scores[place] for place in tried], logit_rho, known)
    called = named(mixed.posterior, fdr)
    for n, place in enumerate(tried):
        machine, one = bool(called[n]), accounts[place]
        needed = posts_needed(float(mixed.log_ratio[n]), one.scored, mixed.share, fdr)
        accounts[place] = replace(
            one,
            verdict=Verdict.MACHINE if machine else Verdict.UNDECIDED,
            reason=AccountReason.MORE_THAN_CHANCE if machine else AccountReason.NOT_ENOUGH_EVIDENCE,
            probability=float(mixed.posterior[n]),
            log_evidence=float(mixed.log_ratio[n]),
            posts_needed=0 if machine else needed if needed is None else max(needed, 1),
            q_value=float(q_of[n]),
        )
    accounts.sort(key=lambda one: (one.q_value is None, -one.log_evidence, one.p_value, -one.log_likelihood_ratio))
    return AccountPool(accounts, mixed.share, mixed.shift, mixed.spread, fdr, flagger.rate)


def _tally(posts: Iterable[ScoredPost], bundle: Bundle, flagger: Flagger) -> dict[str, _Tally]:
    """Read the posts, and keep what is needed of each account."""
    tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
    for post in posts:
        tally = tallies[str(post.account)]
        tally.posts += 1
        flagged = flagger.flag(post)
        if flagged is None or post.logit is None:
            continue
        judge = bundle.judge(post.mode == FAST)
        key = hash(mask(normalise(post.text).text))
        if post.text and key in tally.seen:
            continue
        tally.seen.add(key)
        tally.scored += 1
        tally.flagged += flagged
        tally.scores.append(judge.thresholds.rarity.normal_score(post.logit, post.language, post.tokens))
        tally.log_odds += judge.slope * post.logit + judge.intercept
        telling = (post.logit, -tally.posts, post.id, post.text[:_KEPT_CHARACTERS])
        if len(tally.telling) < _TELLING:
            heappush(tally.telling, telling)
        else:
            heappushpop(tally.telling, telling)
    return tallies


def _account(name: str, tally: _Tally, rate: float, flag_rho: float, logit_rho: float) -> Account:
    """Return an account before it is compared with others."""
    n, k = tally.scored, tally.flagged
    low, high = wilson_interval(k, n) if n else (0.0, 1.0)
    return Account(
        account=name,
        verdict=Verdict.UNDECIDED,
        reason=AccountReason.TOO_FEW_POSTS,
        probability=None,
        log_evidence=0.0,
        posts_needed=None,
        posts=tally.posts,
        scored=n,
        flagged=k,
        expected=rate,
        share=k / n if n else None,
        share_low=low,
        share_high=high,
        p_binomial=flag_p_value(k, n, rate, 0.0),
        p_value=flag_p_value(k, n, rate, flag_rho),
        q_value=None,
        log_likelihood_ratio=tally.log_odds / (1.0 + max(n - 1, 0) * logit_rho),
        telling=tuple(TellingPost(i, logit, text) for logit, _, i, text in sorted(tally.telling, reverse=True)),
    )
