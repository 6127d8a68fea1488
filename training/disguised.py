"""Stage 2c: disguised copies of some rows, so that the frozen classifier and the fusion know cheap evasion too."""

from __future__ import annotations

from random import Random

import pandas as pd

from autowritten.bundle import EMBEDDED
from autowritten.lm import backbone as backbones
from autowritten.text import mask, normalise
from training import folds
from training.augment import disguise
from training.paths import smoke, work_folder

TRAIN, DEV = 2400, 400
"""Rows of each split. Both sides of a pair are taken, and disguised alike, or neither."""


def build(seed: int = 0) -> pd.DataFrame:
    """Return disguised copies of rows of the sample and the factory, in their columns.

    `whole` stays that of the text before, so that what is kept for the fusion is kept in disguise too.
    """
    parts = [pd.read_parquet(work_folder() / name) for name in ("sample.parquet", "factory.parquet")]
    rows = pd.concat(parts, ignore_index=True)
    rows = rows[rows["lang"].isin(("zh", "fr", "en")) & rows["tokens"].between(8, 80)]
    rows["key"] = rows["pair_id"].where(rows["pair_id"].notna(), rows["whole"])
    parts = []
    for split, size in (("train", TRAIN), ("dev", DEV)):
        own = rows[rows["split"] == split]
        keys = own["key"].drop_duplicates().sample(frac=1.0, random_state=seed)
        # A third of what the fusion may learn from, the rest from all: the fusion sees only an eighth of the known writers.
        fresh = set(own["key"][folds.kept_for_fusion(own)])
        keys = [*[key for key in keys if key in fresh][: size // 3], *[key for key in keys if key not in fresh][:size]]
        place = {key: number for number, key in enumerate(keys)}
        own = own[own["key"].isin(place)].assign(order=own["key"].map(place)).sort_values("order", kind="stable")
        parts.append(own.head(20 if smoke() else size))
    out = pd.concat(parts).drop(columns="order")
    out["text"] = [
        mask(normalise(disguise(str(text), Random(f"{seed} {key}"))).text)
        for text, key in zip(out["text"], out["key"], strict=True)
    ]
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    out["tokens"] = [len(ids) for ids in tokenizer(list(out["text"]), add_special_tokens=False)["input_ids"]]
    out = out[(out["tokens"] >= 4) & ~out["text"].isin(set(rows["text"]))]
    return out.drop(columns="key").drop_duplicates("text").assign(disguised=True).reset_index(drop=True)


def main() -> None:
    """Write the copies and print their make-up."""
    rows = build()
    rows.to_parquet(work_folder() / "disguised.parquet", index=False)
    print(rows.groupby(["split", "lang", "label"]).size().unstack().to_string(), rows["tokens"].sum(), "tokens")


if __name__ == "__main__":
    main()
