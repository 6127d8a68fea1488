"""The adapted branch beside PEFT's own model, which it must equal."""

import numpy as np
import pytest
import torch

from autowritten.lm.adapter import Adapter
from tests.conftest import open_gemma

FIRST, LEAVE, RANK = 1, 3, 2


@pytest.fixture(scope="module")
def peft_model(gemma_folder):
    """The random Gemma with random LoRA on layers 1 and 2."""
    peft = pytest.importorskip("peft")
    from transformers import AutoModel

    torch.manual_seed(1)
    base = AutoModel.from_pretrained(gemma_folder, dtype=torch.float32)
    targets = r".*layers\.(1|2)\..*(q|k|v|o|gate|up|down)_proj"
    model = peft.get_peft_model(base, peft.LoraConfig(r=RANK, lora_alpha=3 * RANK, target_modules=targets))
    for name, parameter in model.named_parameters():
        if "lora_" in name:
            # values that float16 holds: bundles keep adapters in it
            parameter.data = (0.3 * torch.randn_like(parameter)).half().float()
    return model.eval()


@pytest.fixture(scope="module")
def adapter(peft_model):
    from peft import get_peft_model_state_dict

    arrays = {name: value.numpy() for name, value in get_peft_model_state_dict(peft_model).items()}
    return Adapter.from_arrays({"first": FIRST, "leave": LEAVE, "scale": 3.0}, arrays)


@torch.inference_mode()
def test_the_branch_equals_peft(gemma_folder, adapter, peft_model):
    texts = torch.randint(3, 300, (3, 11), generator=torch.Generator().manual_seed(0)).tolist()
    ours, _ = open_gemma(gemma_folder, adapter=adapter).model.states(texts, (1, 2, 3), last=False)
    ids = torch.tensor([[2, *text] for text in texts])
    theirs = peft_model(input_ids=ids, output_hidden_states=True).hidden_states
    for depth, state in ours.items():
        torch.testing.assert_close(state.view(3, 12, -1), theirs[depth], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("tuned", [True, False])
def test_a_walk_without_statistics_leaves_early_with_the_same_states(gemma_folder, adapter, tuned):
    backbone = open_gemma(gemma_folder, adapter=adapter if tuned else None)
    texts = [[5, 9, 300, 41], [17] * 20]
    early = backbone.walk(texts, depths=(1, 3), window=16, statistics=False)
    for ours, whole in zip(early, backbone.walk(texts, depths=(1, 3), window=16), strict=True):
        np.testing.assert_allclose(ours.pooled, whole.pooled, rtol=1e-5)
        np.testing.assert_allclose(ours.spread, whole.spread, rtol=1e-4, atol=1e-6)
        assert ours.windows == whole.windows
        assert len(ours.statistics) == 0


def test_a_walk_pools_the_adapted_states_and_keeps_the_frozen_surprisal(gemma, gemma_folder, adapter):
    adapted = open_gemma(gemma_folder, torch.arange(0, 360, 2), adapter)
    texts = [[5, 9, 300, 41], [17] * 20]
    for ours, frozen in zip(*(b.walk(texts, depths=(1, 2, 3), window=16) for b in (adapted, gemma)), strict=True):
        assert (ours.statistics.log_prob == frozen.statistics.log_prob).all()
        assert (ours.pooled[0] == frozen.pooled[0]).all()  # depth 1 is under the adapted layers
        assert abs(ours.pooled[1:] - frozen.pooled[1:]).max() > 0.05
