"""A language model's lower layers as a model of their own, for a walk that leaves early."""

from __future__ import annotations

import copy
from typing import Any


def lower(text: Any, count: int) -> Any:  # noqa: ANN401 - transformers is untyped
    """Return the embeddings and the first layers; weights are shared, and so are the states.

    Args:
        text: the language model without its output layer (`base_model`).
        count: layers to keep.
    """
    import torch

    config = copy.deepcopy(text.config)
    config.num_hidden_layers = count
    config.layer_types = config.layer_types[:count]
    with torch.device("meta"):
        stem = type(text)(config)
    stem.embed_tokens, stem.rotary_emb = text.embed_tokens, text.rotary_emb
    stem.norm = text.norm if count == len(text.layers) else torch.nn.Identity()
    stem.layers = torch.nn.ModuleList(text.layers[:count])
    return stem.eval()
