import json

import numpy as np
import pandas as pd
import pytest

from training import folds


@pytest.fixture(autouse=True)
def table(tmp_path, monkeypatch):
    families = {"paired-frontier": ["pairs-en0"], "assistant-answers": ["hc3"]}
    humans = {"assistant-answers": ["ruozhiba"]}
    (tmp_path / "families.json").write_text(json.dumps({"families": families, "test_against_humans_of": humans}))
    monkeypatch.setattr(folds, "data_folder", lambda: tmp_path)
    folds._families.cache_clear()
    yield
    folds._families.cache_clear()


def _rows(*rows):
    return pd.DataFrame(rows, columns=["dataset", "family", "label", "split"])


def test_a_family_its_humans_and_the_factory_share_a_fold():
    rows = _rows(
        ("pairs-en0", "paired-frontier", "machine", "train"),
        ("pairs-en0", "paired-frontier", "human", "train"),
        ("paired-frontier", "paired-frontier", "machine", "train"),
        ("hc3", "assistant-answers", "machine", "train"),
        ("ruozhiba", None, "human", "train"),
        ("factory-template", "factory-template", "machine", "train"),
    )
    assert folds.fold_of(rows).tolist() == [0, 0, 0, 1, 1, 2]


def test_other_data_sets_are_dealt_by_name():
    rows = _rows(*[(f"weibo-{i}", np.nan, "human", "train") for i in range(60)] * 2)
    found = folds.fold_of(rows)
    assert (found[:60] == found[60:]).all()
    assert set(found) == set(range(len(folds.FOLDS)))


def test_every_family_has_one_fold():
    names = [name for fold in folds.FOLDS for name in fold]
    assert len(names) == len(set(names))


def test_humans_of_a_family():
    rows = _rows(
        ("hc3", "assistant-answers", "human", "train"),
        ("hc3", "assistant-answers", "machine", "train"),
        ("ruozhiba", None, "human", "train"),
        ("weibo", None, "human", "dev"),
    )
    assert folds.humans_of(rows, "assistant-answers").tolist() == [True, False, True, False]
    assert folds.humans_of(rows, "factory-template").tolist() == [False, False, False, True]


def test_an_eighth_is_kept_and_pairs_stay_together():
    rows = pd.DataFrame({"pair_id": [f"p{i // 2}" for i in range(4000)], "whole": [str(i) for i in range(4000)]})
    kept = folds.kept_for_fusion(rows)
    assert (kept[::2] == kept[1::2]).all()
    assert 0.09 < kept.mean() < 0.16
    alone = folds.kept_for_fusion(rows.assign(pair_id=None))
    assert 0.09 < alone.mean() < 0.16
