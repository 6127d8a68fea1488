"""Named features of a post, from its token statistics and its text.

Every perplexity feature takes `TokenStatistics` of n tokens and returns one float; a post of one token is fine, of none
gives 0.0. Natural logarithms, nats. `extract` puts them all in the order of `NAMES`.
"""

from __future__ import annotations

import unicodedata
import zlib
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from autowritten.lm.surprisal import TokenStatistics

_EPSILON = 1e-6
_BINS = 20


# ------------------------------------------------------------------------------------------------ perplexity features


def log_likelihood(s: TokenStatistics) -> float:
    """Mean log-probability of the observed tokens (Solaiman et al. 2019, arXiv:1908.09203)."""
    return _mean(s.log_prob)


def log_likelihood_std(s: TokenStatistics) -> float:
    """Standard deviation of the token log-probabilities."""
    return float(np.std(s.log_prob)) if len(s) else 0.0


def log_rank(s: TokenStatistics) -> float:
    """Mean log rank of the observed tokens (Mitchell et al. 2023, arXiv:2301.11305)."""
    return _mean(np.log(s.rank))


def top_1(s: TokenStatistics) -> float:
    """Share of tokens that were the model's first guess (GLTR; Gehrmann et al. 2019, arXiv:1906.04043)."""
    return _mean(s.rank <= 1)


def top_10(s: TokenStatistics) -> float:
    """Share of tokens among the model's ten first guesses (GLTR)."""
    return _mean(s.rank <= 10)


def top_100(s: TokenStatistics) -> float:
    """Share of tokens among the model's hundred first guesses (GLTR)."""
    return _mean(s.rank <= 100)


def top_1000(s: TokenStatistics) -> float:
    """Share of tokens among the model's thousand first guesses (GLTR)."""
    return _mean(s.rank <= 1000)


def entropy(s: TokenStatistics) -> float:
    """Mean entropy of the predictions (Gehrmann et al. 2019)."""
    return _mean(s.entropy)


def entropy_std(s: TokenStatistics) -> float:
    """Standard deviation of the entropies of the predictions."""
    return float(np.std(s.entropy)) if len(s) else 0.0


def lrr(s: TokenStatistics) -> float:
    """Log-likelihood log-rank ratio, -sum(log p) / sum(log rank) (DetectLLM; Su et al. 2023, arXiv:2306.05540).

    Where every token was the first guess the denominator is 0; it is kept above log(2) a text.
    """
    return float(-s.log_prob.sum() / max(float(np.log(s.rank).sum()), np.log(2.0))) if len(s) else 0.0


def curvature(s: TokenStatistics) -> float:
    """Conditional probability curvature: (sum log p - E sum log p) / sd (Fast-DetectGPT; Bao et al. 2024, arXiv:2310.05130).

    Expectation and variance are taken under the model's own predictions (the analytic form, sampling model = scoring model).
    """
    return float((s.log_prob.sum() + s.entropy.sum()) / np.sqrt(s.variance.sum() + _EPSILON)) if len(s) else 0.0


def burstiness(s: TokenStatistics) -> float:
    """(sd - mean) / (sd + mean) of the surprisal: -1 even, 0 random, towards 1 bursty.

    Goh & Barabasi 2008, arXiv:physics/0610233.
    """
    mean, std = -_mean(s.log_prob), log_likelihood_std(s)
    return (std - mean) / (std + mean + _EPSILON)


def surprisal_low(s: TokenStatistics) -> float:
    """10th percentile of the surprisal."""
    return float(np.quantile(-s.log_prob, 0.1)) if len(s) else 0.0


def surprisal_high(s: TokenStatistics) -> float:
    """90th percentile of the surprisal."""
    return float(np.quantile(-s.log_prob, 0.9)) if len(s) else 0.0


def typicality(s: TokenStatistics) -> float:
    """Mean |surprisal - entropy|: how far tokens lie from local typicality (Meister et al. 2023, arXiv:2202.00666)."""
    return _mean(np.abs(s.log_prob + s.entropy))


def entropy_correlation(s: TokenStatistics) -> float:
    """Correlation of surprisal with entropy: does the writer surprise where the model is unsure? 0 under three tokens."""
    return _correlation(-s.log_prob, s.entropy)


# DivEye (Basani & Chen 2025, arXiv:2509.18880). The authors' code calls itself for ever on texts under ten tokens; each
# function below has a value for any length.


def surprisal_skewness(s: TokenStatistics) -> float:
    """Skewness of the surprisal (DivEye)."""
    return _moment(-s.log_prob, 3)


def surprisal_kurtosis(s: TokenStatistics) -> float:
    """Excess kurtosis of the surprisal (DivEye)."""
    return _moment(-s.log_prob, 4) - 3.0 if len(s) > 1 else 0.0


def surprisal_change(s: TokenStatistics) -> float:
    """Mean absolute first difference of the surprisal (DivEye's first-order dynamics; the signed mean telescopes)."""
    return _mean(np.abs(np.diff(s.log_prob)))


def surprisal_change_std(s: TokenStatistics) -> float:
    """Standard deviation of the first difference of the surprisal (DivEye)."""
    return float(np.std(np.diff(s.log_prob))) if len(s) > 1 else 0.0


def surprisal_second_std(s: TokenStatistics) -> float:
    """Standard deviation of the second difference of the surprisal (root of DivEye's variance)."""
    return float(np.std(np.diff(s.log_prob, n=2))) if len(s) > 2 else 0.0


def surprisal_second_entropy(s: TokenStatistics) -> float:
    """Entropy, in nats, of the second difference in 20 bins from its least to its greatest value (DivEye).

    Each value is shared out between the two bins whose centres it lies between (linear binning; Jones and Lotwick 1984):
    with bins of sharp edges, a post of ten tokens jumped by 0.14 nats when a value moved by a rounding error.
    """
    if len(s) < 4:
        return 0.0
    second = np.diff(s.log_prob.astype(np.float64), n=2)
    if np.ptp(second) < _EPSILON:
        return 0.0
    place = (second - second.min()) / np.ptp(second) * (_BINS - 1)
    low = np.minimum(place.astype(np.int64), _BINS - 2)
    counts = np.bincount(low, low + 1 - place, _BINS) + np.bincount(low + 1, place - low, _BINS)
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log(share)).sum())


def surprisal_second_autocorrelation(s: TokenStatistics) -> float:
    """Lag-1 autocorrelation of the second difference (DivEye)."""
    second = np.diff(s.log_prob, n=2)
    return _correlation(second[:-1], second[1:])


def binoculars(s: TokenStatistics, cross_entropy: NDArray[np.float32]) -> float:
    """Log-perplexity over cross-perplexity (Binoculars; Hans et al. 2024, arXiv:2401.12070); low = machine.

    Args:
        s: statistics under the performer.
        cross_entropy: per token, the cross-entropy of the performer's prediction under the observer's, shape (n,), nats.
    """
    return float(-s.log_prob.sum() / max(float(cross_entropy.sum()), _EPSILON)) if len(s) else 0.0


def perplexity_ratio(s: TokenStatistics, other: TokenStatistics) -> float:
    """Surprisal of the text under one model over its surprisal under another; low = machine.

    The ratio of Binoculars for two models that cut words differently: with no vocabulary in common there is no
    cross-perplexity, so the other model's own surprisal of the whole text is what is expected of it.

    Args:
        s: statistics under the first model.
        other: statistics of the same text under the second; its tokens may be others.
    """
    return float(s.log_prob.sum() / min(float(other.log_prob.sum()), -_EPSILON)) if len(s) and len(other) else 0.0


# --------------------------------------------------------------------------------------------------- surface features
# Only what no dataset's habits give away: no @, #, links, emoji, quotes or final punctuation (training/AUDIT.md).


def log_tokens(s: TokenStatistics) -> float:
    """Log of the number of tokens; says nothing by itself, but how much the other features may be trusted."""
    return float(np.log1p(len(s)))


def token_length(text: str, s: TokenStatistics) -> float:
    """Characters a token: long where the text is made of frequent words."""
    return len(text) / max(len(s), 1)


def distinct_characters(text: str) -> float:
    """Distinct character bigrams over all bigrams: low where the text repeats itself."""
    pairs = [text[i : i + 2] for i in range(len(text) - 1)]
    return len(set(pairs)) / max(len(pairs), 1)


def compression(text: str) -> float:
    """Compressed over plain size in bytes (zlib; the idea of ZipPy and of Jiang et al. 2023, arXiv:2212.09410)."""
    data = text.encode("utf-8", "replace")
    return len(zlib.compress(data, 6)) / max(len(data), 1)


def punctuation_share(text: str) -> float:
    """Share of characters that are punctuation, in any script."""
    return sum(unicodedata.category(c)[0] == "P" for c in text) / max(len(text), 1)


def clause_variation(text: str) -> float:
    """Coefficient of variation of the lengths between punctuation marks: burstiness of clauses, in any script."""
    lengths, run = [], 0
    for char in text:
        if unicodedata.category(char)[0] == "P":
            if run:
                lengths.append(run)
            run = 0
        else:
            run += 1
    if run:
        lengths.append(run)
    return float(np.std(lengths) / np.mean(lengths)) if len(lengths) > 1 else 0.0


PERPLEXITY: tuple[Callable[[TokenStatistics], float], ...] = (
    log_likelihood,
    log_likelihood_std,
    log_rank,
    lrr,
    top_1,
    top_10,
    top_100,
    top_1000,
    entropy,
    entropy_std,
    curvature,
    burstiness,
    surprisal_low,
    surprisal_high,
    typicality,
    entropy_correlation,
    surprisal_skewness,
    surprisal_kurtosis,
    surprisal_change,
    surprisal_change_std,
    surprisal_second_std,
    surprisal_second_entropy,
    surprisal_second_autocorrelation,
)
SURFACE: tuple[Callable[[str], float], ...] = (distinct_characters, compression, punctuation_share, clause_variation)
NAMES: tuple[str, ...] = (
    *(f.__name__ for f in PERPLEXITY),
    *(f.__name__ for f in SURFACE),
    "token_length",
    "log_tokens",
)
"""Names of the features, in the order of `extract`."""


def extract(text: str, statistics: TokenStatistics) -> NDArray[np.float64]:
    """Return all features of a post, shape (len(NAMES),), in the order of `NAMES`."""
    return np.array(
        [
            *(f(statistics) for f in PERPLEXITY),
            *(f(text) for f in SURFACE),
            token_length(text, statistics),
            log_tokens(statistics),
        ],
        dtype=np.float64,
    )


def _mean(values: NDArray[np.floating] | NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _moment(values: NDArray[np.floating], order: int) -> float:
    """Return the standardised central moment, 0 where there is no spread."""
    if len(values) < 2:
        return 0.0
    centred = values - values.mean()
    spread = float(np.sqrt(np.mean(centred**2)))
    return float(np.mean(centred**order)) / spread**order if spread > _EPSILON else 0.0


def _correlation(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """Return Pearson's correlation, 0 under three values or without spread."""
    if len(a) < 3:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / scale if scale > _EPSILON else 0.0
