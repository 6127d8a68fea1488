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


def auroc(rows: pd.DataFrame, few: int = 20) -> float:
    """Return the AUROC within each language, averaged by machine posts; NaN where there is nothing to compare."""
    found, counts = [], []
    for _, part in rows.groupby("lang"):
        machine = (part["label"] == "machine").to_numpy(dtype=np.int64)
        if min(machine.sum(), (1 - machine).sum()) >= few:
            found.append(metrics.auroc(machine, part["logit"].to_numpy()))
            counts.append(int(machine.sum()))
    return float(np.average(found, weights=counts)) if found else float("nan")


def table(name: str, rows: pd.DataFrame) -> dict[str, float]:
    """Return the figures of one run; `rows` as `training.train.rows`."""
    folder = work_folder() / "classifier" / name
    rows = rows.merge(pd.read_parquet(folder / "logits.parquet"), on="text")
    out = {}
    for split in ("held-out-pairs", "dev"):
        for lang in ("zh", "fr", "en"):
            out[f"{split} {lang}"] = auroc(rows[(rows["split"] == split) & (rows["lang"] == lang)])
    fold = json.loads((folder / "recipe.json").read_text())["fold"]
    if fold is not None:
        for family in folds.FOLDS[fold]:
            own = ((rows["family"] == family) & (rows["split"] != "dev")) | folds.humans_of(rows, family)
            out[family] = auroc(rows[own])
    return out


def main() -> None:
    """Print one column a run."""
    rows = pd.concat([pd.read_parquet(work_folder() / f) for f in ("sample.parquet", "factory.parquet")
                      if (work_folder() / f).exists()])  # fmt: skip
    print(pd.DataFrame({name: table(name, rows) for name in sys.argv[1:]}).round(3).to_string())


if __name__ == "__main__":
    main()
