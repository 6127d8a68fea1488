"""A model directory: read it, check its digests, write it.

config.json             name, version, date, language model and its digest, depths, window, digests of the other files
vocabulary.safetensors  token ids that surprisal sums over
classifier.safetensors  the classifier half
adapter.safetensors     what fine-tuning changed in the language model's middle layers; absent where it changed nothing
fusion.safetensors      human band and weights of the fusion
thresholds.json         full and fast: calibration of the probability; below which logit a post is called human
calibration.json        what the thresholds and the probability were fitted on, and how well they held
humans.safetensors      logits of human posts: what a score is compared with, and machine thresholds follow from
MODEL_CARD.md  NOTICE

A bundle that `autowritten calibrate` wrote has only thresholds.json, calibration.json and humans.safetensors of its own.
Its config.json names the bundle that everything else comes from, and the digest of that one's config.json.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from autowritten.bundle_checks import check_array, check_config, check_judge, read_json
from autowritten.classifier import Classifier
from autowritten.digest import sha256
from autowritten.errors import AutowrittenError
from autowritten.fusion import Fusion
from autowritten.judging.humans import Humans
from autowritten.judging.judge import Judge
from autowritten.lm.adapter import Adapter
from autowritten.lm.embedded import EMBEDDED

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DEFAULT = "autowritten-1"
"""The bundle that `Detector.load()` opens."""

__all__ = ["DEFAULT", "EMBEDDED", "Bundle", "BundleError", "find", "reference", "shipped"]


class BundleError(AutowrittenError):
    """A bundle that can't be found, is incomplete or does not match its digests."""


@dataclass(frozen=True, repr=False)
class Bundle:
    """A trained detector without its language model.

    Attributes:
        config: the keys of config.json (see `write`).
        vocabulary: token ids, shape (n,).
        classifier: hidden states -> logit.
        adapter: what fine-tuning changed in the language model, or None.
        fusion: classifier logit and features -> logit.
        judges: `full`, of fused logits, and `fast`, of the classifier's: logit -> probability and verdict.
        calibration: what was fitted on what, and how well it held.
        humans: the human posts that the thresholds were set on.
        documents: MODEL_CARD.md and NOTICE, where it has them.
    """

    config: dict[str, Any]
    vocabulary: NDArray[np.int32]
    classifier: Classifier
    adapter: Adapter | None
    fusion: Fusion
    judges: dict[str, Judge]
    calibration: dict[str, Any]
    humans: Humans
    documents: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return name and version, as shown beside every score."""
        return f"{self.config['name']} {self.config['version']}"

    @property
    def digest(self) -> str:
        """Return a digest of the config, which holds those of all files: another bundle of the same name has another."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True, default=str).encode()).hexdigest()

    def __repr__(self) -> str:
        """Return name, date and what it was calibrated on."""
        posts = f"{len(self.humans):,} human posts"
        return f"Bundle({self.name!r}, date={self.config.get('date')!r}, fpr={self.config['fpr']:g}, calibrated on {posts})"

    def judge(self, fast: bool = False) -> Judge:
        """Return what judges fused logits, or with `fast` those of the classifier alone."""
        return self.judges["fast" if fast else "full"]

    def save_pretrained(self, folder: str | os.PathLike[str]) -> None:
        """Write the bundle's files and their digests.

        `config` holds name, version, backbone (as `EMBEDDED`), depths, spread_depths, window (tokens),
        max_characters, fpr (the default false-positive rate) and whatever else should be told; `adapter` (where it
        sits), `fusion` (what its inputs are) and `sha256` are added. With `base`, as `calibrate` makes it (keys `bundle` and
        `sha256`), only what differs from that bundle is written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        _write_json(folder / "thresholds.json", {name: judge.as_dict() for name, judge in self.judges.items()})
        _write_json(folder / "calibration.json", self.calibration)
        save_file(self.humans.arrays(), folder / "humans.safetensors")
        if "base" in self.config:
            config = {key: self.config[key] for key in _OWN_KEYS}
            _write_json(folder / "config.json", config | {"sha256": _digests(folder, _OWN_FILES)})
        else:
            self._save_weights(folder)
            adapter = self.adapter.settings() if self.adapter else None
            added = {"adapter": adapter, "fusion": Fusion.settings(), "sha256": _digests(folder, _files(adapter))}
            _write_json(folder / "config.json", {**self.config, **added})
        for name, text in self.documents.items():
            (folder / name).write_text(text, encoding="utf-8")

    def _save_weights(self, folder: Path) -> None:
        save_file({"vocabulary": self.vocabulary}, folder / "vocabulary.safetensors")
        save_file(self.classifier.tensors(), folder / "classifier.safetensors")
        save_file(self.fusion.tensors(), folder / "fusion.safetensors")
        if self.adapter:
            save_file(self.adapter.arrays(), folder / _ADAPTER)

    @classmethod
    def from_pretrained(cls, source: str | os.PathLike[str] | None = None) -> Bundle:
        """Read a bundle and check every data file against the digests in its config.

        Args:
            source: a folder, the name of a shipped bundle, or None for the default one.

        Raises:
            BundleError: not found, incomplete, tampered with, or made for another version.
        """
        folder = find(source)
        try:
            config = _read_json(folder / "config.json")
            if lacking := [key for key in (_OWN_KEYS if "base" in config else _CONFIG_KEYS) if key not in config]:
                raise BundleError(f"{folder / 'config.json'} has no {lacking[0]!r}: damaged, or of another version")
            check_config(config)
            for name in _OWN_FILES if "base" in config else _files(config["adapter"]):
                if sha256(folder / name) != config["sha256"][name]:
                    raise BundleError(f"{folder / name} does not match the digest in config.json: not used")
            judges = _read_json(folder / "thresholds.json")
            for name in ("full", "fast"):
                check_judge(judges[name])
            humans = Humans.from_arrays(load_file(folder / "humans.safetensors"))
            own: dict[str, Any] = {
                "judges": {name: Judge.from_dict(judges[name], humans.rarity(name)) for name in ("full", "fast")},
                "calibration": _read_json(folder / "calibration.json"),
                "humans": humans,
                "documents": {
                    name: (folder / name).read_text(encoding="utf-8") for name in _DOCUMENTS if (folder / name).exists()
                },
            }
            if "base" in config:
                base = _base(folder, config["base"])
                return replace(base, config=base.config | config, **own)
            return cls(
                config=config,
                vocabulary=_vocabulary(folder),
                classifier=Classifier.from_tensors(
                    config["depths"], config["spread_depths"], load_file(folder / "classifier.safetensors")
                ),
                adapter=Adapter.from_arrays(config["adapter"], load_file(folder / _ADAPTER))
                if config["adapter"]
                else None,
                fusion=Fusion.from_tensors(config["fusion"], load_file(folder / "fusion.safetensors")),
                **own,
            )
        except OSError as error:
            raise BundleError(f"the bundle {folder} is incomplete: {error}") from error
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, SafetensorError) as error:
            raise BundleError(f"the bundle {folder} is damaged or made for another version: {error}") from error


_CONFIG_KEYS = (
    "name", "version", "backbone", "depths", "spread_depths", "window", "max_characters", "fpr", "adapter",
    "fusion", "sha256",
)  # fmt: skip
_OWN_KEYS = ("name", "version", "date", "base", "fpr")
_ADAPTER = "adapter.safetensors"
_DOCUMENTS = ("MODEL_CARD.md", "NOTICE")
_OWN_FILES = ("thresholds.json", "calibration.json", "humans.safetensors")


def _files(adapter: object) -> tuple[str, ...]:
    """Return the data files of a bundle that stands alone."""
    weights = ("vocabulary.safetensors", "classifier.safetensors", "fusion.safetensors")
    return (*weights, *_OWN_FILES, *((_ADAPTER,) if adapter else ()))


def _digests(folder: Path, names: tuple[str, ...]) -> dict[str, str]:
    return {name: sha256(folder / name) for name in names}


def reference(source: str | os.PathLike[str] | None = None) -> dict[str, str]:
    """Return how another bundle refers to a bundle: by its shipped name or its folder, and the digest of its config.json.

    A bundle that itself refers to another one is passed over.

    Raises:
        BundleError: no such bundle.
    """
    folder = find(source)
    config = _read_json(folder / "config.json")
    if "base" in config:
        base: dict[str, str] = config["base"]
        return base
    name = folder.name if folder.parent == shipped() else str(folder.resolve())
    return {"bundle": name, "sha256": sha256(folder / "config.json")}


def _base(folder: Path, base: dict[str, str]) -> Bundle:
    """Read the bundle that the one in a folder refers to; by its digest, so that no bundle can refer to itself."""
    try:
        found = find(base["bundle"])
    except BundleError as error:
        raise BundleError(f"{folder} was calibrated on {base['bundle']!r}, which is not there: {error}") from None
    if sha256(found / "config.json") != base["sha256"]:
        raise BundleError(f"{folder} was calibrated on another version of the bundle {found}: calibrate again")
    return Bundle.from_pretrained(found)


def shipped() -> Path:
    """Return the folder of the bundles that come with the package."""
    installed = Path(__file__).parent / "_models"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "models"


def find(source: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of a bundle, given as a folder, as a shipped name or as None for the default.

    Raises:
        BundleError: no such bundle, or a name that leaves the folder of shipped bundles.
    """
    name = os.fspath(source) if source is not None else DEFAULT
    if os.path.isfile(Path(name) / "config.json"):  # not `is_file`, which raises on a name too long
        return Path(name)
    if name == Path(name).name != ".." and os.path.isfile(shipped() / name / "config.json"):
        return shipped() / name
    known = ", ".join(sorted(p.parent.name for p in shipped().glob("*/config.json"))) or "none"
    raise BundleError(f"no bundle {name!r}: give a bundle folder or one of the shipped ones ({known})")


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return read_json(path)
    except ValueError as error:
        raise BundleError(f"{path} is damaged: {error}") from error


def _vocabulary(folder: Path) -> NDArray[np.int32]:
    found = check_array(load_file(folder / "vocabulary.safetensors"), "vocabulary", (None,), "iu")
    if int(found.min()) < 0 or int(found.max()) >= 1 << 24 or len(set(found.tolist())) != len(found):
        raise ValueError("vocabulary is not what it should be")
    return found.astype("int32")


def _write_json(path: Path, data: dict[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
