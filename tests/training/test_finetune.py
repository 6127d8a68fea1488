"""Fine-tuning on a tiny random Gemma: it starts from the frozen classifier, learns, and resumes to the same weights."""

import json

import numpy as np
import pandas as pd
import pytest
import torch

from autowritten.classifier import Classifier
from autowritten.lm.adapter import Adapter
from tests.conftest import open_gemma
from training import finetune
from training.finetune import ALPHA, Network, Recipe, batches, target

pytest.importorskip("peft")
DEPTHS, SPREAD, HIDDEN, UNITS = (1, 3), (3,), 16, 6
RECIPE = Recipe(first=1, leave=3, rank=2, rate=1e-2, texts=4000, batch=512)
WORDS = {
    "human": ["the", "charger", "at", "the", "station", "broke", "down", "again"],
    "machine": ["la", "borne", "est", "encore", "en", "panne"],
}


@pytest.fixture(scope="module")
def classifier():
    rng = np.random.default_rng(0)
    inputs = (len(DEPTHS) + len(SPREAD)) * HIDDEN
    arrays = [rng.normal(size=shape).astype(np.float32) / 4 for shape in (inputs, (inputs, UNITS), UNITS, UNITS)]
    return Classifier(DEPTHS, SPREAD, *arrays, 0.1)


@pytest.fixture
def network(gemma_folder, classifier, tokenizer, monkeypatch):
    monkeypatch.setattr(finetune.backbones, "load_tokenizer", lambda source: tokenizer)
    return lambda: Network(RECIPE, classifier, np.ones(len(classifier.centre), dtype=np.float32), gemma_folder)


@pytest.fixture(scope="module")
def rows():
    """Posts whose writer shows in their words."""
    rng = np.random.default_rng(0)
    table = [
        {"text": " ".join(rng.choice(WORDS[label], 12)), "label": label, "lang": "en", "dataset": "d", "family": "f"}
        for label in ("human", "machine") * 100
    ]
    return pd.DataFrame(table)


def test_it_starts_where_the_frozen_classifier_stands(network, gemma, classifier, rows):
    texts = list(rows["text"][:6])
    walks = gemma.walk(gemma.tokenise(texts), depths=DEPTHS, window=128)
    frozen = classifier.logits(np.stack([w.pooled for w in walks]), np.stack([w.spread for w in walks]))
    np.testing.assert_allclose(finetune.score(network().eval(), texts), frozen, atol=0.1)  # it computes in bfloat16


def test_it_learns_resumes_and_is_what_the_detector_walks(network, gemma_folder, rows, tmp_path):
    whole = network()
    finetune.train(whole, rows, RECIPE, tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [line["round"] for line in lines] == [1, 2]
    assert lines[1]["loss"] < lines[0]["loss"]
    logits = finetune.score(whole, list(rows["text"]))
    human = (rows["label"] == "human").to_numpy()
    assert logits[~human].mean() > logits[human].mean() + 1

    again = network()
    finetune.train(again, rows, RECIPE, tmp_path)  # nothing left to do: it reads the checkpoint
    np.testing.assert_allclose(finetune.score(again, list(rows["text"])), logits, atol=1e-5)

    whole.trunk.save_pretrained(tmp_path / "adapter")
    arrays = finetune.load_numpy(tmp_path / "adapter" / "adapter_model.safetensors")
    adapter = Adapter.from_arrays({"first": 1, "leave": 3, "scale": ALPHA}, arrays)
    backbone = open_gemma(gemma_folder, adapter=adapter)
    walks = backbone.walk(backbone.tokenise(list(rows["text"][:6])), depths=DEPTHS, window=128)
    walked = whole.trained().logits(np.stack([w.pooled for w in walks]), np.stack([w.spread for w in walks]))
    np.testing.assert_allclose(walked, logits[:6], atol=0.2)


def test_batches_hold_everything_once_and_keep_to_their_size():
    lengths = list(np.random.default_rng(0).integers(1, 97, 500))
    found = batches(lengths, 512)
    assert sorted(i for batch in found for i in batch) == list(range(500))
    assert all((max(lengths[i] for i in batch) + 1) * len(batch) <= 512 for batch in found)
    assert batches([1000], 512) == [[0]]  # too long for any batch: a batch of its own


def test_short_texts_are_only_weakly_machine():
    machine = torch.tensor([1.0, 1.0, 0.0, 0.0])
    tokens = torch.tensor([6, 96, 6, 96])
    found = target(machine, tokens, 0.02, 0.4).tolist()
    assert found[1] == pytest.approx(0.98, abs=1e-3)
    assert 0.7 < found[0] < 0.8
    assert found[2] == pytest.approx(1 - found[0], abs=1e-6)
    assert found[3] == pytest.approx(1 - found[1], abs=1e-6)


def test_twins_are_of_the_other_class_and_of_the_same_pair():
    rows = pd.DataFrame(
        {
            "label": ["human", "machine", "human", "machine", "machine", "human", "human"],
            "pair_id": ["a", "a", "b", "b", "b", None, "c"],
        }
    )
    assert finetune.twins(rows) == [1, 0, 3, 2, 2, -1, -1]
    assert finetune.twins(rows[["label"]]) == [-1] * 7


def test_pairs_are_drawn_together_and_ranked(tokenizer):
    pairs = pd.DataFrame(
        {
            "text": [" ".join(WORDS[label]) + f" {i}" for i in range(40) for label in ("human", "machine")],
            "label": ["human", "machine"] * 40,
            "pair_id": np.repeat([f"p{i}" for i in range(20)] + [None] * 20, 2),
            "lang": "en",
            "dataset": "d",
            "family": "f",
        }
    )
    (round_,) = finetune.draws(pairs, Recipe(texts=400), tokenizer)
    assert {len(group) for group in round_} == {1, 2}
    assert 300 < sum(map(len, round_)) < 500
    couples = [group for group in round_ if len(group) == 2]
    assert all({label for _, label in group} == {0, 1} for group in couples)
    held = batches([max(len(ids) for ids, _ in g) for g in round_], 128, [len(g) for g in round_])
    assert sorted(i for batch in held for i in batch) == list(range(len(round_)))
    assert all(sum(len(round_[i]) for i in b) * (max(len(t) for i in b for t, _ in round_[i]) + 1) <= 128 for b in held)

    groups = [[([1] * 50, 1), ([1] * 50, 0)], [([1] * 50, 1)]]
    entropy, right = finetune.losses_of(torch.tensor([2.0, -2.0, 0.0]), groups, Recipe(smoothing=0.0, short=0.4))
    _, wrong = finetune.losses_of(torch.tensor([-2.0, 2.0, 0.0]), groups, Recipe(smoothing=0.0, short=0.4))
    assert float(right) == pytest.approx(np.log1p(np.exp(-4.0)) / 3, rel=1e-5)
    assert float(wrong) == pytest.approx(np.log1p(np.exp(4.0)) / 3, rel=1e-5)
    assert 0.2 < float(entropy) < 0.6
    assert finetune.losses_of(torch.tensor([0.0]), groups[1:], Recipe())[1] == 0.0
