"""The test sets of the data folder, as a fixed sample: read for reporting only, never fitted, tuned or calibrated on."""

from __future__ import annotations

import pandas as pd

from autowritten.bundle import EMBEDDED
from autowritten.lm import backbone as backbones
from autowritten.text import mask, normalise
from training.paths import data_folder, smoke, work_folder
from training.sample import SMOKE_TOKENS

PER_CLASS = 100
"""Rows of each class and set: 13 sets are ten minutes of walking on two cores."""
MAX_TOKENS = 256
"""Longer texts are read up to here: posts are short, and whole essays would take hours."""
SEED = 0


def sample() -> pd.DataFrame:
    """Return the sample of every set; columns of the data folder plus `set`, `split` and `tokens`.

    Texts are normalised and masked as when scoring.
    """
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    parts, size, most = [], *((2, SMOKE_TOKENS) if smoke() else (PER_CLASS, MAX_TOKENS))
    for file in sorted((data_folder() / "bench").glob("*.parquet")):
        rows = pd.read_parquet(file)
        chosen = [g.sample(min(size, len(g)), random_state=SEED) for _, g in rows.groupby("label")]
        part = pd.concat(chosen, ignore_index=True).assign(set=file.stem, split="bench")
        parts.append(part)
    rows = pd.concat(parts, ignore_index=True)
    texts = [mask(normalise(text).text) for text in rows["text"]]
    encoded = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    rows["text"] = [t if len(o) <= most else t[: o[most - 1][1]] for t, o in zip(texts, encoded, strict=True)]
    rows["tokens"] = [min(len(o), most) for o in encoded]
    return rows[rows["tokens"] > 0].reset_index(drop=True)


def main() -> None:
    """Write the sample, for `python -m training.extract work/bench.parquet`."""
    rows = sample()
    rows.to_parquet(work_folder() / "bench.parquet", index=False)
    print(rows.groupby(["set", "label"]).agg(texts=("text", "size"), tokens=("tokens", "sum")).to_string())


if __name__ == "__main__":
    main()
