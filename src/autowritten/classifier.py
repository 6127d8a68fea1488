"""The classifier half: hidden states of the language model, projected onto the units that tell writers apart.

Here the language model stays frozen; mean and spread of its hidden states at a few depths go through one learnt matrix. A
fine-tuned classifier takes the same seat: hidden states in, one row of units a post out, fused in `fusion.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def states(pooled: NDArray[np.floating], spread: NDArray[np.floating], spread_at: Sequence[int]) -> NDArray[np.float32]:
    """Lay a post's pooled states in one row.

    Args:
        pooled: mean hidden states, shape (posts, depths, hidden).
        spread: standard deviations, same shape.
        spread_at: indices of the depths whose spread is used.

    Returns:
        Shape (posts, (depths + len(spread_at)) * hidden).
    """
    return np.concatenate(
        [pooled.reshape(len(pooled), -1), spread[:, list(spread_at)].reshape(len(spread), -1)], axis=1, dtype=np.float32
    )


@dataclass(frozen=True)
class Classifier:
    """A learnt projection of standardised hidden states.

    Attributes:
        depths: layers after which the states are pooled.
        spread_depths: those of `depths` whose spread is used too.
        centre: mean of each state over the training posts, shape (inputs,).
        weight: one over the scale times the learnt matrix, shape (inputs, units).
    """

    depths: tuple[int, ...]
    spread_depths: tuple[int, ...]
    centre: NDArray[np.float32]
    weight: NDArray[np.float32]

    def project(self, pooled: NDArray[np.floating], spread: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return what the hidden states add to each unit of the fusion, shape (posts, units).

        Args:
            pooled: mean hidden states, shape (posts, len(depths), hidden).
            spread: their standard deviations, same shape.
        """
        inputs = states(pooled, spread, [self.depths.index(d) for d in self.spread_depths])
        return np.asarray((inputs - self.centre) @ self.weight, dtype=np.float64)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays to keep as safetensors."""
        return {"centre": self.centre, "weight": np.ascontiguousarray(self.weight)}

    @classmethod
    def from_tensors(
        cls, depths: Sequence[int], spread_depths: Sequence[int], tensors: Mapping[str, NDArray[np.float32]]
    ) -> Classifier:
        """Read `tensors`' arrays."""
        return cls(tuple(depths), tuple(spread_depths), tensors["centre"], tensors["weight"])
