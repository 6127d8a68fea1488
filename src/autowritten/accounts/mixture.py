"""Which accounts are a machine's, decided by all accounts of a file together (empirical Bayes, Efron 2008).

Each post has a score that is standard normal over human posts like it (`HumanRarity.normal_score`). Two kinds of accounts are set
against each other:

- **a person**: scores spread around that person's own mean. People differ (some write stiffly), so the mean is drawn from a
  distribution with heavy tails, and posts of one person are correlated. Its centre and its width are taken from the bulk of
  the accounts at hand, never more favourable to a finding than what was measured on people.
- **a machine**: of its posts an unknown share is machine-written, with scores around a mean of their own; the rest is cover.

The ratio of the two likelihoods is the evidence of an account. How many accounts are machines', how far up they score and how
much cover they write is what makes the file likeliest (expectation maximisation over a grid of kinds, Kiefer and Wolfowitz 1956):
one tool behind many accounts is thus learnt from all of them. Unless machines make the file clearly likelier than people alone,
their share is 0 and nobody is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

PERSON_RHO = 0.15
"""Correlation of the scores of two posts of one person, measured on human accounts (`benchmarks.accounts`: 0.14 to 0.22)."""
_TAIL = 8.0
"""Degrees of freedom of Student's t for people's means: some people write far more stiffly than most."""
_PERSON = stats.t(_TAIL).ppf((np.arange(25) + 0.5) / 25)
"""People's means in 25 equally likely steps, as standard deviations are added below."""
_MACHINE_MEANS = np.array([1.2, 1.7, 2.3, 3.0, 4.0])
_MACHINE_SPREAD = 0.9
_OWN_SHARES = np.array([0.35, 0.7, 1.0])
"""Mean score of a machine's posts, their spread, and what share of its posts it wrote itself; each combination is a kind."""
_ODD = 0.02
"""Share of a person's posts that score like a machine's."""
_BELIEF = 2.0
"""Machine accounts that are taken to have been seen before, evenly of all kinds: so that a few accounts don't decide alone."""
_FEWEST = 20
"""Accounts from which the bulk is measured; with fewer, people are taken to be as they were measured elsewhere."""
_LIKELIER = 6.6
"""Twice the log-likelihood that machines have to gain over people alone (likelihood-ratio test; the quantile was found by
simulation of files of people, `tests/accounts/test_mixture.py`)."""
_ROUNDS = 300


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
    if not scores:
        return Mixture(np.zeros(0), np.zeros(0), 0.0, 0.0, 1.0)
    shift, spread = _bulk(people or scores, rho)
    kinds = np.stack([_log_ratios((own - shift) / spread, rho) for own in scores])
    weights, share = _fit(kinds)
    ratio = special.logsumexp(kinds + np.log(weights), axis=1)
    posterior = special.expit(ratio + special.logit(share)) if share else np.zeros(len(ratio))
    return Mixture(ratio, posterior, share, shift, spread)


def named(posterior: NDArray[np.float64], fdr: float) -> NDArray[np.bool_]:
    """Return which accounts are named: the most likely ones, as many as keep their mean probability of being people at `fdr`."""
    order = np.argsort(-posterior, kind="stable")
    mean = np.cumsum(np.maximum(1.0 - posterior[order], 1e-12)) / np.arange(1, len(posterior) + 1)
    found = np.zeros(len(posterior), dtype=np.bool_)
    # The local rate of the last one counts too: an account likelier a person's is not named on the strength of the others.
    found[order] = (mean <= fdr) & (posterior[order] > 0.5)
    return found


def posts_needed(log_ratio: float, posts: int, share: float, fdr: float) -> int | None:
    """Return about how many more posts like those seen would name an account; None where they speak for a person."""
    if log_ratio <= 0.0 or posts == 0:
        return None
    wanted = special.logit(1.0 - max(fdr, 1e-6)) - special.logit(min(max(share, 0.01), 0.5))
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


def _log_ratios(scores: NDArray[np.float64], rho: float) -> NDArray[np.float64]:
    """Return the log-likelihood of an account's scores as each kind of machine's less that as a person's, shape (kinds,)."""
    machine = _log_normal(scores[None, :], _MACHINE_MEANS[:, None], _MACHINE_SPREAD)
    person = np.sqrt(rho * (_TAIL - 2.0) / _TAIL) * _PERSON
    # Now and then a person posts what looks like a machine's (a quotation, an announcement): no single post decides.
    odd = special.logsumexp(machine, axis=0) - np.log(len(machine)) + np.log(_ODD)
    own = np.logaddexp(_log_normal(scores[None, :], person[:, None], np.sqrt(1.0 - rho)) + np.log1p(-_ODD), odd)
    human = special.logsumexp(own.sum(1)) - np.log(len(person))
    # Cover is written by somebody: persons x machine means x own shares x posts.
    q = _OWN_SHARES[None, None, :, None]
    with np.errstate(divide="ignore"):
        cover = own[:, None, None, :] + np.log1p(-q)
    both = np.logaddexp(cover, machine[None, :, None, :] + np.log(q)).sum(-1)
    found: NDArray[np.float64] = special.logsumexp(both, axis=0) - np.log(len(person)) - human
    return found.ravel()


def _log_normal(value: NDArray[np.float64], mean: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    found: NDArray[np.float64] = -0.5 * ((value - mean) / width) ** 2 - np.log(width)
    return found


def _fit(kinds: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the weight of each kind of machine, shape (kinds,), and the share of machine accounts, 0 unless clearly likelier."""
    number = kinds.shape[1]
    weights, share = np.full(number, 1.0 / number), 0.05
    for _ in range(_ROUNDS):
        ratio = special.logsumexp(kinds + np.log(weights), axis=1)
        posterior = special.expit(ratio + special.logit(share))
        of_kind = posterior @ special.softmax(kinds + np.log(weights), axis=1)
        after = min(max(float(posterior.mean()), 1e-9), 1.0 - 1e-9)
        weights = (of_kind + _BELIEF / number) / (posterior.sum() + _BELIEF)
        if abs(after - share) < 1e-7 or after <= 1e-9:
            break
        share = after
    ratio = special.logsumexp(kinds + np.log(weights), axis=1)
    gain = np.logaddexp(np.log1p(-share), np.log(share) + ratio).sum()
    return weights, share if 2.0 * gain > _LIKELIER else 0.0
