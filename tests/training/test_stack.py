"""What the fusion learns from: a logit of a network that never saw the post, whichever kind of post it is."""

import json

import numpy as np
import pandas as pd
import pytest

from autowritten.features import NAMES
from training import folds, stack
from training.dataset import Dataset
from training.walks import DEPTHS, Walks


@pytest.fixture
def data(tmp_path, monkeypatch):
    """Posts of two families in folds 0 and 1; run `foldK` says 10 + K of what it scored, `whole` says 100."""
    families = {"families": {"paired-frontier": ["pairs"], "assistant-answers": ["hc3"]}, "test_against_humans_of": {}}
    (tmp_path / "families.json").write_text(json.dumps(families))
    monkeypatch.setattr(folds, "data_folder", lambda: tmp_path)
    monkeypatch.setattr(stack, "work_folder", lambda: tmp_path)
    folds._families.cache_clear()
    n = 200
    rows = pd.DataFrame(
        {
            "text": [f"post {i}" for i in range(n)],
            "label": np.tile(["human", "machine"], n // 2),
            "lang": "en",
            "dataset": np.repeat(["pairs", "hc3"], n // 2),
            "family": np.repeat(["paired-frontier", "assistant-answers"], n // 2),
            "pair_id": None,
            "whole": [str(i) for i in range(n)],
            "tokens": 20,
        }
    )
    fold, kept = folds.fold_of(rows), folds.kept_for_fusion(rows)
    for name in (stack.WHOLE, *(f"fold{k}" for k in range(len(folds.FOLDS)))):
        number = None if name == stack.WHOLE else int(name[-1])
        scored = kept | (fold == number)
        folder = tmp_path / "classifier" / name
        folder.mkdir(parents=True)
        value = 100.0 if number is None else 10.0 + number
        pd.DataFrame({"text": rows["text"][scored], "logit": value}).to_parquet(folder / "logits.parquet")
    states = np.zeros((n, len(DEPTHS), 2), dtype=np.float16)
    walks = Walks(states, states, [None] * n)
    yield Dataset(rows, walks, np.zeros((n, len(NAMES))), np.tile([0, 1], n // 2))
    folds._families.cache_clear()


def test_for_the_whole(data):
    learnt, said, weight = stack.training_set(data)
    kept = folds.kept_for_fusion(data.rows)
    assert len(learnt.rows) == len(said) == len(weight) == 200 + kept.sum()
    assert said[:200].tolist() == [10.0] * 100 + [11.0] * 100  # each by the network of its own fold
    assert (said[200:] == 100.0).all()
    assert list(learnt.rows["text"][200:]) == list(data.rows["text"][kept])
    assert weight[:200].sum() == pytest.approx(weight[200:].sum())
    assert weight.mean() == pytest.approx(1.0)


def test_for_a_network_that_left_out_a_fold_its_rows_are_no_known_writers(data):
    learnt, said, _ = stack.training_set(data, fold=0)
    kept = folds.kept_for_fusion(data.rows)
    assert said[:200].tolist() == [10.0] * 100 + [11.0] * 100
    assert (said[200:] == 10.0).all()
    assert set(learnt.rows["dataset"][200:]) == {"hc3"}
    assert len(said) - 200 == kept[100:].sum()
