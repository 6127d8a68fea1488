"""Whether the fast path says what the plain one says: probability, verdict and AUROC, on dev and every test set.

    python -m benchmarks.exactness [--dev 2000] [--per-class 30] [--only SET]

The plain path is transformers in float32 on weights that were not rounded (`benchmarks.plain`), over the same trimmed
vocabulary. Writes `benchmarks/results/exactness.json`.
"""

from __future__ import annotations

import argparse
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
    """Return what both modes say of each text; tell how long it took."""
    start = time.perf_counter()
    found = list(detector.score_many(texts))
    print(f"{prefix or 'shipped'}: {len(texts) / (time.perf_counter() - start):.1f} posts/s", flush=True)
    full = pd.DataFrame({name: [getattr(s, name) for s in found] for name in ("probability", "logit", "verdict")})
    judge = detector.bundle.judge(fast=True)  # of the classifier's logit, which both modes share
    logits = np.array([np.nan if s.classifier_logit is None else s.classifier_logit for s in found])
    verdicts = [
        judge.verdict(logit, s.language, s.tokens, detector.fpr)[0] if np.isfinite(logit) else s.verdict
        for logit, s in zip(logits.tolist(), found, strict=True)
    ]
    fast = pd.DataFrame({"probability": judge.probabilities(logits), "logit": logits, "verdict": verdicts})
    return pd.concat({"full": full.add_prefix(prefix), "fast": fast.add_prefix(prefix)}, axis=1)


def main() -> None:
    """Score both ways, compare and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--dev", type=int, default=2000)
    parser.add_argument("--per-class", type=int, default=30, help="posts of each class and test set, 100 at most")
    parser.add_argument("--only", help="one set, put beside what is in the results")
    arguments = parser.parse_args()
    rows = sample(arguments.dev, arguments.per_class)
    if arguments.only:
        rows = rows[rows["set"] == arguments.only].reset_index(drop=True)
    texts = rows["text"].tolist()
    quick = score(Detector.load(), texts, "")
    plain = score(reference(), texts, "plain_")
    results = json.loads(RESULTS.read_text()) if arguments.only else {"full": {"sets": {}}, "fast": {"sets": {}}}
    for mode in ("full", "fast"):
        both = pd.concat([rows, quick[mode], plain[mode]], axis=1)
        both = both[both["probability"].notna()]
        sets = {str(name): compare(part) for name, part in both.groupby("set")}
        results[mode]["sets"] |= sets
        overall = compare(both)
        if not arguments.only:
            results[mode]["all"] = overall
        differences = [abs(found["auroc_difference"] or 0.0) for found in sets.values()]
        print(mode, overall, "largest difference of an AUROC:", max(differences))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
