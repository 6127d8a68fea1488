"""Compare fine-tuning runs: `python -m training.compare NAME ...` prints the AUROC of each on what it never saw.

Columns: held-out pairs and dev by language; then the families left out of the run (those of its fold), posts compared within
a language.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import pandas as pd

from autowritten.evaluation import metrics
from training import folds
from training.paths import work_folder
from training.train import rows


def auroc(rows: pd.DataFrame, few: int = 20) -> float:
    """Return the AUROC within each language, averaged by machine posts; NaN where there is nothing to compare."""
    found, counts = [], []
    for _, part in rows.groupby("lang"):
        machine = (part["label"] == "machine").to_numpy(dtype=np.int64)
        if min(machine.sum(), (1 - machine).sum()) >= few:
            found.append(metrics.auroc(machine, part["logit"].to_numpy()))
            counts.append(int(machine.sum()))
    return float(np.average(found, weights=counts)) if found else float("nan")


def table(name: str, walked: pd.DataFrame) -> dict[str, float]:
    """Return the figures of one run; `walked` as `training.train.rows`."""
    folder = work_folder() / "classifier" / name
    posts = walked.merge(pd.read_parquet(folder / "logits.parquet"), on="text")
    out = {}
    for split in ("held-out-pairs", "dev"):
        for lang in ("zh", "fr", "en"):
            out[f"{split} {lang}"] = auroc(posts[(posts["split"] == split) & (posts["lang"] == lang)])
    fold = json.loads((folder / "recipe.json").read_text())["fold"]
    if fold is not None:
        for family in folds.FOLDS[fold]:
            own = ((posts["family"] == family) & (posts["split"] != "dev")) | folds.humans_of(posts, family)
            out[family] = auroc(posts[own])
    return out


def main() -> None:
    """Print one column a run."""
    walked = rows()
    print(pd.DataFrame({name: table(name, walked) for name in sys.argv[1:]}).round(3).to_string())


if __name__ == "__main__":
    main()
