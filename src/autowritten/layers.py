"""A language model's lower layers as a model of their own, for a walk that leaves early."""

from __future__ import annotations

import copy
from typing import Any


def lower(text: Any, count: int) -> Any:  # noqa: ANN401 - transformers is untyped
    """Return the embeddings and the first layers of a Gemma; weights are shared. Other architectures come back whole.

    Args:
        text: the language model without its output layer (`base_model`).
        count: layers to keep.
    """
    import torch

    if not text.config.model_type.startswith("gemma"):
        return text
    config = copy.deepcopy(text.config)
    config.num_hidden_layers = count
    config.layer_types = config.layer_types[:count]
    with torch.device("meta"):
        stem = type(text)(config)
    stem.embed_tokens, stem.rotary_emb = text.embed_tokens, text.rotary_emb
    stem.norm = text.norm if count == len(text.layers) else torch.nn.Identity()
    # Modules of its own over the same tensors: transformers collects hidden states by hooks on the layers, and a layer in two
    # models would tell each state twice.
    for own, layer in zip(stem.layers, text.layers, strict=False):
        own.load_state_dict(layer.state_dict(), assign=True)
    return stem.eval()
