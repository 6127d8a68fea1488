"""The classifier half: from pooled hidden states to one logit.

Here the language model stays frozen and the classifier is a logistic head over the mean hidden states of a few depths.
A fine-tuned classifier takes the same seat: hidden states in, one logit a post out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Classifier:
    """A logistic head over standardised hidden states.

    Attributes:
        depths: layers after which the states were pooled.
        centre: shape (depths * hidden,).
        scale: shape (depths * hidden,).
        weight: shape (depths * hidden,).
        bias: log-odds at the centre.
    """

    depths: tuple[int, ...]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: float

    def logits(self, pooled: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return one logit a post.

        Args:
            pooled: mean hidden states, shape (posts, depths, hidden).
        """
        states = pooled.reshape(len(pooled), -1).astype(np.float64)
        return ((states - self.centre) / self.scale) @ self.weight.astype(np.float64) + self.bias

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays to keep as safetensors."""
        return {
            "centre": self.centre,
            "scale": self.scale,
            "weight": self.weight,
            "bias": np.array([self.bias], dtype=np.float32),
        }

    @classmethod
    def from_tensors(cls, depths: Sequence[int], tensors: Mapping[str, NDArray[np.float32]]) -> Classifier:
        """Read `tensors`' arrays."""
        return cls(tuple(depths), tensors["centre"], tensors["scale"], tensors["weight"], float(tensors["bias"][0]))
