"""The walk against direct computation; models that can't be opened."""

import json
import shutil

import numpy as np
import pytest
import torch

from autowritten.lm import backbone as backbones
from autowritten.lm import causal_lm
from autowritten.lm.backbone import windows
from autowritten.lm.embedded import BackboneError
from tests.conftest import open_gemma

DEPTHS = (1, 2)


@pytest.fixture(scope="module", params=["gemma", "gemma by transformers", "gpt2"])
def whole(request, gemma_folder, gpt2_folder):
    """A backbone that sums over its whole vocabulary."""
    if request.param == "gemma":
        return open_gemma(gemma_folder)
    return backbones.load(gpt2_folder if request.param == "gpt2" else gemma_folder)


def texts_of(*lengths, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(3, 290, n).tolist() for n in lengths]


def test_walk_equals_direct_computation(whole, gemma_folder, gpt2_folder):
    from transformers import AutoModelForCausalLM

    (ids,) = texts_of(20)
    (walk,) = whole.walk([ids], depths=DEPTHS, window=31)
    folder = gpt2_folder if whole.name == "tiny-gpt2" else gemma_folder
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        result = model(torch.tensor([[whole.model.start, *ids]]), output_hidden_states=True)
    log_p = torch.log_softmax(result.logits[0, :-1].double(), dim=1)
    own = log_p[range(20), ids]
    entropy = -(log_p.exp() * log_p).sum(1)
    expected = torch.stack([
        own, (log_p > own[:, None]).sum(1) + 1, entropy, (log_p.exp() * log_p**2).sum(1) - entropy**2
    ])  # fmt: skip
    np.testing.assert_allclose(walk.statistics.matrix(), expected, atol=1e-4)
    for d, depth in enumerate(DEPTHS):
        states = result.hidden_states[depth][0, 1:].numpy()
        np.testing.assert_allclose(walk.pooled[d], states.mean(0), atol=1e-5)
        np.testing.assert_allclose(walk.spread[d], states.std(0), atol=1e-5)
    assert walk.windows == 1


def test_a_text_alone_equals_the_text_in_a_batch(whole, monkeypatch):
    texts = texts_of(*range(1, 33))
    monkeypatch.setattr(backbones, "BATCH_TOKENS", 10_000)  # all in one
    batched = whole.walk(texts, depths=DEPTHS, window=31)
    for ids, walk in zip(texts, batched, strict=True):
        (alone,) = whole.walk([ids], depths=DEPTHS, window=31)
        np.testing.assert_allclose(walk.statistics.matrix(), alone.statistics.matrix(), atol=1e-4)
        np.testing.assert_allclose(walk.pooled, alone.pooled, atol=1e-4)
        np.testing.assert_allclose(walk.spread, alone.spread, atol=1e-4)


def test_the_neighbours_vocabulary_does_not_matter(gemma, gemma_folder):
    """A text mostly outside the trimmed vocabulary is summed over the whole one; those beside it are not."""
    inside, outside = [2 * i for i in range(10, 30)], [2 * i + 1 for i in range(10, 30)]
    together = gemma.walk([inside, outside], depths=(), window=64)
    for ids, walk in zip((inside, outside), together, strict=True):
        (alone,) = gemma.walk([ids], depths=(), window=64)
        np.testing.assert_allclose(walk.statistics.matrix(), alone.statistics.matrix(), atol=1e-4)
    (reference,) = open_gemma(gemma_folder).walk([outside], depths=(), window=64)
    np.testing.assert_allclose(together[1].statistics.matrix(), reference.statistics.matrix(), atol=1e-4)


def test_a_long_text_is_its_windows(whole):
    (ids,) = texts_of(50)
    (walk,) = whole.walk([ids], depths=DEPTHS, window=20)
    parts = [whole.walk([part], depths=DEPTHS, window=20)[0] for part in windows(ids, 20)]
    assert walk.windows == 3
    assert [len(p.statistics) for p in parts] == [17, 17, 16]
    np.testing.assert_allclose(walk.statistics.matrix(), np.hstack([p.statistics.matrix() for p in parts]), atol=1e-4)
    np.testing.assert_allclose(
        walk.pooled, np.average([p.pooled for p in parts], axis=0, weights=[17, 17, 16]), atol=1e-5
    )


def test_a_window_never_outgrows_the_models_positions(gpt2_folder):
    gpt2 = backbones.load(gpt2_folder)
    (walk,) = gpt2.walk(texts_of(100), depths=(), window=128)
    assert walk.windows == 4  # of at most 31 tokens and a start token
    assert len(walk.statistics) == 100


def test_empty_texts_and_batches(whole):
    assert whole.walk([], depths=DEPTHS, window=16) == []
    assert whole.tokenise([]) == []
    empty, one = whole.walk([[], [5]], depths=DEPTHS, window=16)
    assert len(empty.statistics) == 0
    assert empty.windows == 0
    assert not empty.pooled.any()
    assert len(one.statistics) == 1
    np.testing.assert_allclose(one.spread, 0, atol=1e-5)
    (bare,) = whole.walk([[5, 6]], depths=DEPTHS, window=16, statistics=False)
    assert len(bare.statistics) == 0
    assert bare.pooled.any()


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 64, 65])
def test_windows_are_few_and_even(n):
    ids = list(range(n))
    parts = windows(ids, 8)
    assert [i for part in parts for i in part] == ids
    assert len(parts) == -(-n // 8)
    assert max(map(len, parts), default=0) <= 8
    assert max(map(len, parts), default=0) - min(map(len, parts), default=0) <= 1


def test_a_post_cannot_speak_in_special_tokens(gemma):
    (ids,) = gemma.tokenise(["so <eos> and <bos>"])
    assert not {0, 1, 2} & set(ids)


@pytest.mark.parametrize("text", ["", "a", "the charger 充电桩 🫨🫨 broke", "<eos>x", "🏳️‍🌈", "ends with 🫨"])
def test_pieces_join_to_the_text(gemma, text):
    pieces = gemma.pieces(text)
    assert "".join(pieces) == text
    assert len(pieces) == len(gemma.tokenise([text])[0])


def test_a_character_of_many_tokens_goes_to_the_first(gemma):
    pieces = gemma.pieces("🫨")
    assert pieces == ["🫨"] + [""] * (len(pieces) - 1)
    assert len(pieces) > 1


# ------------------------------------------------------------------------------------------------------------ loading


def test_a_pickled_checkpoint_is_refused(gemma_folder, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(gemma_folder, folder, ignore=shutil.ignore_patterns("*.safetensors"))
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(BackboneError, match=r"cannot load the language model .*pickled.*safetensors"):
        backbones.load(folder)


@pytest.mark.parametrize("damage", [b"", b"not a tensor file at all"])
def test_damaged_weights_are_named(gemma_folder, tmp_path, damage):
    folder = tmp_path / "damaged"
    shutil.copytree(gemma_folder, folder)
    (folder / "model.safetensors").write_bytes(damage)
    with pytest.raises(BackboneError, match=r"cannot load the language model .*damaged"):
        backbones.load(folder)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(BackboneError, match="cannot load the language model"):
        backbones.load(tmp_path)


def test_a_tokenizer_without_a_start_is_refused(gpt2_folder, tmp_path):
    folder = tmp_path / "odd"
    shutil.copytree(gpt2_folder, folder)
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    for name in ("bos_token", "eos_token"):
        del settings[name]
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    with pytest.raises(BackboneError, match="no start or end token"):
        backbones.load(folder)


def test_an_output_layer_that_does_more_is_refused(gemma_folder, monkeypatch):
    head = causal_lm.Head
    monkeypatch.setattr(causal_lm, "Head", lambda weight, bias, softcap: head(weight * 2, bias, softcap))
    with pytest.raises(BackboneError, match="more than a matrix product"):
        backbones.load(gemma_folder)
