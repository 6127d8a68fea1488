"""A bundle is data: types, shapes, ranges and finiteness of all it holds, checked before anything is made of it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGEST_JSON = 4_000_000
"""Bytes of a JSON file of a bundle; the shipped one's largest has 20,000."""
_LAYERS, _HIDDEN = 64, 16_384


def read_json(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file holds.

    Raises:
        ValueError: too large, nested too deep, not JSON, or not an object.
    """
    if path.stat().st_size > LARGEST_JSON:
        raise ValueError(f"{path.name} is larger than any bundle's")
    try:
        data = json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse)
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deep") from None
    if not isinstance(data, dict):
        raise ValueError(f"{path.name} does not hold an object")
    return data


def check_config(config: Mapping[str, Any]) -> None:
    """Check the values of config.json that are used.

    Raises:
        ValueError: names the key.
    """
    for key in ("name", "version"):
        _need(isinstance(config[key], str) and 0 < len(config[key]) <= 200 and config[key].isprintable(), key)
    _need(isinstance(config["fpr"], float) and 0.0 < config["fpr"] < 1.0, "fpr")
    _need(_digests(config["sha256"]), "sha256")
    if "base" in config:
        base = config["base"]
        fine = isinstance(base, dict) and all(isinstance(base.get(key), str) for key in ("bundle", "sha256"))
        _need(fine and "\0" not in base["bundle"], "base")
        return
    backbone = config["backbone"]
    _need(isinstance(backbone, dict) and all(isinstance(value, str) for value in backbone.values()), "backbone")
    for key in ("depths", "spread_depths"):
        depths = config[key]
        _need(isinstance(depths, list) and all(_whole(d, 1, _LAYERS) for d in depths), key)
        _need(sorted(set(depths)) == depths, key)
    _need(bool(config["depths"]) and set(config["spread_depths"]) <= set(config["depths"]), "spread_depths")
    _need(_whole(config["window"], 2, 8192), "window")
    _need(_whole(config["max_characters"], 1, 100_000_000), "max_characters")
    adapter = config["adapter"]
    if adapter is not None:
        _need(isinstance(adapter, dict) and _whole(adapter.get("first"), 0, _LAYERS), "adapter")
        _need(_whole(adapter.get("leave"), adapter["first"] + 1, _LAYERS), "adapter")
        _need(_number(adapter.get("scale"), 0.0, 1000.0), "adapter")


def check_judge(data: object) -> None:
    """Check what thresholds.json holds of one half.

    Raises:
        ValueError: names the key.
    """
    _need(isinstance(data, dict), "thresholds")
    assert isinstance(data, dict)  # noqa: S101 - for the type checker
    _need(_number(data.get("slope"), 1e-6, 1e6), "slope")
    _need(_number(data.get("intercept"), -1e6, 1e6), "intercept")
    _need(_whole(data.get("min_tokens"), 1, 10_000), "min_tokens")
    human = data.get("human")
    _need(isinstance(human, list) and len(human) <= 1000, "human")
    assert isinstance(human, list)  # noqa: S101
    for one in human:
        _need(isinstance(one, dict) and set(one) == {"rate", "language", "length", "n", "logit"}, "human")
        _need(
            _number(one["rate"], 0.0, 1.0) and _number(one["logit"], -1e6, 1e6) and _whole(one["n"], 0, 10**9), "human"
        )
        _need(isinstance(one["language"], str) and isinstance(one["length"], str), "human")


def check_array(
    arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int | None, ...], kinds: str = "f"
) -> NDArray[Any]:
    """Return an array of a safetensors file after a check of its type, its shape and its values.

    Args:
        arrays: what the file holds.
        name: of the array.
        shape: lengths of its axes; None for any from 1 on.
        kinds: numpy's kinds of number that are allowed: `f` floating point, `iu` integers.

    Raises:
        ValueError: names the array.
    """
    array = arrays[name]
    fits = array.ndim == len(shape) and all(
        size == wanted if wanted is not None else size > 0 for size, wanted in zip(array.shape, shape, strict=False)
    )
    _need(array.dtype.kind in kinds and fits, name)
    _need(bool(np.isfinite(array).all()), name)
    return array


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number of JSON")


def _digests(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(digest, str) and len(digest) == 64 for digest in value.values())


def _whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _number(value: object, least: float, most: float) -> bool:
    fine = isinstance(value, int | float) and not isinstance(value, bool)
    return fine and math.isfinite(value) and least <= value <= most  # type: ignore[arg-type, operator]


def _need(fine: bool, what: str) -> None:
    if not fine:
        raise ValueError(f"{what} is not what it should be")
