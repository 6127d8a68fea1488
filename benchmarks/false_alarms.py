"""How the promised false-positive rates hold on each kind of human post.

    python -m benchmarks.false_alarms

Human posts of dev, of every source that has 300 or more, none of which calibration read. Writes
`benchmarks/results/false_alarms.json`.
"""

from __future__ import annotations

import json

import pandas as pd

from autowritten.bundle import Bundle
from autowritten.detector import Detector
from autowritten.evaluation import tables
from training.extract import extraction_backbone
from training.paths import REPOSITORY, data_folder
from training.train import halves, rows

RESULTS = REPOSITORY / "benchmarks" / "results" / "false_alarms.json"
FEWEST = 300
"""Human posts of a source, so that a rate of 1% can be told from one of 3%."""
MOST = 450


def sample() -> pd.DataFrame:
    """Return the posts: columns text, label, dataset, lang."""
    dev = pd.read_parquet(data_folder() / "dev.parquet", columns=["text", "label", "lang", "dataset"])
    dev = dev[dev["label"] == "human"].drop_duplicates("text")
    known = rows()
    known = known[known["split"] == "dev"]
    read = set(known["text"][halves(list(known["text"]))])
    dev = dev[~dev["text"].map(lambda text: text in read)]
    large = dev.groupby("dataset")["text"].transform("size") >= FEWEST
    return dev[large].sample(frac=1.0, random_state=0).groupby("dataset").head(MOST).reset_index(drop=True)


def main() -> None:
    """Score, print the table, write."""
    bundle = Bundle.from_pretrained()
    detector = Detector(bundle, extraction_backbone(bundle.adapter), bundle.config["fpr"])
    chosen = sample()
    print(f"{len(chosen)} posts of {chosen['dataset'].nunique()} sources", flush=True)
    scored = tables.scored(chosen.assign(machine=0), detector.score_many(chosen["text"]))
    judged, flags = tables.flagged(scored, detector.judge.thresholds, detector.judge.min_tokens)
    records = tables.false_alarms(judged, flags)
    table = pd.DataFrame(records).pivot(index="source", columns="fpr", values="rate")
    print(table.round(4).to_string())
    RESULTS.write_text(json.dumps({"model": bundle.name, "records": records}, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
