"""Tiny random language models and a small random bundle; torch is imported only by the tests that ask for them."""

import os

import numpy as np
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

UNITS = 6  # of the random bundle
LINES = (
    "the charger at the station broke down again and nobody came to fix it",
    "la borne de la station est encore en panne et personne ne vient",
    "充电桩又坏了，没有人来修",
)


@pytest.fixture(scope="session")
def tokenizer():
    """A byte-level BPE tokenizer of 370 words, with special tokens and none unknown."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    inner.train_from_iterator(
        LINES * 3,
        trainers.BpeTrainer(
            vocab_size=400,
            special_tokens=["<pad>", "<eos>", "<bos>"],
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    special = {"pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>"}
    return PreTrainedTokenizerFast(tokenizer_object=inner, **special)


@pytest.fixture(scope="session")
def gemma_folder(tokenizer, tmp_path_factory):
    """A folder with a random four-layer Gemma 3, sliding windows shorter than the texts."""
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig

    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=32, num_hidden_layers=4, num_attention_heads=2,
        num_key_value_heads=1, head_dim=8, sliding_window=8, max_position_embeddings=512, initializer_range=0.4,
        bos_token_id=2, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("lm") / "tiny-gemma"
    Gemma3ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def gpt2_folder(tokenizer, tmp_path_factory):
    """A folder with a random two-layer GPT-2 of 32 positions."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=len(tokenizer), n_embd=16, n_layer=2, n_head=2, n_positions=32, initializer_range=0.3,
        bos_token_id=1, eos_token_id=1,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("lm") / "tiny-gpt2"
    GPT2LMHeadModel(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def open_gemma(folder, vocabulary=None, adapter=None):
    """Return a folder's Gemma as a float32 backbone."""
    import torch
    from tokenizers import Tokenizer

    from autowritten.lm.backbone import Backbone
    from autowritten.lm.gemma import Gemma

    model = Gemma.open(folder, adapter=adapter, dtype=torch.float32)
    return Backbone(model, Tokenizer.from_file(str(folder / "tokenizer.json")), "tiny", vocabulary)


@pytest.fixture(scope="session")
def gemma(gemma_folder):
    """The random Gemma as a backbone, summing over half of its vocabulary."""
    import torch

    return open_gemma(gemma_folder, vocabulary=torch.arange(0, 360, 2))


@pytest.fixture(scope="session")
def bundle():
    """A random bundle that fits the random Gemma: what it says means nothing, but it says it consistently."""
    from autowritten.bundle import EMBEDDED, Bundle
    from autowritten.classifier import Classifier
    from autowritten.features import NAMES
    from autowritten.fusion import INPUTS, Fusion
    from autowritten.human_band import HumanBand
    from autowritten.judging.humans import Humans
    from autowritten.judging.judge import Judge

    rng = np.random.default_rng(0)
    n = 2000
    languages = [("zh", "fr", "en", "de")[i % 4] for i in range(n)]
    tokens = list(rng.integers(4, 300, n))
    machine = np.arange(n) // 4 % 2
    fusion = Fusion(
        HumanBand.fit(rng.normal(size=(n, len(NAMES))), languages, tokens),
        rng.normal(size=(len(INPUTS), UNITS)) / 10,
        rng.normal(size=UNITS),
        rng.normal(size=UNITS),
        0.1,
    )
    scale = rng.normal(size=n) + 2 * machine
    judges = {
        name: Judge.fit(size * scale, machine, languages, tokens, miss_rate=0.05, min_tokens=8)
        for name, size in (("full", 1.0), ("fast", 2.0))
    }
    people = machine == 0
    told = [code for code, person in zip(languages, people, strict=True) if person]
    return Bundle(
        config={
            "name": "tiny", "version": "0", "backbone": {**EMBEDDED, "name": "tiny"}, "depths": [2, 4],
            "spread_depths": [4], "window": 16,
            "max_characters": 2000, "fpr": 0.01,
        },
        vocabulary=np.arange(0, 360, 2, dtype=np.int32),
        classifier=Classifier(
            (2, 4),
            (4,),
            rng.normal(size=48).astype(np.float32),
            rng.normal(size=(48, UNITS)).astype(np.float32) / 8,
            rng.normal(size=UNITS).astype(np.float32),
            rng.normal(size=UNITS).astype(np.float32),
            0.2,
        ),
        adapter=None,
        fusion=fusion,
        judges=judges,
        calibration={"digest": "none", "n_human": n // 2, "n_machine": n // 2},
        humans=Humans.of(scale[people], 2 * scale[people], told, np.array(tokens)[people]),
    )  # fmt: skip


@pytest.fixture(scope="session")
def detector(bundle, gemma):
    """A detector of the random bundle and the random Gemma."""
    from autowritten.detector import Detector

    return Detector(bundle, gemma, 0.01)
