"""The fine-tuned classifier: copies of the language model's middle layers with LoRA merged in, read off at the last token.

The layers under the adapted ones are frozen and shared with the walk for surprisal: the adapted branch goes on from their
hidden states (Hu et al. 2022, LoRA: https://arxiv.org/abs/2106.09685). The whole branch is a stock sequence classifier of
`transformers`, cut short; `save_pretrained` writes it as one.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_PREFIX = "base_model.model."


@dataclass(frozen=True)
class Adapter:
    """LoRA weights and a head, without the language model.

    Attributes:
        first: index of the first adapted layer; those under it stay frozen.
        leave: the branch leaves the model after this many layers.
        scale: what the product of a layer's two matrices is multiplied by (LoRA's alpha / rank).
        tensors: weights under PEFT's names, any float type.
    """

    first: int
    leave: int
    scale: float
    tensors: Mapping[str, Tensor]

    def attach(self, model: Any) -> Branch:  # noqa: ANN401 - transformers is untyped
        """Return the adapted branch of a language model; the model itself is not changed.

        Args:
            model: a transformers causal language model that the adapter was trained on.
        """
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
        upper.norm.load_state_dict(text.norm.state_dict())
        for number, layer in enumerate(upper.layers):
            layer.load_state_dict(text.layers[self.first + number].state_dict())
            for name, part in layer.named_modules():
                key = f"{_PREFIX}model.layers.{self.first + number}.{name}.lora_"
                if f"{key}A.weight" in self.tensors:
                    a, b = (self.tensors[f"{key}{x}.weight"].to(where.device).float() for x in "AB")
                    part.weight.data += (self.scale * (b @ a)).to(where.dtype)
        head = self.tensors[f"{_PREFIX}score.weight"].to(where.device).float()
        return Branch(upper.eval(), head, self.first)


@dataclass(frozen=True)
class Branch:
    """The adapted layers of a language model.

    Attributes:
        layers: they and the final norm.
        head: shape (1, hidden).
        first: depth of the frozen hidden states that it goes on from.
    """

    layers: Any
    head: Tensor
    first: int

    def logits(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Return one logit a post, shape (batch,), float32.

        Args:
            states: frozen hidden states after `first` layers, start token included, shape (batch, length, hidden).
            lengths: tokens of each post, start token not counted, shape (batch,).
        """
        out = self.layers(inputs_embeds=states, use_cache=False).last_hidden_state
        last = out[torch.arange(len(out), device=out.device), lengths.to(out.device)]
        logits: Tensor = (last.float() @ self.head.T)[:, 0]
        return logits
