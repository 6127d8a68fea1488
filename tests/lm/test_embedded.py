"""Finding, verifying and caching the embedded model."""

import hashlib
import json
import shutil
import threading
import time
from types import SimpleNamespace

import pytest

from autowritten.lm import backbone
from autowritten.lm import embedded as dense_copies
from autowritten.lm.embedded import BackboneError

GGUF = b"weights, in truth"


@pytest.fixture
def source(monkeypatch, tmp_path):
    """A bundle's `backbone` part, its package made of two chunks, and a cache folder of its own."""
    monkeypatch.setenv("AUTOWRITTEN_CACHE", str(tmp_path / "cache"))
    for i, piece in enumerate((GGUF[:7], GGUF[7:])):
        (tmp_path / f"part{i}").write_bytes(piece)
    package = SimpleNamespace(chunk_paths=lambda: [tmp_path / "part0", tmp_path / "part1"])
    monkeypatch.setattr(dense_copies, "import_module", lambda name: package)
    return {"name": "tiny", "package": "tiny_gguf", "file": "tiny.gguf", "sha256": hashlib.sha256(GGUF).hexdigest()}


@pytest.fixture
def built(monkeypatch, gemma_folder):
    """Make the dense copy out of the tiny Gemma, slowly; count how often."""
    count = []

    def build(source, target, dtype):
        count.append(target)
        assert not target.exists()
        work = target.with_name("half-made")
        shutil.copytree(gemma_folder, work)
        time.sleep(0.1)
        digests = {p.name: dense_copies.sha256(p) for p in work.iterdir()}
        (work / "manifest.json").write_text(json.dumps({"sha256": digests}))
        work.rename(target)

    monkeypatch.setattr(dense_copies, "_build_dense_copy", build)
    return count


def test_the_copy_is_made_once_by_whoever_comes_first(source, built):
    found = []
    threads = [threading.Thread(target=lambda: found.append(dense_copies.dense_copy(source))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert len(found) == 4
    assert len(set(found)) == 1


def test_a_finished_copy_needs_no_lock(source, built, monkeypatch):
    import filelock

    dense_copies.dense_copy(source)
    monkeypatch.setattr(filelock, "FileLock", None)
    dense_copies.dense_copy(source)


def test_the_copy_loads(source, built):
    assert backbone.load(source).name == "tiny"
    assert len(backbone.load_tokenizer(source)) > 200


def test_a_changed_copy_is_named(source, built):
    folder = dense_copies.dense_copy(source)
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BackboneError, match=r"model\.safetensors was changed .* delete .*tiny-.* and run again"):
        dense_copies.dense_copy(source)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"sha256": [1]}', '{"sha256": {"gone": "00"}}'])
def test_a_damaged_manifest_is_named(source, built, manifest):
    folder = dense_copies.dense_copy(source)
    (folder / "manifest.json").write_text(manifest)
    with pytest.raises(BackboneError, match=r"the model cache .*tiny-.* is damaged"):
        dense_copies.dense_copy(source)


def test_a_file_of_another_digest_is_refused_and_leaves_nothing(source, tmp_path):
    (tmp_path / "part1").write_bytes(b"something else")
    with pytest.raises(BackboneError, match=r"tiny\.gguf from tiny_gguf does not match the digest"):
        dense_copies.dense_copy(source)
    assert [p.suffix for p in (tmp_path / "cache").iterdir()] in ([".lock"], [])


def test_what_a_killed_process_left_is_swept_up(source, tmp_path):
    (tmp_path / "part1").write_bytes(b"something else")
    left = tmp_path / "cache" / f".building-tiny-{source['sha256'][:16]}-float16-dead"
    left.mkdir(parents=True)
    with pytest.raises(BackboneError):
        dense_copies.dense_copy(source)
    assert not left.exists()


def test_a_missing_package_says_what_to_install(source, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(dense_copies, "import_module", missing)
    with pytest.raises(BackboneError, match="pip install tiny-gguf"):
        dense_copies.dense_copy(source)


def test_an_unwritable_cache_says_what_to_set(source, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AUTOWRITTEN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(BackboneError, match="AUTOWRITTEN_CACHE"):
        dense_copies.dense_copy(source)
