"""Stage 3: walk the sample (and whatever parquet files are named) through the language model into the walk store."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from safetensors.torch import load_file

from autowritten.bundle import EMBEDDED
from autowritten.lm import backbone as backbones
from autowritten.lm.adapter import Adapter
from training.paths import work_folder
from training.walks import WalkStore


def store() -> WalkStore:
    """Return the walk store of the embedded model."""
    return WalkStore(work_folder() / "walks")


def extraction_backbone(adapter: Adapter | None = None) -> backbones.Backbone:
    """Return the embedded model over the trimmed vocabulary."""
    vocabulary = load_file(work_folder() / "vocabulary.safetensors")["vocabulary"].long()
    return backbones.load(EMBEDDED, vocabulary=vocabulary, adapter=adapter)


def main() -> None:
    """Walk texts into the store; what is there already is skipped."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="parquet files with a text column [work/sample.parquet]")
    parser.add_argument(
        "--part", default="1/1", help="K/N: the K-th of N shares, one process each (one thread is enough)"
    )
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split("/"))
    backbone = extraction_backbone()
    for file in arguments.files or [work_folder() / "sample.parquet"]:
        rows = pd.read_parquet(file)
        # Random order: each shard is a fair sample, and a run that was cut off can already be used.
        texts = rows["text"].sample(frac=1.0, random_state=0).tolist()[part - 1 :: parts]
        print(f"{file}: {len(texts)} texts", flush=True)
        store().ensure(texts, backbone)


if __name__ == "__main__":
    main()
