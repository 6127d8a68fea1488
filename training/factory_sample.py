"""Stage 2b: the factory's posts, made ready like the other rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from autowritten.bundle import EMBEDDED
from autowritten.lm import backbone as backbones
from autowritten.text import mask, normalise
from training import generate
from training.generate.frontier import PREFIX, human_posts
from training.generate.posts import text_sha
from training.paths import data_folder, smoke, work_folder
from training.sample import HELD_OUT_PAIRS

PER_GENERATOR = 120
"""Rows of each generator, language and split that are walked, at most."""
PER_FRONTIER = 300
"""The same for the large model's train rows, whose posts are pairs."""
_COLUMNS = ["text", "label", "lang", "domain", "generator", "dataset", "family", "pair_id", "account", "split", "whole",
            "tokens"]  # fmt: skip


def build() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sample and the other rows, in the columns of `training.sample.build`.

    Rows of split `test` are of families kept from training. The large model's posts come with the human posts that they
    answer, as the pairs of the data do.
    """
    rows = generate.load(data_folder(), split="all", rewrites=not smoke())
    limit, pairs = (4, 4) if smoke() else (PER_GENERATOR, PER_FRONTIER)
    humans = human_posts()
    # What rewrites a held-out human post would carry it into training.
    held = set(humans["pair_id"][humans["dataset"].isin(HELD_OUT_PAIRS)].dropna())
    rows = rows[~rows["pair_id"].isin(held)]
    humans = humans.drop_duplicates("text")
    humans = humans.set_index(humans["text"].map(text_sha))["text"]
    rows["answered"] = rows["generator"]
    own = rows[rows["generator"].str.startswith(PREFIX)]
    twins = own.assign(text=own["human_sha"].map(humans), label="human", generator=None).dropna(subset=["text"])
    rows = pd.concat([rows, twins], ignore_index=True)
    rows["text"] = [mask(normalise(text).text) for text in rows["text"]]
    rows["whole"] = rows["text"].map(text_sha)
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    rows["tokens"] = [len(i) for i in tokenizer(list(rows["text"]), add_special_tokens=False)["input_ids"]]
    rows = rows[rows["tokens"] >= 4].drop_duplicates("text")
    # By a digest of the pair: of the large model's rows both sides are taken, or neither.
    order = rows["pair_id"].map(text_sha).groupby([rows[c] for c in ("answered", "label", "lang", "split")])
    more = rows["answered"].str.startswith(PREFIX) & (rows["split"] == "train")
    chosen = order.rank(method="first") <= np.where(more, pairs, limit)
    return rows.loc[chosen, _COLUMNS].reset_index(drop=True), rows.loc[~chosen, _COLUMNS].reset_index(drop=True)


def main() -> None:
    """Write the sample and what is left of the factory's rows, and print the make-up."""
    sample, rest = build()
    sample.to_parquet(work_folder() / "factory.parquet", index=False)
    rest.to_parquet(work_folder() / "factory-more.parquet", index=False)
    names = ["family", "generator", "lang", "split"]
    counts = sample.fillna({"generator": "(human)"}).groupby(names).size()
    print(counts.unstack().fillna(0).astype(int).to_string())
    print(f"{sample['tokens'].sum()} tokens; for fine-tuning only: {len(rest)} rows")


if __name__ == "__main__":
    main()
