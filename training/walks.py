"""Walks of many texts, kept on disk: the language model is the slow part, everything after it takes seconds.

A store is a folder of safetensors shards. It resumes where it was cut off: what a shard holds is never walked again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from autowritten.lm.backbone import Backbone
from autowritten.lm.surprisal import TokenStatistics

DEPTHS = (2, 4, 6, 8, 10, 12, 15, 18)
WINDOW = 128
SHARD = 500
_KEY = 16


@dataclass(frozen=True)
class Walks:
    """Walks of n texts.

    Attributes:
        pooled: mean hidden states, shape (n, depths, hidden), float16, depths as in `DEPTHS`.
        spread: their standard deviation over the tokens, same shape.
        statistics: per text.
    """

    pooled: NDArray[np.float16]
    spread: NDArray[np.float16]
    statistics: list[TokenStatistics]


class WalkStore:
    """A folder of walks, found by the text walked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.places: dict[bytes, tuple[Path, int]] = {}
        for shard in sorted(folder.glob("*.safetensors")):
            self._index(shard)

    def _index(self, shard: Path) -> None:
        from safetensors import safe_open

        with safe_open(shard, framework="numpy") as file:
            for row, key in enumerate(file.get_tensor("keys")):
                self.places[key.tobytes()] = (shard, row)

    def missing(self, texts: Sequence[str]) -> list[str]:
        """Return the texts not yet walked, each once, in order."""
        return [t for t in dict.fromkeys(texts) if _key(t) not in self.places]

    def ensure(self, texts: Sequence[str], backbone: Backbone) -> None:
        """Walk the texts that are not yet in the store, a shard at a time."""
        todo = self.missing(texts)
        done, start = 0, time.monotonic()
        for first in range(0, len(todo), SHARD):
            chunk = todo[first : first + SHARD]
            ids = backbone.tokenise(chunk)
            walks = backbone.walk(ids, depths=DEPTHS, window=WINDOW)
            lengths = np.array([len(w.statistics) for w in walks], dtype=np.int64)
            shard = self.folder / f"{hashlib.sha256(''.join(chunk).encode()).hexdigest()[:20]}.safetensors"
            partial = shard.with_suffix(".partial")
            save_file(
                {
                    "keys": np.stack([np.frombuffer(_key(t), dtype=np.uint8) for t in chunk]),
                    "pooled": np.stack([w.pooled for w in walks]).astype(np.float16),
                    "spread": np.stack([w.spread for w in walks]).astype(np.float16),
                    "ends": np.cumsum(lengths),
                    "statistics": np.concatenate([w.statistics.matrix() for w in walks], axis=1),
                },
                partial,
            )
            partial.rename(shard)
            self._index(shard)
            done += int(lengths.sum())
            rate = done / (time.monotonic() - start)
            print(f"walked {first + len(chunk)}/{len(todo)} texts, {rate:.0f} tokens/s", flush=True)

    def load(self, texts: Sequence[str]) -> Walks:
        """Return the walks of the texts, in order. Raises KeyError for a text that was not walked."""
        places = [self.places[_key(t)] for t in texts]
        by_shard: dict[Path, list[int]] = {}
        for i, (shard, _) in enumerate(places):
            by_shard.setdefault(shard, []).append(i)
        pooled: NDArray[np.float16] | None = None
        spread: NDArray[np.float16] | None = None
        statistics: list[TokenStatistics | None] = [None] * len(texts)
        for shard, members in by_shard.items():
            data = load_file(shard)
            rows = [places[i][1] for i in members]
            if pooled is None or spread is None:
                pooled = np.empty((len(texts), *data["pooled"].shape[1:]), dtype=np.float16)
                spread = np.empty_like(pooled)
            pooled[members], spread[members] = data["pooled"][rows], data["spread"][rows]
            ends = data["ends"]
            for i, row in zip(members, rows, strict=True):
                first = int(ends[row - 1]) if row else 0
                statistics[i] = TokenStatistics.from_matrix(data["statistics"][:, first : int(ends[row])].copy())
        empty = np.zeros((0, len(DEPTHS), 1), dtype=np.float16)
        return Walks(
            empty if pooled is None else pooled,
            empty if spread is None else spread,
            [s for s in statistics if s is not None],
        )


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_KEY]
