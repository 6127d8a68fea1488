"""Whether the fast path says what the plain one says: probability, verdict and AUROC, on dev and every test set.

    python -m benchmarks.exactness [--dev 2000] [--per-class 50]

The plain path is transformers in float32 on weights that were not rounded (`benchmarks.plain`), over the same trimmed
vocabulary. Writes `benchmarks/results/exactness.json`.
"""

from __future__ import annotations

import argparse
import gc
import json
import time

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from autowritten import Detector
from benchmarks import bench
from benchmarks.plain import reference
from training.paths import REPOSITORY, data_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "exactness.json"
CLOSE = 0.02
"""Probabilities that differ by less are the same to a user."""


def sample(dev: int, per_class: int) -> pd.DataFrame:
    """Return rows with columns text, label and set."""
    rows = pd.read_parquet(data_folder() / "dev.parquet", columns=["text", "label"])
    tests = bench.sample()
    tests = tests.groupby(["set", "label"], group_keys=False).head(per_class)
    parts = [rows.sample(min(dev, len(rows)), random_state=0).assign(set="dev"), tests[["text", "label", "set"]]]
    return pd.concat(parts, ignore_index=True)


def compare(rows: pd.DataFrame) -> dict[str, float | None]:
    """Compare the two paths' scores of some posts."""
    gap = (rows["probability"] - rows["plain_probability"]).abs()
    machine = rows["label"] == "machine"
    both = machine.nunique() == 2
    aurocs = [float(roc_auc_score(machine, rows[name])) if both else None for name in ("logit", "plain_logit")]
    return {
        "posts": len(rows),
        "share_within_0.02": float((gap < CLOSE).mean()),
        "mean_gap": float(gap.mean()),
        "largest_gap": float(gap.max()),
        "verdicts_equal": float((rows["verdict"] == rows["plain_verdict"]).mean()),
        "auroc": aurocs[0],
        "auroc_plain": aurocs[1],
        "auroc_difference": aurocs[0] - aurocs[1] if aurocs[0] is not None and aurocs[1] is not None else None,
    }


def score(detector: Detector, texts: list[str], prefix: str) -> pd.DataFrame:
    """Return probability, logit and verdict of each text; tell how long it took."""
    start = time.perf_counter()
    found = list(detector.score_many(texts))
    print(
        f"{detector.name} {prefix or 'as shipped'}: {len(texts) / (time.perf_counter() - start):.1f} posts/s",
        flush=True,
    )
    columns = {name: [getattr(s, name) for s in found] for name in ("probability", "logit", "verdict")}
    return pd.DataFrame(columns).add_prefix(prefix)


def main() -> None:
    """Score both ways, compare and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--dev", type=int, default=2000)
    parser.add_argument("--per-class", type=int, default=50)
    arguments = parser.parse_args()
    rows = sample(arguments.dev, arguments.per_class)
    texts = rows["text"].tolist()
    results: dict[str, object] = {}
    plain: Detector | None = None
    for mode in ("full", "fast"):
        fast = mode == "fast"
        plain = Detector(plain.bundle, plain.backbone, plain.fpr, fast=fast) if plain else reference()
        quick = Detector.load(fast=fast)
        both = pd.concat([rows, score(quick, texts, ""), score(plain, texts, "plain_")], axis=1)
        del quick
        gc.collect()
        both = both[both["probability"].notna()]
        results[mode] = {
            "all": compare(both),
            "sets": {str(name): compare(part) for name, part in both.groupby("set")},
        }
        differences = [s["auroc_difference"] for s in results[mode]["sets"].values()]  # type: ignore[index]
        print(mode, results[mode]["all"], "largest AUROC difference", np.nanmax(np.abs(np.array(differences, float))))  # type: ignore[index]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
