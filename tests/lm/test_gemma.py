"""The layers written out; that they equal transformers' is tested with the walk (test_backbone, test_adapter)."""

import json
import shutil

import pytest
import torch

from autowritten.lm.gemma import ArchitectureError, Gemma

TEXTS = [[5, 9, 300, 41], [17] * 20, [44, 3]]


def states(folder, dtype=torch.float32, texts=TEXTS):
    with torch.inference_mode():
        return Gemma.open(folder, dtype=dtype).states(texts, (2, 4), last=True)


def test_bfloat16_is_close_to_float32(gemma_folder):
    (exact, exact_last), (rounded, rounded_last) = states(gemma_folder), states(gemma_folder, torch.bfloat16)
    for ours, theirs in ((rounded[2], exact[2]), (rounded[4], exact[4]), (rounded_last, exact_last)):
        assert ours.dtype == torch.float32
        assert (ours - theirs).norm() < 0.05 * theirs.norm()


def test_texts_of_one_length_need_no_grid_and_give_the_same(gemma_folder):
    even, _ = states(gemma_folder, texts=[TEXTS[0], TEXTS[0][::-1]])
    uneven, _ = states(gemma_folder, texts=[TEXTS[0], TEXTS[0][::-1], TEXTS[1]])
    torch.testing.assert_close(uneven[4][:10], even[4], rtol=1e-4, atol=1e-4)


def test_nothing_is_walked_that_is_not_asked_for(gemma_folder):
    with torch.inference_mode():
        found, last = Gemma.open(gemma_folder, dtype=torch.float32).states(TEXTS, (1,), last=False)
    assert list(found) == [1]
    assert found[1].shape == (sum(map(len, TEXTS)) + len(TEXTS), 16)
    assert last is None


@pytest.mark.parametrize(
    "change", [{"model_type": "llama"}, {"attn_logit_softcapping": 50.0}, {"hidden_activation": "relu"}]
)
def test_another_architecture_is_refused(gemma_folder, tmp_path, change):
    folder = tmp_path / "other"
    shutil.copytree(gemma_folder, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ArchitectureError, match="not a Gemma 3"):
        Gemma.open(folder, dtype=torch.float32)
