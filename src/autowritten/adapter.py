"""The fine-tuned branch: copies of the language model's middle layers with LoRA merged in, whose states the classifier pools.

The layers under the adapted ones are frozen and shared with the walk for surprisal: the branch goes on from their hidden
states, and leaves the model early (Hu et al. 2022, LoRA: https://arxiv.org/abs/2106.09685).
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

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

    def attach(self, model: Any) -> Branch:  # noqa: ANN401 - transformers is untyped
        """Return the adapted branch of a language model; the model itself is not changed.

        Args:
            model: a transformers causal language model that the adapter was trained on.
        """
        import torch

        text = model.base_model
        config = copy.deepcopy(text.config)
        config.layer_types = config.layer_types[self.first : self.leave]
        config.num_hidden_layers = self.leave - self.first
        config.vocab_size, config.pad_token_id = 1, 0  # it starts from hidden states and needs no embeddings
        with torch.device("meta"):
            upper = type(text)(config)
        where = next(text.parameters())
        upper = upper.to_empty(device=where.device).to(where.dtype)
        upper.rotary_emb = type(text.rotary_emb)(config).to(where.device)  # its buffers are computed, not loaded
        upper.norm = torch.nn.Identity()  # the classifier reads the states as they are between layers
        for number, layer in enumerate(upper.layers):
            layer.load_state_dict(text.layers[self.first + number].state_dict())
            for name, part in layer.named_modules():
                key = f"{_PREFIX}{self.first + number}.{name}.lora_"
                if f"{key}A.weight" in self.tensors:
                    a, b = (torch.from_numpy(self.tensors[f"{key}{x}.weight"]).to(where.device).float() for x in "AB")
                    part.weight.data += (self.scale * (b @ a)).to(where.dtype)
        return Branch(upper.eval(), self.first)

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
        rounded = {name: np.asarray(value, dtype=np.float16) for name, value in arrays.items()}
        return cls(int(settings["first"]), int(settings["leave"]), float(settings["scale"]), rounded)


@dataclass(frozen=True)
class Branch:
    """The adapted layers of a language model.

    Attributes:
        layers: as a model of their own that starts from hidden states.
        first: depth of the frozen hidden states that it goes on from.
    """

    layers: Any
    first: int

    def walk(self, states: Tensor) -> list[Tensor]:
        """Return the hidden states at depth `first` (as given) and after each adapted layer, each of the shape given.

        Args:
            states: frozen hidden states after `first` layers, start token included, shape (batch, length, hidden).
        """
        return list(self.layers(inputs_embeds=states, use_cache=False, output_hidden_states=True).hidden_states)
