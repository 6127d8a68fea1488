"""Stage 2: the rows to train and choose on, balanced and cropped.

Every dataset gives at most a fixed number of human and of machine rows, so that no platform and no generator is the
sum of its size. Texts are normalised and masked exactly as when scoring; those over 96 tokens are then cropped to token
counts drawn between 16 and 96, so that short posts are learnt and length tells little.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from autowritten import backbone as backbones
from autowritten.bundle import EMBEDDED
from autowritten.text import mask, normalise
from training.paths import data_folder, work_folder

HELD_OUT_PAIRS = ("pairs-zh3", "pairs-zh7", "pairs-fr1", "pairs-fr5", "pairs-en4")
"""Pairs kept from all training: the test of every model on the present-day writer."""
CORE_LANGUAGES = ("zh", "fr", "en")
MAX_TOKENS = 96
DEV_TOKENS = 160
_LIMITS = {"core": {"human": 180, "machine": 260}, "other": {"human": 60, "machine": 70}}
_LARGE = {"tweepfake": 700, "toxirewrite-r1-zh": 700, "hc3-chinese": 500, "electai": 400, "authormimic": 500,
          "botornot-challenge_en": 400, "botornot-challenge_fr": 400, "autextification2023-en-train": 400}  # fmt: skip
_DEV_LIMIT = 100


def families(folder: Path | None = None) -> dict[str, str]:
    """Return the generator family of each dataset (see `families.json` of the data folder)."""
    table = json.loads(((folder or data_folder()) / "families.json").read_text())["families"]
    return {dataset: family for family, datasets in table.items() for dataset in datasets}


def build(seed: int = 0) -> pd.DataFrame:
    """Return the balanced sample of train and dev rows, normalised, masked and cropped.

    Columns: text, label, lang, domain, generator, dataset, family, pair_id, account, split (`train`, `dev`,
    `held-out-pairs`), tokens.
    """
    rng = np.random.default_rng(seed)
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    of = families()
    parts = []
    for split, limit_tokens in (("train", MAX_TOKENS), ("dev", DEV_TOKENS)):
        rows = pd.read_parquet(data_folder() / f"{split}.parquet")
        rows = rows.drop(columns=["source", "licence", "time"], errors="ignore")
        chosen = []
        for (dataset, lang, label), group in rows.groupby(["dataset", "lang", "label"], sort=True):
            size = len(group)
            if not str(dataset).startswith("pairs-"):
                kind = "core" if lang in CORE_LANGUAGES else "other"
                size = _LARGE.get(str(dataset), _LIMITS[kind][str(label)]) if split == "train" else _DEV_LIMIT
            chosen.append(group.sample(min(size, len(group)), random_state=int(rng.integers(2**31))))
        part = pd.concat(chosen, ignore_index=True)
        part["split"] = split
        part["text"] = [mask(normalise(text).text) for text in part["text"]]
        part["text"] = crop(list(part["text"]), tokenizer, limit_tokens, rng, shorten=split == "train")
        parts.append(part)
    sample = pd.concat(parts, ignore_index=True)
    sample.loc[sample["dataset"].isin(HELD_OUT_PAIRS) & (sample["split"] == "train"), "split"] = "held-out-pairs"
    sample = sample[~(sample["dataset"].isin(HELD_OUT_PAIRS) & (sample["split"] == "dev"))]
    sample["family"] = sample["dataset"].map(of)
    sample["tokens"] = [len(i) for i in tokenizer(list(sample["text"]), add_special_tokens=False)["input_ids"]]
    return sample[sample["tokens"] >= 4].drop_duplicates("text").reset_index(drop=True)


def crop(texts: list[str], tokenizer: object, limit: int, rng: np.random.Generator, *, shorten: bool) -> list[str]:
    """Cut long texts to a stretch of at most `limit` tokens that starts at a sentence where it can.

    Args:
        texts: normalised texts.
        tokenizer: of the backbone.
        limit: most tokens to keep.
        rng: source of the cuts.
        shorten: draw the length of a cut stretch between 16 and `limit` (log-uniform) instead of taking `limit`.
    """
    encoded = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True)  # type: ignore[operator]
    out = []
    for text, offsets in zip(texts, encoded["offset_mapping"], strict=True):
        n = len(offsets)
        if n <= limit:
            out.append(text)
            continue
        size = int(np.exp(rng.uniform(np.log(16), np.log(limit)))) if shorten else limit
        start = 0
        if rng.random() < 0.5:
            ends = [i + 1 for i in range(n - size) if text[offsets[i][0] : offsets[i][1]].strip()[-1:] in _ENDS]
            start = int(rng.choice(ends)) if ends else 0
        out.append(text[offsets[start][0] : offsets[min(start + size, n) - 1][1]].strip())
    return out


_ENDS = set(".!?。！？…；;")


def main() -> None:
    """Write the sample and print its make-up."""
    sample = build()
    sample.to_parquet(work_folder() / "sample.parquet", index=False)
    print(sample.groupby(["split", "lang", "label"]).size().unstack().fillna(0).astype(int).to_string())
    print(sample.groupby("split")["tokens"].agg(["count", "sum", "median"]).to_string())


if __name__ == "__main__":
    main()
