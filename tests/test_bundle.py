"""Bundles: written, read back, and refused where they were touched."""

import dataclasses
import json
import re

import numpy as np
import pytest

from autowritten import bundle as bundles
from autowritten.bundle import Bundle, BundleError
from autowritten.lm.adapter import Adapter

FILES = (
    "vocabulary.safetensors",
    "classifier.safetensors",
    "fusion.safetensors",
    "thresholds.json",
    "calibration.json",
)


@pytest.fixture
def folder(bundle, tmp_path):
    bundle.save_pretrained(tmp_path / "tiny")
    return tmp_path / "tiny"


def test_round_trip(bundle, folder):
    again = Bundle.from_pretrained(folder)
    assert again.name == "tiny 0"
    assert {k: v for k, v in again.config.items() if k not in ("sha256", "fusion", "adapter")} == bundle.config
    for half, judge in bundle.judges.items():
        assert again.judges[half].as_dict() == judge.as_dict()
        for logit in (-1.0, 0.5, 2.0, 9.0):
            assert again.judges[half].human_rarity(logit, "zh", 20) == judge.human_rarity(logit, "zh", 20)
    assert again.calibration == bundle.calibration
    np.testing.assert_array_equal(again.vocabulary, bundle.vocabulary)
    assert again.classifier.depths == bundle.classifier.depths
    pooled, spread = np.random.default_rng(0).normal(size=(2, 3, 2, 16)).astype(np.float32)
    np.testing.assert_allclose(
        again.classifier.logits(pooled, spread), bundle.classifier.logits(pooled, spread), rtol=1e-6
    )
    assert again.adapter is None
    np.testing.assert_array_equal(again.fusion.weight, bundle.fusion.weight)


def test_an_adapter_is_kept_and_checked(bundle, tmp_path):
    arrays = {"base_model.model.layers.1.mlp.up_proj.lora_A.weight": np.eye(3, dtype=np.float16)}
    adapter = Adapter.from_arrays({"first": 1, "leave": 3, "scale": 2.0}, arrays)
    dataclasses.replace(bundle, adapter=adapter).save_pretrained(tmp_path / "tuned")
    again = Bundle.from_pretrained(tmp_path / "tuned").adapter
    assert (again.first, again.leave, again.scale) == (1, 3, 2.0)
    np.testing.assert_array_equal(next(iter(again.tensors.values())), np.eye(3))
    data = bytearray((tmp_path / "tuned" / "adapter.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "tuned" / "adapter.safetensors").write_bytes(data)
    with pytest.raises(BundleError, match=r"adapter\.safetensors does not match the digest"):
        Bundle.from_pretrained(tmp_path / "tuned")


def test_writing_again_gives_the_same_bytes(bundle, folder):
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    Bundle.from_pretrained(folder).save_pretrained(folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


@pytest.mark.parametrize("name", FILES)
def test_a_touched_file_is_refused_by_name(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=rf"{re.escape(name)} does not match the digest"):
        Bundle.from_pretrained(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(BundleError, match=rf"incomplete: .*{re.escape(name)}"):
        Bundle.from_pretrained(folder)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "\xff"])
def test_a_damaged_config_is_refused(folder, text):
    (folder / "config.json").write_text(text, encoding="latin-1")
    with pytest.raises(BundleError, match="damaged"):
        Bundle.from_pretrained(folder)


@pytest.mark.parametrize("key", ["fpr", "window", "sha256", "backbone"])
def test_a_config_without_a_key_names_it(folder, key):
    config = json.loads((folder / "config.json").read_text())
    del config[key]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(BundleError, match=f"has no '{key}'"):
        Bundle.from_pretrained(folder)


def test_a_bundle_of_another_version_is_refused(bundle, tmp_path, monkeypatch):
    with monkeypatch.context() as other:
        other.setattr("autowritten.fusion.INPUTS", ("perplexity",))
        bundle.save_pretrained(tmp_path / "old")
    with pytest.raises(BundleError, match=r"made for another version.*other inputs"):
        Bundle.from_pretrained(tmp_path / "old")


def test_shipped_bundles_go_by_name(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, "shipped", lambda: tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BundleError, match=r"no bundle 'autowritten-1'.*\(none\)"):
        Bundle.from_pretrained()
    for name in ("two", "one", bundles.DEFAULT):
        dataclasses.replace(bundle, config={**bundle.config, "name": name}).save_pretrained(tmp_path / "shipped" / name)
    assert Bundle.from_pretrained("one").name == "one 0"
    assert Bundle.from_pretrained().name == f"{bundles.DEFAULT} 0"
    with pytest.raises(BundleError, match=r"no bundle 'three'.*\(autowritten-1, one, two\)"):
        Bundle.from_pretrained("three")


@pytest.mark.parametrize("name", ["../secret", "..", "one/../../secret", "/nowhere/at/all", "", "a\0b", "x" * 5000])
def test_a_name_never_leaves_the_shipped_folder(bundle, tmp_path, monkeypatch, name):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(bundles, "shipped", lambda: tmp_path / "outer" / "shipped")
    bundle.save_pretrained(tmp_path / "outer" / "shipped" / "one")
    bundle.save_pretrained(tmp_path / "outer" / "secret")
    (tmp_path / "outer" / "config.json").write_text("{}")
    with pytest.raises(BundleError, match="no bundle"):
        Bundle.from_pretrained(name)
