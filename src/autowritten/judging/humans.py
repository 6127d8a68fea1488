"""Human posts that thresholds were set on, as their logits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.bundle_checks import check_array
from autowritten.judging.groups import LANGUAGES, LENGTHS, language_group, length_band
from autowritten.judging.rarity import HumanRarity


@dataclass(frozen=True)
class Humans:
    """What a detector said of human posts that thresholds were set on.

    Attributes:
        logits: `full` and `fast`, each of shape (posts,), float32.
        languages: index into `LANGUAGES`, shape (posts,).
        tokens: shape (posts,).
    """

    logits: dict[str, NDArray[np.float32]]
    languages: NDArray[np.int64]
    tokens: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of posts."""
        return len(self.tokens)

    @classmethod
    def of(
        cls,
        full: NDArray[np.float64],
        fast: NDArray[np.float64],
        languages: Sequence[str],
        tokens: Sequence[int],
    ) -> Humans:
        """Gather fused logits, the classifier's logits, ISO codes and token counts of posts."""
        groups = np.array([LANGUAGES.index(language_group(code)) for code in languages], dtype=np.int64)
        logits = {"full": full.astype(np.float32), "fast": fast.astype(np.float32)}
        return cls(logits, groups, np.asarray(tokens, dtype=np.int64))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return small arrays to store."""
        return {
            **self.logits,
            "languages": self.languages.astype(np.uint8),
            "tokens": self.tokens.astype(np.int32),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, NDArray[Any]]) -> Humans:
        """Read `arrays`' arrays. Raises ValueError if they are damaged."""
        tokens = check_array(arrays, "tokens", (None,), "iu")
        languages = check_array(arrays, "languages", tokens.shape, "iu")
        if int(languages.max()) >= len(LANGUAGES) or int(languages.min()) < 0 or int(tokens.min()) < 0:
            raise ValueError("languages or tokens are not what they should be")
        logits = {name: check_array(arrays, name, tokens.shape) for name in ("full", "fast")}
        return cls(logits, languages.astype(np.int64), tokens.astype(np.int64))

    def rarity(self, half: str) -> HumanRarity:
        """Return the posts in groups, by the logits of `full` or `fast`."""
        return HumanRarity.of(self.logits[half], [LANGUAGES[i] for i in self.languages], self.tokens)

    def strata(self) -> NDArray[np.int64]:
        """Return a number a post for its language group and length band."""
        bands = np.array([length_band(int(n)) for n in self.tokens], dtype=np.int64)
        return self.languages * (len(LENGTHS) + 1) + bands
