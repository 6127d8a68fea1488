"""All that an engine needs: a spec that can be sent to a worker, and a function there from posts to a table of scores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from autowritten.posts.json_text import encode
from autowritten.posts.run import BATCH
from autowritten.posts.write_parquet import SCORE_TYPES

if TYPE_CHECKING:
    from autowritten.detector import Detector

SCHEMA = pa.schema(SCORE_TYPES.items())
"""What `ScorerSpec.score_batch` returns: the columns of a scored file."""


@dataclass(frozen=True, slots=True)
class ScorerSpec:
    """Which detector is meant. Small, picklable, and equal where it means the same.

    Attributes:
        bundle: as in `Detector.load`; a folder has to be there on every machine.
        fpr: false-positive rate of the verdicts; None for the bundle's own.
        fast: the classifier half alone.
    """

    bundle: str | None = None
    fpr: float | None = None
    fast: bool = False

    def load(self) -> Detector:
        """Return the detector, loaded once a process, which from then on computes with one thread: an engine has a worker a core.

        Raises:
            AutowrittenError: as `Detector.load`.
        """
        return _load(self)

    def score_batch(self, posts: Sequence[object]) -> pa.RecordBatch:
        """Score posts. The result depends on nothing but the spec and the posts.

        They are read in batches of `posts.run.BATCH`, those that are no text left out, as `autowritten score` does: the last
        digits of a logit depend on what a post was batched with. So posts given in multiples of that number get the very
        same scores as there.

        Args:
            posts: strings; whatever else gets a score with the reason `not_text`.

        Returns:
            A row a post, in order, with the columns of `SCHEMA`.
        """
        detector = self.load()
        longest = detector.bundle.config["max_characters"]
        rows = []
        for start in range(0, len(posts), BATCH):
            batch = posts[start : start + BATCH]
            good = [isinstance(post, str) and len(post) <= longest for post in batch]
            scores = detector.score_many([post for post, fine in zip(batch, good, strict=True) if fine])
            for post, fine in zip(batch, good, strict=True):
                row = (next(scores) if fine else detector.score(post)).as_row()
                rows.append(row | {"obfuscation": encode(row["obfuscation"])})
        return pa.RecordBatch.from_pylist(rows, SCHEMA)


@lru_cache(maxsize=1)
def _load(spec: ScorerSpec) -> Detector:
    import torch

    from autowritten.detector import Detector

    torch.set_num_threads(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    return Detector.load(spec.bundle, fpr=spec.fpr, fast=spec.fast)
