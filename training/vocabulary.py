"""Stage 1: the vocabulary that surprisal sums over: the tokens that posts are made of.

Two thirds of the work of a walk is the 262,144-word output layer, most of whose words no post uses. The tokens most
frequent in the training texts are kept; an observed token outside is always counted too (see `Surprisal`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from autowritten.bundle import EMBEDDED
from autowritten.lm import backbone as backbones
from autowritten.text import mask, normalise
from training.paths import data_folder, smoke, work_folder

SIZE = 65_536


def main() -> None:
    """Count the tokens of the training texts and write the most frequent ones."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--size", type=int, default=SIZE)
    parser.add_argument("--out", type=Path, default=work_folder() / "vocabulary.safetensors")
    arguments = parser.parse_args()
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    texts = pd.read_parquet(data_folder() / "train.parquet", columns=["text"])["text"]
    if smoke():
        texts = texts.sample(5_000, random_state=0)
    counts = np.zeros(len(tokenizer), dtype=np.int64)
    for start in range(0, len(texts), 5_000):
        # Only the start of long texts: a few books must not outvote a thousand posts.
        chunk = [mask(normalise(text).text)[:1500] for text in texts[start : start + 5_000]]
        ids = tokenizer(chunk, add_special_tokens=False)["input_ids"]
        counts += np.bincount(np.concatenate([np.asarray(i, dtype=np.int64) for i in ids]), minlength=len(counts))
    kept = np.sort(np.argsort(-counts, kind="stable")[: arguments.size])
    save_file({"vocabulary": kept.astype(np.int32)}, arguments.out)
    print(f"{len(kept)} tokens cover {counts[kept].sum() / counts.sum():.4f} of the training texts")


if __name__ == "__main__":
    main()
