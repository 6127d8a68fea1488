"""Bundles: written, read back, and refused where they were touched."""

import dataclasses
import json
import re

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from autowritten import bundle as bundles
from autowritten.bundle import Bundle, BundleError
from autowritten.digest import sha256
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
    name = "base_model.model.layers.1.mlp.up_proj.lora_{}.weight"
    arrays = {name.format("A"): np.eye(3, dtype=np.float16), name.format("B"): np.ones((5, 3), dtype=np.float16)}
    adapter = Adapter.from_arrays({"first": 1, "leave": 3, "scale": 2.0}, arrays)
    dataclasses.replace(bundle, adapter=adapter).save_pretrained(tmp_path / "tuned")
    again = Bundle.from_pretrained(tmp_path / "tuned").adapter
    assert (again.first, again.leave, again.scale) == (1, 3, 2.0)
    np.testing.assert_array_equal(again.tensors[name.format("A")], np.eye(3))
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


HOSTILE = (
    None,
    True,
    -1,
    0,
    1e400,
    "",
    "x" * 300,
    "../../etc",
    "/",
    "\0",
    [],
    [[]],
    {},
    {"a": 1},
    [None],
    ["x"],
    10**30,
)


def _places(value, path=()):
    """Yield the path of every value in nested JSON."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(min(len(value), 2)):
            yield from _places(value[key], (*path, key))
    yield path


def _changed(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = _changed(value[path[0]], path[1:], new)
    return copy


def _sealed(folder):
    """Make the digests fit again: they tell accidents, not attackers."""
    config = json.loads((folder / "config.json").read_text())
    if isinstance(config, dict) and isinstance(config.get("sha256"), dict):
        config["sha256"] = {name: sha256(folder / name) for name in config["sha256"] if (folder / name).is_file()}
        (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("file", ["config.json", "thresholds.json"])
def test_any_value_of_another_type_or_range_is_refused_or_changes_nothing_that_runs(bundle, tmp_path, file):
    bundle.save_pretrained(tmp_path / "tiny")
    whole = json.loads((tmp_path / "tiny" / file).read_text())
    rng = np.random.default_rng(0)
    refused = 0
    for path in _places(whole):
        for new in rng.choice(np.array([*HOSTILE, ...], dtype=object), 4, replace=False):
            if new is ...:
                continue
            (tmp_path / "tiny" / file).write_text(json.dumps(_changed(whole, path, new)))
            if file != "config.json":
                _sealed(tmp_path / "tiny")
            try:
                Bundle.from_pretrained(tmp_path / "tiny")
            except BundleError:
                refused += 1
    assert refused > 50
    bundle.save_pretrained(tmp_path / "tiny")
    Bundle.from_pretrained(tmp_path / "tiny")


@pytest.mark.parametrize("file", ["vocabulary", "classifier", "fusion", "humans"])
def test_tensors_of_another_shape_or_type_or_not_finite_are_refused(bundle, tmp_path, file):
    folder = tmp_path / "tiny"
    bundle.save_pretrained(folder)
    path = folder / f"{file}.safetensors"
    whole = load_file(path)
    for name, array in whole.items():
        bad = [array[:0], array[..., None], array.astype(np.float16 if array.dtype.kind != "f" else np.int32)]
        bad += [array[:-1] if array.ndim == 1 and file != "vocabulary" and len(array) > 1 else array[None]]
        if array.dtype.kind == "f":
            bad += [
                np.where(np.arange(array.size).reshape(array.shape) == 0, value, array) for value in (np.nan, np.inf)
            ]
        else:
            bad += [array.astype(np.int64) - 10**6]
            bad += [np.full(array.shape, 10**12)] if name != "tokens" else []
        for value in [*bad, None]:
            tensors = {key: np.ascontiguousarray(one) for key, one in whole.items() if key != name}
            if value is not None:
                tensors[name] = np.ascontiguousarray(value)
            save_file(tensors, path)
            _sealed(folder)
            with pytest.raises(BundleError, match="is damaged or made for another version"):
                Bundle.from_pretrained(folder)


@pytest.mark.parametrize("file", ["config.json", "thresholds.json", "calibration.json"])
@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"a":' * 100_000, "[]", "null", "7", "{", "\udcff", '{"slope": NaN}', " " * 5_000_000]
)
def test_json_that_is_deep_or_huge_or_something_else_is_one_clear_error(bundle, tmp_path, file, text):
    bundle.save_pretrained(tmp_path / "tiny")
    (tmp_path / "tiny" / file).write_bytes(text.encode("utf-8", "surrogatepass"))
    if file != "config.json":
        _sealed(tmp_path / "tiny")
    with pytest.raises(BundleError, match=r"damaged|no '"):
        Bundle.from_pretrained(tmp_path / "tiny")
