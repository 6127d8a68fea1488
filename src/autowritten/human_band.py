"""How people write: the band of each feature over human posts of one language and length.

Auto-writing is sometimes too smooth (low surprisal) and sometimes too strained (high surprisal); people lie between. So a
feature enters the fusion as its distance from the human band of the post's language and length, with its sign and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.judging.groups import LANGUAGES, LENGTHS, language_group, length_band

CLIP = 4.0
"""Standard deviations at which a distance is cut: one odd value must not decide a verdict."""
_PRIOR = 40.0  # pseudo-posts of the whole language in each length band


@dataclass(frozen=True)
class HumanBand:
    """Mean and spread of each feature over human posts.

    Attributes:
        mean: shape (languages, length bands, features).
        std: same shape.
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    @classmethod
    def fit(cls, features: NDArray[np.float64], languages: Sequence[str], tokens: Sequence[int]) -> HumanBand:
        """Fit on human posts only.

        A band with few posts leans on its language, a language with few on all posts (pseudo-count 40).

        Args:
            features: shape (posts, features).
            languages: ISO code a post.
            tokens: token count a post.
        """
        groups = np.array([LANGUAGES.index(language_group(x)) for x in languages])
        bands = np.array([length_band(n) for n in tokens])
        mean = np.empty((len(LANGUAGES), len(LENGTHS) + 1, features.shape[1]))
        square = np.empty_like(mean)
        top = _moments(features, features[:0].sum(0), features[:0].sum(0), 0.0)
        for g in range(len(LANGUAGES)):
            language = _moments(features[groups == g], *top, _PRIOR)
            for b in range(len(LENGTHS) + 1):
                mean[g, b], square[g, b] = _moments(features[(groups == g) & (bands == b)], *language, _PRIOR)
        return cls(mean, np.sqrt(np.maximum(square - mean**2, 1e-8)))

    def distance(
        self, features: NDArray[np.float64], languages: Sequence[str], tokens: Sequence[int]
    ) -> NDArray[np.float64]:
        """Return signed distances from the band in standard deviations, clipped at `CLIP`, shape (posts, features)."""
        g = [LANGUAGES.index(language_group(x)) for x in languages]
        b = [length_band(n) for n in tokens]
        return np.clip((features - self.mean[g, b]) / self.std[g, b], -CLIP, CLIP)

    @staticmethod
    def settings() -> dict[str, list[Any]]:
        """Return the names of the arrays' first two axes."""
        return {"languages": list(LANGUAGES), "lengths": list(LENGTHS)}


def _moments(
    values: NDArray[np.float64], mean: NDArray[np.float64], square: NDArray[np.float64], weight: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return first and second moments with `weight` pseudo-posts of the given ones."""
    n = len(values) + weight
    return (values.sum(0) + weight * mean) / n, ((values**2).sum(0) + weight * square) / n
