"""The fine-tuned branch: copies of the language model's middle layers with LoRA merged in, whose states the classifier pools.

The layers under the adapted ones are frozen and shared with the walk for surprisal: the branch goes on from their hidden
states, and leaves the model early (Hu et al. 2022, LoRA: https://arxiv.org/abs/2106.09685).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autowritten.bundle_checks import check_array

if TYPE_CHECKING:
    from torch import Tensor

_PREFIX = "base_model.model.layers."


@dataclass(frozen=True)
class Adapter:
    """LoRA weights, without the language model.

    Attributes:
        first: index of the first adapted layer; those under it stay frozen.
        leave: the branch leaves the model after this many layers.
        scale: what the product of a layer's two matrices is multiplied by (LoRA's alpha / rank).
        tensors: weights under PEFT's names, float16.
    """

    first: int
    leave: int
    scale: float
    tensors: Mapping[str, NDArray[np.float16]]

    def merge(self, layer: int, name: str, weight: Tensor) -> Tensor:
        """Return a weight with its LoRA product added, or as it is where the adapter has none.

        Args:
            layer: number of the layer in the language model.
            name: of the weight in its layer, as transformers calls it.
            weight: shape (out, in), float32.
        """
        import torch

        key = f"{_PREFIX}{layer}.{name.removesuffix('.weight')}.lora_"
        if f"{key}A.weight" not in self.tensors:
            return weight
        a, b = (torch.from_numpy(self.tensors[f"{key}{x}.weight"]).to(weight.device).float() for x in "AB")
        return weight + self.scale * (b @ a)

    @property
    def rank(self) -> int:
        """Return the rank of LoRA's matrices."""
        return int(min(next(iter(self.tensors.values())).shape))

    def arrays(self) -> dict[str, NDArray[np.float16]]:
        """Return the arrays to keep as safetensors."""
        return dict(self.tensors)

    def settings(self) -> dict[str, float]:
        """Return where it sits, to be kept in the bundle's config."""
        return {"first": self.first, "leave": self.leave, "scale": self.scale}

    @classmethod
    def from_arrays(cls, settings: Mapping[str, float], arrays: Mapping[str, NDArray[np.floating]]) -> Adapter:
        """Read `settings` and `arrays`; arrays of another float type are rounded to float16."""
        rounded = {}
        for name in arrays:
            value = check_array(arrays, name, (None, None))
            rounded[name] = np.asarray(value, dtype=np.float16)
            # The two matrices of a product must meet in LoRA's rank.
            pair = name.replace("lora_A", "lora_?").replace("lora_B", "lora_A").replace("lora_?", "lora_B")
            rank = value.shape[0 if "lora_A" in name else 1]
            if pair not in arrays or rank != arrays[pair].shape[1 if "lora_A" in name else 0]:
                raise ValueError(f"{name} is not what it should be")
        return cls(int(settings["first"]), int(settings["leave"]), float(settings["scale"]), rounded)
