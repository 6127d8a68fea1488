"""Which accounts are a machine's, decided by all accounts of a file together (empirical Bayes, Efron 2008).

Each post has a score that is standard normal over human posts like it (`HumanRarity.normal_score`). Two kinds of accounts are set
against each other:

- **a person**: scores spread around that person's own mean. People differ (some write stiffly), so the mean is drawn from a
  distribution with heavy tails, and posts of one person are correlated. Its centre and its width are taken from the bulk of
  the accounts at hand, never more favourable to a finding than what was measured on people.
- **a machine**: of its posts an unknown share is machine-written, with scores around a mean of their own; the rest is cover.

The ratio of the two likelihoods is the evidence of an account. The share of machine accounts is the one that makes the file
likeliest; unless it does so clearly better than no machine account at all, it is 0 and nobody is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

PERSON_RHO = 0.15
"""Correlation of the scores of two posts of one person, measured on human accounts (`benchmarks.accounts`: 0.14 to 0.22)."""
_TAIL = 4.0
"""Degrees of freedom of Student's t for people's means: some people write far more stiffly than most."""
_PERSON = stats.t(_TAIL).ppf((np.arange(25) + 0.5) / 25)
"""People's means in 25 equally likely steps, as standard deviations are added below."""
_MACHINE_MEANS = np.array([1.0, 1.6, 2.2, 3.0])
_MACHINE_SPREAD = 1.1
_OWN_SHARES = np.array([0.35, 0.7, 1.0])
"""Mean score of a machine's posts, their spread, and the share of its posts that are machine-written: each combination is
equally likely beforehand."""
_FEWEST = 20
"""Accounts from which the bulk is measured; with fewer, people are taken to be as they were measured elsewhere."""
_LIKELIER = 3.84
"""Twice the log-likelihood that a share of machine accounts has to gain: under 3% of files without any gain so much
(a share at the edge of its range: half of chi-squared with one degree of freedom, Self and Liang 1987)."""
_ROUNDS = 200


@dataclass(frozen=True)
class Mixture:
    """What all accounts together say.

    Attributes:
        log_ratio: evidence of each account, machine against person, in nats, shape (accounts,).
        posterior: probability that the account is a machine's, shape (accounts,).
        share: estimated share of machine accounts.
        shift: how much higher than people elsewhere the bulk of the accounts scores, at least 0.
        spread: how much wider, at least 1.
    """

    log_ratio: NDArray[np.float64]
    posterior: NDArray[np.float64]
    share: float
    shift: float
    spread: float


def mixture(
    scores: Sequence[NDArray[np.float64]], rho: float = PERSON_RHO, people: Sequence[NDArray[np.float64]] = ()
) -> Mixture:
    """Weigh accounts against each other.

    Args:
        scores: the normal scores of each account's posts, at least one each.
        rho: correlation of the scores of two posts of one person, 0 to below 1.
        people: the same of accounts known to be people's, by which the others are measured; else by their own bulk.
    """
    shift, spread = _bulk(people or scores, rho)
    ratio = np.array([_log_ratio((own - shift) / spread, rho) for own in scores])
    share = _share(ratio)
    posterior = np.zeros(len(ratio)) if share == 0.0 else special.expit(ratio + special.logit(share))
    return Mixture(ratio, posterior, share, shift, spread)


def named(posterior: NDArray[np.float64], fdr: float) -> NDArray[np.bool_]:
    """Return which accounts are named: the most likely ones, as many as keep their mean probability of being people at `fdr`."""
    order = np.argsort(-posterior, kind="stable")
    mean = np.cumsum(1.0 - posterior[order]) / np.arange(1, len(posterior) + 1)
    found = np.zeros(len(posterior), dtype=np.bool_)
    # The local rate of the last one counts too: an account likelier a person's is not named on the strength of the others.
    found[order] = (mean <= fdr) & (posterior[order] > 0.5)
    return found


def posts_needed(log_ratio: float, posts: int, share: float, fdr: float) -> int | None:
    """Return about how many more posts like those seen would name an account; None where they speak for a person."""
    if log_ratio <= 0.0 or posts == 0:
        return None
    wanted = special.logit(1.0 - fdr) - special.logit(min(max(share, 0.01), 0.5))
    return max(int(np.ceil(posts * wanted / log_ratio)) - posts, 0)


def _bulk(scores: Sequence[NDArray[np.float64]], rho: float) -> tuple[float, float]:
    """Return how far up and how much wider than people elsewhere the bulk of the accounts lies.

    By the quartiles of accounts' standardised means; machine accounts sit in the upper tail, so the upper quartile is left out.
    """
    if len(scores) < _FEWEST:
        return 0.0, 1.0
    means = np.array([own.mean() for own in scores])
    size = np.array([len(own) for own in scores])
    width = np.sqrt(rho + (1.0 - rho) / size)
    low, middle = np.quantile(means / width, [0.25, 0.5])
    shift = max(0.0, float(np.median(means)))
    spread = (middle - low) / -special.ndtri(0.25)
    return shift, float(np.clip(spread, 1.0, 2.0))


def _log_ratio(scores: NDArray[np.float64], rho: float) -> float:
    """Return the log-likelihood of an account's scores as a machine's less that as a person's."""
    person = np.sqrt(rho * (_TAIL - 2.0) / _TAIL) * _PERSON
    own = _log_normal(scores[None, :], person[:, None], np.sqrt(1.0 - rho))
    human = special.logsumexp(own.sum(1)) - np.log(len(person))
    machine = _log_normal(scores[None, :], _MACHINE_MEANS[:, None], _MACHINE_SPREAD)
    # Cover is written by somebody: persons x machine means x own shares x posts.
    q = _OWN_SHARES[None, None, :, None]
    with np.errstate(divide="ignore"):
        cover = own[:, None, None, :] + np.log1p(-q)
    both = np.logaddexp(cover, machine[None, :, None, :] + np.log(q)).sum(-1)
    return float(special.logsumexp(both) - np.log(both.size) - human)


def _log_normal(value: NDArray[np.float64], mean: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    found: NDArray[np.float64] = -0.5 * ((value - mean) / width) ** 2 - np.log(width)
    return found


def _share(ratio: NDArray[np.float64]) -> float:
    """Return the share of machine accounts of greatest likelihood (expectation maximisation), 0 unless it is clearly likelier."""
    if not len(ratio):
        return 0.0
    share = 0.05
    for _ in range(_ROUNDS):
        after = float(special.expit(ratio + special.logit(share)).mean())
        if abs(after - share) < 1e-6 or after < 1e-6:
            break
        share = after
    share = min(max(share, 1e-9), 1.0 - 1e-9)
    gain = np.logaddexp(np.log1p(-share), np.log(share) + ratio).sum()
    return share if 2.0 * gain > _LIKELIER else 0.0
