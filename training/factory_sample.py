"""Stage 2b: a balanced sample of the factory's posts, made ready like the other rows."""

from __future__ import annotations

import pandas as pd

from autowritten import backbone as backbones
from autowritten.bundle import EMBEDDED
from autowritten.text import mask, normalise
from training import generate
from training.paths import data_folder, work_folder
from training.sample import HELD_OUT_PAIRS

PER_GENERATOR = 120
"""Rows of each generator, language and split at most."""


def build(seed: int = 0) -> pd.DataFrame:
    """Return the sample, in the columns of `training.sample.build`; `test` rows are of families kept from training."""
    rows = generate.load(data_folder(), split="all")
    # What rewrites a held-out human post would carry it into training.
    train = pd.read_parquet(data_folder() / "train.parquet", columns=["pair_id", "dataset"])
    held = set(train["pair_id"][train["dataset"].isin(HELD_OUT_PAIRS)].dropna())
    rows = rows[~rows["pair_id"].isin(held)]
    parts = [
        group.sample(min(PER_GENERATOR, len(group)), random_state=seed)
        for _, group in rows.groupby(["generator", "lang", "split"])
    ]
    sample = pd.concat(parts, ignore_index=True)
    sample["text"] = [mask(normalise(text).text) for text in sample["text"]]
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    sample["tokens"] = [len(i) for i in tokenizer(list(sample["text"]), add_special_tokens=False)["input_ids"]]
    columns = [
        "text",
        "label",
        "lang",
        "domain",
        "generator",
        "dataset",
        "family",
        "pair_id",
        "account",
        "split",
        "tokens",
    ]
    return sample.loc[sample["tokens"] >= 4, columns].drop_duplicates("text").reset_index(drop=True)


def main() -> None:
    """Write the sample and print its make-up."""
    sample = build()
    sample.to_parquet(work_folder() / "factory.parquet", index=False)
    print(sample.groupby(["family", "generator", "lang", "split"]).size().unstack().fillna(0).astype(int).to_string())
    print(sample["tokens"].sum(), "tokens")


if __name__ == "__main__":
    main()
