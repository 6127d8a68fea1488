"""Both halves in one logit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.bundle_checks import check_array
from autowritten.features import NAMES
from autowritten.human_band import HumanBand
from autowritten.judging.groups import LANGUAGES, LENGTHS, language_group

INPUTS: tuple[str, ...] = (
    "classifier",
    *NAMES,
    *(f"|{name}|" for name in NAMES),
    *(f"language:{name}" for name in LANGUAGES),
)
"""Inputs in the order of `design`: the classifier's log-odds; each feature's distance from the human band with its sign and
without (auto-writing is too smooth or too strained); the language."""
CLIP_LOGIT = 8.0
"""Log-odds at which the classifier's word is cut: past that it says nothing more."""
_CLASSIFIER = 0
_DISTANCES = slice(1, 1 + 2 * len(NAMES))


def design(
    band: HumanBand,
    classifier: NDArray[np.float64],
    features: NDArray[np.float64],
    languages: Sequence[str],
    tokens: Sequence[int],
) -> NDArray[np.float64]:
    """Return the fusion's inputs, shape (posts, len(INPUTS)).

    Args:
        band: how people write.
        classifier: log-odds of `Classifier.logits`, shape (posts,).
        features: shape (posts, len(NAMES)).
        languages: ISO code a post.
        tokens: token count a post.
    """
    distance = band.distance(features, languages, tokens)
    spoken = np.array([[language_group(x) == name for name in LANGUAGES] for x in languages], dtype=np.float64)
    said = np.clip(classifier, -CLIP_LOGIT, CLIP_LOGIT)
    return np.column_stack([said, distance, np.abs(distance), spoken.reshape(len(features), len(LANGUAGES))])


@dataclass(frozen=True)
class Fusion:
    """One layer of units over both halves, and one logit.

        units = relu(design @ weight + bias);  logit = units @ output + output_bias

    Both halves meet in the units, so that a feature can count differently where the classifier is at a loss (no fixed
    direction of perplexity is right for every writer). The logit never falls when the classifier's rises.

    Attributes:
        band: how people write.
        weight: shape (len(INPUTS), units).
        bias: shape (units,).
        output: shape (units,).
        output_bias: log-odds with every unit at 0.
    """

    band: HumanBand
    weight: NDArray[np.float64]
    bias: NDArray[np.float64]
    output: NDArray[np.float64]
    output_bias: float

    def logits(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the fused log-odds, shape (posts,).

        Args:
            inputs: of `design`, shape (posts, len(INPUTS)).
        """
        return np.maximum(inputs @ self.weight + self.bias, 0.0) @ self.output + self.output_bias

    def perplexity_logits(self, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the log-odds by the features alone: the classifier says neither."""
        blind = inputs.copy()
        blind[:, _CLASSIFIER] = 0.0
        return self.logits(blind)

    def contributions(self, inputs: NDArray[np.float64]) -> dict[str, float]:
        """Return what moves one post's logit, by occlusion: the logit less the logit with that part at its average.

        Args:
            inputs: shape (len(INPUTS),).

        Returns:
            `classifier`, each feature, `average` (the logit with all parts at their averages) and `interaction` (what
            parts do only together); the values sum to the logit.
        """
        rows = np.tile(inputs, (len(NAMES) + 3, 1))
        rows[1:3, _CLASSIFIER] = (
            0.0  # row 0: as it is; 1: without the classifier; 2: with nothing; then without each feature
        )
        rows[2, _DISTANCES] = 0.0
        for i in range(len(NAMES)):
            rows[3 + i, [1 + i, 1 + len(NAMES) + i]] = 0.0
        whole, without, average, *others = self.logits(rows)
        out = {"average": float(average), "classifier": float(whole - without)}
        out |= {name: float(whole - other) for name, other in zip(NAMES, others, strict=True)}
        out["interaction"] = float(whole) - sum(out.values())
        return out

    def tensors(self) -> dict[str, NDArray[np.float64]]:
        """Return the arrays to keep as safetensors."""
        return {
            "weight": np.ascontiguousarray(self.weight),
            "bias": self.bias,
            "output": self.output,
            "output_bias": np.array([self.output_bias]),
            "band_mean": self.band.mean,
            "band_std": self.band.std,
        }

    @staticmethod
    def settings() -> dict[str, Any]:
        """Return what the arrays mean: the names of their rows, to be kept in the bundle's config."""
        return {"inputs": list(INPUTS), "band": HumanBand.settings()}

    @classmethod
    def from_tensors(cls, settings: Mapping[str, Any], tensors: Mapping[str, NDArray[np.float64]]) -> Fusion:
        """Read `tensors`' arrays. Raises ValueError if they are damaged, or made for other inputs than this version's."""
        if dict(settings) != cls.settings():
            raise ValueError("its fusion was fitted for other inputs")
        groups = (len(LANGUAGES), len(LENGTHS) + 1, len(NAMES))
        mean, std = check_array(tensors, "band_mean", groups), check_array(tensors, "band_std", groups)
        if std.min() <= 0.0:
            raise ValueError("band_std is not what it should be")
        weight = check_array(tensors, "weight", (len(INPUTS), None))
        units = weight.shape[1]
        return cls(
            HumanBand(mean, std),
            weight,
            check_array(tensors, "bias", (units,)),
            check_array(tensors, "output", (units,)),
            float(check_array(tensors, "output_bias", (1,))[0]),
        )
