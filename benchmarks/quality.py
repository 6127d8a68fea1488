"""How well it works, beside its peers: on every test set of the data folder and on dev.

    python -m benchmarks.quality

The same texts and the same language model for every method. Writes `benchmarks/results/quality.json` (a record a set,
slice and method) and the page `docs/quality.md`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from autowritten.bundle import Bundle
from autowritten.evaluation import curves, tables
from benchmarks import bench, methods, published
from benchmarks import quality_page as page
from training import report as report_of
from training import stack
from training.dataset import load
from training.extract import store
from training.paths import REPOSITORY, work_folder
from training.train import halves, rows

RESULTS = REPOSITORY / "benchmarks" / "results"
NOTE = (
    f"Test sets: {bench.PER_CLASS} human and {bench.PER_CLASS} machine texts of each, drawn with a fixed seed, read up to "
    f"{bench.MAX_TOKENS} tokens; never used for fitting, choosing or calibrating. `dev`: the half that calibration did not "
    "read. `held-out-pairs`: five sets of pairs by today's models, kept from all training. Surprisal over the bundle's "
    "vocabulary. Zero-shot methods keep the sign of their papers, also where posts turn it over. TF-IDF and DivEye are "
    "fitted on our training rows."
)


def main() -> None:
    """Measure, print the table, write results and page."""
    bundle = Bundle.from_pretrained()
    sample, test = rows(), pd.read_parquet(work_folder() / "bench.parquet")
    split = sample["split"].to_numpy()
    report = sample[(split == "dev") & ~np.where(split == "dev", halves(list(sample["text"])), False)]
    every = pd.concat(
        [
            test,
            report.assign(set="dev"),
            sample[split == "held-out-pairs"].assign(set="held-out-pairs"),
            sample[split == "test"].assign(set="factory-test"),
        ],
        ignore_index=True,
    )
    data = load(every, store())
    train = load(sample[split == "train"], store())
    others = {"tf-idf": methods.fit_tfidf(train), "diveye": methods.fit_diveye(train), **methods.zero_shot()}
    if ratio := methods.second_model():
        others["binoculars-smollm2"] = ratio
    judged = report_of.judged(bundle, data, stack.logits(data.rows)[stack.WHOLE].to_numpy())
    scores = {name: scorer(data) for name, scorer in others.items()}
    judged, flags = tables.flagged(judged.assign(**scores), bundle.judge().thresholds, bundle.judge().min_tokens)
    results: dict[str, object] = {
        "model": bundle.name,
        "date": datetime.now(UTC).date().isoformat(),
        "note": NOTE,
        "published": published.NUMBERS,
        "leave_out": _kept("leave_out.json", "autowritten"),
        "attacks": _kept("attacks.json", "attacks"),
    }
    records, decisions, alarms = [], [], []
    humans = judged[(judged["set"] == "dev") & (judged["machine"] == 0)]
    for name, part in judged.groupby("set", sort=False):
        full = part
        if part["machine"].nunique() == 1:  # a set of machine posts alone: against dev's human posts of its languages
            full = pd.concat([part, humans[humans["lang"].isin(part["lang"])].assign(set=name)], ignore_index=True)
        slices = tables.SLICES if name == "dev" else ("length",)
        records += tables.records(full, slices=slices, resamples=400, set=name, method="autowritten")
        for method in others:
            records += tables.records(full, method, slices=(), resamples=400, set=name, method=method)
        decisions.append(tables.decisions(part, set=name))
        alarms += tables.false_alarms(part, flags, set=name)
    dev = judged[judged["set"] == "dev"]
    results |= {
        "records": records,
        "decisions": decisions,
        "false_alarms": alarms,
        "curves": {
            "roc": {
                name: curves.roc(part["machine"], part["logit"])
                for name, part in (("dev", dev), ("held-out pairs", judged[judged["set"] == "held-out-pairs"]))
            },
            "calibration": {"dev": curves.calibration(dev["machine"], dev["probability"])},
            "length": curves.score_by_length(dev),
        },
    }
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "quality.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write(results, REPOSITORY / "docs" / "quality.md")
    table = pd.DataFrame([r for r in records if r["slice"] == "all"]).pivot(
        index="set", columns="method", values="auroc"
    )
    print(table[["autowritten", *others]].round(3).to_string())


def _kept(file: str, key: str) -> object:
    path = RESULTS / file
    return json.loads(path.read_text(encoding="utf-8"))[key] if path.exists() else None


if __name__ == "__main__":
    main()
