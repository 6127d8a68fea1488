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

from autowritten.bundle import EMBEDDED
from autowritten.lm import backbone as backbones
from autowritten.text import mask, normalise
from training.generate.frontier import PREFIX
from training.generate.posts import text_sha
from training.generate.store import KEPT
from training.paths import data_folder, smoke, work_folder

HELD_OUT_PAIRS = ("pairs-zh3", "pairs-zh7", "pairs-fr1", "pairs-fr5", "pairs-en4")
"""Pairs kept from all training: the test of every model on the present-day writer."""
CORE_LANGUAGES = ("zh", "fr", "en")
MAX_TOKENS = 96
DEV_TOKENS = 160
_LIMITS = {"core": {"human": 180, "machine": 260}, "other": {"human": 60, "machine": 70}}
_LARGE = {"tweepfake": 700, "toxirewrite-r1-zh": 700, "hc3-chinese": 500, "electai": 400, "authormimic": 500,
          "botornot-challenge_en": 400, "botornot-challenge_fr": 400, "autextification2023-en-train": 400}  # fmt: skip
_DEV_LIMIT = 100
_PART_TWO = {"core": {"human": 200, "machine": 150}, "other": {"human": 50, "machine": 50}}
"""Limits of the sets of December 2026 (`train-2`, `dev-2`), and those of single sets: more of the sets in which little but the
writer tells the classes apart, less of those with one topic or cast, or of long answers (README of the data folder)."""
_SINGLE = {
    "doppelganger_llama70ft": 400, "worker_vs_gpt": 400, "gpt41mini_sarcasm_tweets": 400, "better_french": 450, "maide_up": 250,
    "hc3plus_zh": 400, "halluqa": 300, "panda_zh": 250, "newsbench": 200, "cudrt_val_zh": 200, "gptneo_campaigns": 300,
    "building_tweets_llama33": 60, "mistral_topic_tweets": 50, "semantic_opinions": 40, "echosim_gpt4omini": 40,
    "llama32_debate": 60, "gen_agents_cn": 60, "instreet_paimon": 50, "sueda_green_sim": 60, "persuasion_scaling": 80,
    "llmzoo": 40, "templates_zh": 150, "pipotron_fr": 150,
}  # fmt: skip
_DEV_TWO = 60
LEFT_OUT = ("lebrieftech_fr",)
"""Sets that are machine-written by inference only."""
GRAMMARS = ("templates_zh", "pipotron_fr")
"""Filled grammars: whole templates go to training or to dev, never rows of one to both."""
_SMOKE = {"train": 2, "dev": 4}
"""Rows of a data set on toy settings, cut to `SMOKE_TOKENS`."""
SMOKE_TOKENS = 32
_MORE = 5
"""How many times these limits fine-tuning may draw: it sees far more texts than are walked."""


def families(folder: Path | None = None) -> dict[str, str]:
    """Return the generator family of each dataset (see `families.json` of the data folder)."""
    table = json.loads(((folder or data_folder()) / "families.json").read_text())["families"]
    return {dataset: family for family, datasets in table.items() for dataset in datasets}


def build(seed: int = 0) -> pd.DataFrame:
    """Return the balanced sample of train and dev rows, normalised, masked and cropped.

    Columns: text, label, lang, domain, generator, dataset, family, pair_id, account, split (`train`, `dev`,
    `held-out-pairs`), tokens, whole (names the text before it was cropped), part (1 or 2: of which files).
    """
    rng = np.random.default_rng(seed)
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    sample = pd.concat(
        [
            _draw("train", MAX_TOKENS, rng, tokenizer),
            _draw("dev", DEV_TOKENS, rng, tokenizer),
            _draw("train-2", MAX_TOKENS, rng, tokenizer),
            _draw("dev-2", DEV_TOKENS, rng, tokenizer),
        ],
        ignore_index=True,
    )
    sample.loc[sample["dataset"].isin(HELD_OUT_PAIRS) & (sample["split"] == "train"), "split"] = "held-out-pairs"
    sample = sample[~(sample["dataset"].isin(HELD_OUT_PAIRS) & (sample["split"] == "dev"))]
    return sample.drop_duplicates("text").reset_index(drop=True)


def more(sample: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """Return further train rows of the same data sets, for fine-tuning only, uncropped (it cuts them itself).

    Args:
        sample: of `build`; its texts do not come again.
        seed: of the draw.
    """
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    rng = np.random.default_rng(seed)
    rows = pd.concat([_draw(f, 4 * MAX_TOKENS, rng, tokenizer, times=_MORE) for f in ("train", "train-2")])
    rows = rows[~rows["dataset"].str.startswith("pairs-") & ~rows["whole"].isin(sample["whole"])]
    return rows.drop_duplicates("text").reset_index(drop=True)


def _draw(file: str, limit: int, rng: np.random.Generator, tokenizer: object, times: int = 1) -> pd.DataFrame:
    """Return rows of one file, every data set limited, of at most `limit` and at least 4 tokens."""
    path = data_folder() / f"{file}.parquet"
    if not path.exists() and file.endswith("-2"):
        return pd.DataFrame(columns=["text", "dataset", "split", "whole", "tokens"])  # the second part may be lacking
    rows = pd.read_parquet(path).drop(columns=["source", "licence", "time"], errors="ignore")
    split = file.removesuffix("-2")
    rows = rows[~rows["text"].map(text_sha).isin(_answered())]
    rows = rows[
        ~rows["dataset"].isin(LEFT_OUT) & (~rows["dataset"].isin(GRAMMARS) | (_of_dev(rows) == (split == "dev")))
    ]
    limit = min(limit, SMOKE_TOKENS) if smoke() else limit
    chosen = []
    for (dataset, lang, label), group in rows.groupby(["dataset", "lang", "label"], sort=True):
        size = _limit(file, str(dataset), str(lang), str(label), len(group), times)
        seed = int(rng.integers(2**31))
        if file.endswith("-2"):  # by a digest of the pair, so that both sides of it are taken, or neither
            order = group["pair_id"].fillna(group["text"]).map(text_sha)
            chosen.append(group.loc[order.sort_values().index[:size]])
        else:
            chosen.append(group.sample(min(size, len(group)), random_state=seed))
    part = pd.concat(chosen, ignore_index=True)
    part["split"], part["part"] = split, 1 + file.endswith("-2")
    part["text"] = [mask(normalise(text).text) for text in part["text"]]
    part["whole"] = part["text"].map(text_sha)
    part["text"] = crop(list(part["text"]), tokenizer, limit, rng, shorten=split == "train" and times == 1)
    part["family"] = part["dataset"].map(families())
    part["tokens"] = [len(i) for i in tokenizer(list(part["text"]), add_special_tokens=False)["input_ids"]]  # type: ignore[operator]
    return part[part["tokens"] >= 4]


def _limit(file: str, dataset: str, lang: str, label: str, size: int, times: int) -> int:
    """Return how many rows of a data set, language and class are taken."""
    kind = "core" if lang in CORE_LANGUAGES else "other"
    if not dataset.startswith("pairs-"):
        if file == "train":
            size = times * _LARGE.get(dataset, _LIMITS[kind][label])
        elif file == "train-2":
            most = _SINGLE.get(dataset, _PART_TWO[kind][label])
            size = times * (most if kind == "core" else min(most, _PART_TWO[kind][label]))
        else:
            size = _DEV_TWO if file == "dev-2" else _DEV_LIMIT
    return min(size, _SMOKE[file.removesuffix("-2")]) if smoke() else size


def _of_dev(rows: pd.DataFrame) -> pd.Series:
    """Return which rows' generators are kept for dev: a third of them, by a digest of the name."""
    return rows["generator"].fillna("").map(lambda name: int(text_sha(name), 16) % 3 == 0)


def _answered() -> set[str]:
    """Return the human posts that a large model answered: they come with its rows, as its pairs (`training.factory_sample`)."""
    files = KEPT.glob(f"{PREFIX}-*.parquet")
    return {sha for file in files for sha in pd.read_parquet(file, columns=["human_sha"])["human_sha"]}


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
    further = more(sample)
    further.to_parquet(work_folder() / "more.parquet", index=False)
    print(sample.groupby(["split", "lang", "label"]).size().unstack().fillna(0).astype(int).to_string())
    print(sample.groupby("split")["tokens"].agg(["count", "sum", "median"]).to_string())
    print(f"for fine-tuning only: {len(further)} rows, {further['tokens'].sum()} tokens")


if __name__ == "__main__":
    main()
