"""Rewrites of a brief: what makes their writing fast changes nothing of it."""

from __future__ import annotations

import torch
from transformers import Gemma3TextConfig, Gemma3TextModel

from benchmarks.campaigns.rewrites import FOREIGN, HAN, Own, quicken
from training.generate.models import TransformersModel


class _Whole(torch.nn.Module):
    """A network under the name that a causal model has it by."""

    def __init__(self, network: Gemma3TextModel) -> None:
        super().__init__()
        self.model = network
        self.dtype = network.dtype
        self.set_attn_implementation = network.set_attn_implementation


def test_rows_that_share_a_prompt_are_read_as_if_each_had_its_own() -> None:
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=40, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=1, head_dim=8, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
    )  # fmt: skip
    network = Gemma3TextModel(config).eval()
    prompt, rows = torch.randint(3, 40, (1, 7)), torch.randint(3, 40, (5, 4))
    with torch.inference_mode():
        expected = network(input_ids=torch.cat([prompt.expand(5, -1), rows], 1)).last_hidden_state[:, 7:]
        model = TransformersModel.__new__(TransformersModel)
        model.model = _Whole(network)
        quicken(model)
        read, own = network(input_ids=prompt, use_cache=True).past_key_values, Own(4)
        for step in range(4):
            if step == 2:
                kept = torch.tensor([0, 2, 3])
                own.select(kept)
                rows, expected = rows[kept], expected[kept]
            hidden = network(
                input_ids=rows[:, step : step + 1], position_ids=torch.full((len(rows), 1), 7 + step), past_key_values=own,
                use_cache=True, prompt=read, attention_mask=dict.fromkeys(("full_attention", "sliding_attention")),
            ).last_hidden_state[:, 0]  # fmt: skip
            own.length += 1
            torch.testing.assert_close(hidden, expected[:, step], rtol=1e-4, atol=1e-4)
    assert read.get_seq_length() == 7


def test_words_of_other_scripts_are_foreign_to_chinese() -> None:
    foreign = {
        word
        for word in ("车主", "SUV", "，", "12", "🚗", "▁KM", "quality", "voiture", "машина", "é", "Sам")
        if FOREIGN.search(word) and not HAN.search(word)
    }
    assert foreign == {"quality", "voiture", "машина", "é", "Sам"}
