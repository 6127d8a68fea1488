"""Both halves in one logit, and the logit as a calibrated probability."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.features import NAMES
from autowritten.human_band import LANGUAGES, HumanBand, language_group

INPUTS: tuple[str, ...] = (
    "classifier",
    *NAMES,
    *(f"|{name}|" for name in NAMES),
    *(f"language:{name}" for name in LANGUAGES),
)
"""Names of the fusion's inputs, in the order of `Fusion.design`: the classifier's logit, each feature's distance from the
human band with its sign and without (auto-writing is too smooth or too strained), and a bias a language."""
_CLASSIFIER_CLIP = 10.0


@dataclass(frozen=True)
class Fusion:
    """A logistic model over the classifier's logit and the distances from the human band.

    Attributes:
        band: how people write.
        weight: shape (len(INPUTS),).
        bias: log-odds with every input at 0.
        slope: calibrated log-odds = slope * logit + intercept (Platt 1999).
        intercept: see slope.
    """

    band: HumanBand
    weight: NDArray[np.float64]
    bias: float
    slope: float = 1.0
    intercept: float = 0.0

    @staticmethod
    def design(
        band: HumanBand,
        classifier: NDArray[np.float64],
        features: NDArray[np.float64],
        languages: Sequence[str],
        tokens: Sequence[int],
    ) -> NDArray[np.float64]:
        """Return the inputs of the fusion, shape (posts, len(INPUTS)).

        Args:
            band: how people write.
            classifier: logits of the classifier half, shape (posts,).
            features: shape (posts, len(NAMES)).
            languages: ISO code a post.
            tokens: token count a post.
        """
        distance = band.distance(features, languages, tokens)
        spoken = np.array([[language_group(x) == name for name in LANGUAGES] for x in languages], dtype=np.float64)
        logit = np.clip(classifier, -_CLASSIFIER_CLIP, _CLASSIFIER_CLIP)
        return np.column_stack([logit, distance, np.abs(distance), spoken.reshape(len(logit), len(LANGUAGES))])

    def logits(
        self,
        classifier: NDArray[np.float64],
        features: NDArray[np.float64],
        languages: Sequence[str],
        tokens: Sequence[int],
    ) -> NDArray[np.float64]:
        """Return the fused log-odds, shape (posts,); arguments as in `design`."""
        return self.design(self.band, classifier, features, languages, tokens) @ self.weight + self.bias

    def contributions(
        self, classifier: float, features: NDArray[np.float64], language: str, tokens: int
    ) -> dict[str, float]:
        """Return what each input adds to one post's logit, a feature's two inputs together; with `bias` they sum to it."""
        row = self.design(self.band, np.array([classifier]), features[None], [language], [tokens])[0] * self.weight
        out: dict[str, float] = {"bias": self.bias}
        for name, value in zip(INPUTS, row, strict=True):
            key = "bias" if name.startswith("language:") else name.strip("|")
            out[key] = out.get(key, 0.0) + float(value)
        return out

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated probabilities of machine, at even odds beforehand (as many machine as human posts)."""
        return 1.0 / (1.0 + np.exp(-(self.slope * logits + self.intercept)))

    def as_dict(self) -> dict[str, Any]:
        """Return plain types for JSON."""
        return {
            "inputs": list(INPUTS),
            "weight": self.weight.tolist(),
            "bias": self.bias,
            "slope": self.slope,
            "intercept": self.intercept,
            "band": self.band.as_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Fusion:
        """Read `as_dict`'s types. Raises ValueError if they were made for other inputs."""
        if tuple(data["inputs"]) != INPUTS:
            raise ValueError("this fusion was fitted for other inputs")
        return cls(
            HumanBand.from_dict(data["band"]), np.array(data["weight"]), data["bias"], data["slope"], data["intercept"]
        )
