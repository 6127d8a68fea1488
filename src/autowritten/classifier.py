"""The classifier half: hidden states of the language model at several depths, pooled over a post, to one logit.

The states may be those of the frozen language model or of its fine-tuned branch (`adapter.py`): the classifier takes what the
walk pools.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autowritten.bundle_checks import check_array


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
    """One layer of units over standardised pooled states, and one logit.

        units = relu((states - centre) @ weight + bias);  logit = units @ output + output_bias

    Attributes:
        depths: layers after which the states are pooled.
        spread_depths: those of `depths` whose spread is used too.
        centre: mean of each state over the training posts, shape (inputs,).
        weight: one over the scale times the learnt matrix, shape (inputs, units).
        bias: shape (units,).
        output: shape (units,).
        output_bias: log-odds with every unit at 0.
    """

    depths: tuple[int, ...]
    spread_depths: tuple[int, ...]
    centre: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: float

    def logits(self, pooled: NDArray[np.floating], spread: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the log-odds of machine by the classifier alone, shape (posts,).

        Args:
            pooled: mean hidden states, shape (posts, len(depths), hidden).
            spread: their standard deviations, same shape.
        """
        inputs = states(pooled, spread, [self.depths.index(d) for d in self.spread_depths])
        units = np.maximum((inputs - self.centre) @ self.weight + self.bias, 0.0)
        return np.asarray(units @ self.output + self.output_bias, dtype=np.float64)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return the arrays to keep as safetensors."""
        return {
            "centre": self.centre,
            "weight": np.ascontiguousarray(self.weight),
            "bias": self.bias,
            "output": self.output,
            "output_bias": np.array([self.output_bias], dtype=np.float32),
        }

    @classmethod
    def from_tensors(
        cls, depths: Sequence[int], spread_depths: Sequence[int], tensors: Mapping[str, NDArray[np.float32]]
    ) -> Classifier:
        """Read `tensors`' arrays.

        Raises:
            ValueError: an array of another shape or type, or with values that are not finite.
        """
        weight = check_array(tensors, "weight", (None, None))
        states_, units = weight.shape
        if states_ % (len(depths) + len(spread_depths)):
            raise ValueError("weight is not what it should be")
        return cls(
            tuple(depths),
            tuple(spread_depths),
            check_array(tensors, "centre", (states_,)),
            weight,
            check_array(tensors, "bias", (units,)),
            check_array(tensors, "output", (units,)),
            float(check_array(tensors, "output_bias", (1,))[0]),
        )
