"""Evaluation gate: a change may not make the detector worse without anybody noticing.

    python -m benchmarks.gate                                   # fails below a floor
    python -m benchmarks.gate --update                          # raises the floors to what is measured
    python -m benchmarks.gate --update --allow-regression WHY   # lowers them too; WHY is kept in the file

A fixed sample of dev posts (600, by language and label, three minutes at most) is scored by the shipped bundle, and its
measures are held against the floors in `gate.json`, which also pins the digest and the counts of the sample: a floor means
nothing on other posts. After trafilatura's `tests/eval_gate.py`. Without the data folder it says so and passes. Dev posts
served to fit thresholds, so this is a tripwire, not a quality figure.

Exit codes: 0 passed, or no data; 1 below a floor, or another sample; 3 no bundle.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autowritten.errors import AutowrittenError
from autowritten.evaluation import metrics, tables
from training.paths import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from autowritten.score import Score

PINNED = Path(__file__).with_name("gate.json")
EPSILON = 0.003
"""What a measure may lie below its floor: number types differ between machines (benchmarks/results/exactness.json)."""
LANGUAGES = ("zh", "fr", "en")
PER_CELL = 100
MOST_CHARACTERS = 400  # longer texts are hardly posts and would take most of the time


def sample(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the sample: `PER_CELL` posts of each language and label, spread over the data sets, chosen by digest.

    The same rows in any order give the same sample, and rows added later change little of it.

    Args:
        rows: columns `text`, `label`, `lang`, `dataset` of the dev file.
    """
    short = rows[rows["lang"].isin(LANGUAGES) & (rows["text"].str.len() <= MOST_CHARACTERS)]
    short = short.assign(key=[hashlib.sha256(text.encode()).hexdigest() for text in short["text"]])
    short = short.drop_duplicates("key").sort_values("key")
    cell = ["lang", "label"]
    short = short.assign(turn=short.groupby([*cell, "dataset"]).cumcount()).sort_values(["turn", "key"])
    return short.groupby(cell).head(PER_CELL).sort_values("key").reset_index(drop=True)


def describe(chosen: pd.DataFrame) -> dict[str, Any]:
    """Return the digest and the counts that tell this sample from any other."""
    lines = (chosen["key"] + chosen["label"] + chosen["lang"]).tolist()
    counts = chosen.groupby(["lang", "label"]).size()
    return {
        "sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        "counts": {f"{lang} {label}": int(n) for (lang, label), n in counts.items()},
    }


def measure(chosen: pd.DataFrame, scores: Iterable[Score]) -> dict[str, float]:
    """Return the gated measures, all better when higher.

    AUROC of all and by language, TPR at 5% FPR, share of human posts not called machine, c@1, and 1 - Brier.

    Raises:
        TooFewRows: the sample is too small for one of them.
    """
    frame = tables.scored(chosen.assign(machine=(chosen["label"] == "machine").astype(int)), scores)
    # A post that got no score ranks lowest: a bundle that scores fewer machine posts must not look better for it.
    truth, logit = frame["machine"].to_numpy(), frame["logit"].fillna(-np.inf).to_numpy()
    human = frame[frame["machine"] == 0]
    found = {"auroc": metrics.auroc(truth, logit), "tpr_at_5fpr": metrics.tpr_at_fpr(truth, logit, 0.05)}
    for lang in LANGUAGES:
        of = (frame["lang"] == lang).to_numpy()
        found[f"auroc_{lang}"] = metrics.auroc(truth[of], logit[of])
    decided = tables.decisions(frame)
    found["humans_not_flagged"] = float((human["verdict"] != "machine").mean())
    found["c_at_1"] = decided["c_at_1"]
    found["one_minus_brier"] = 1 - decided["brier"]
    return found


def failures(pinned: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Return what is wrong with a run, one line each; nothing if it passes.

    Args:
        pinned: the content of `gate.json`.
        found: `sample` (see `describe`) and `measures` of this run.
    """
    if pinned["sample"] != found["sample"]:
        return [f"the sample is not the one that was pinned: {found['sample']} for {pinned['sample']}"]
    floors, measures = pinned["floors"], found["measures"]
    gone = [f"{name} has a floor and was not measured" for name in floors if name not in measures]
    return gone + [
        f"{name} {measures[name]:.4f} is below its floor {floor:.4f}"
        for name, floor in floors.items()
        if name in measures and measures[name] < floor - EPSILON
    ]


def update(pinned: dict[str, Any] | None, found: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """Return the new content of `gate.json`.

    Without a reason floors only rise. With one they become what was measured, and the reason is kept with all that fell.

    Args:
        pinned: the old content; None for the first time.
        found: `sample`, `measures`, `model` and `date` of this run.
        reason: why a regression, or another sample, is right.

    Raises:
        AutowrittenError: there is something wrong that only a reason can excuse.
    """
    head = {"sample": found["sample"], "epsilon": EPSILON, "model": found["model"], "date": found["date"]}
    if pinned is None:
        return head | {"floors": dict(found["measures"]), "regressions": []}
    wrong = failures(pinned, found)
    if wrong and not reason:
        raise AutowrittenError("; ".join(wrong) + ". To pin it all the same: --update --allow-regression WHY")
    if reason:
        entry = {"date": found["date"], "model": found["model"], "reason": reason, "was": wrong}
        entry["floors_before"] = pinned["floors"]
        return head | {"floors": dict(found["measures"]), "regressions": [*pinned["regressions"], entry]}
    floors = {name: max(value, pinned["floors"].get(name, value)) for name, value in found["measures"].items()}
    return head | {"floors": floors, "regressions": pinned["regressions"]}


def run() -> dict[str, Any] | None:
    """Score the sample with the shipped bundle; None if the data is not there."""
    source = data_folder() / "dev.parquet"
    if not source.exists():
        return None
    from autowritten.detector import Detector

    chosen = sample(pd.read_parquet(source, columns=["text", "label", "lang", "dataset"]))
    detector = Detector.load()
    return {
        "sample": describe(chosen),
        "measures": measure(chosen, detector.score_many(chosen["text"])),
        "model": detector.name,
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the gate; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description="Hold the detector to its floors.")
    parser.add_argument("--update", action="store_true", help="raise the floors to what is measured")
    parser.add_argument("--allow-regression", metavar="WHY", help="with --update: lower them too, for this reason")
    options = parser.parse_args(arguments)
    if options.allow_regression is not None and not (options.update and options.allow_regression.strip()):
        parser.error("--allow-regression goes with --update and a reason")
    try:
        found = run()
        if found is None:
            print(f"evaluation gate: not run, there is no {data_folder() / 'dev.parquet'}")
            return 0
        pinned = json.loads(PINNED.read_text(encoding="utf-8")) if PINNED.exists() else None
        for name, value in found["measures"].items():
            floor = (pinned or {"floors": {}})["floors"].get(name)
            print(f"{name:20} {value:.4f}   floor {'none' if floor is None else format(floor, '.4f')}")
        if options.update:
            new = update(pinned, found, options.allow_regression)
            PINNED.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            print(f"pinned in {PINNED}")
            return 0
    except AutowrittenError as error:
        print(f"evaluation gate: {error}", file=sys.stderr)
        return 1 if options.update else error.exit_code
    wrong = failures(pinned, found) if pinned else [f"no floors are pinned; run with --update to make {PINNED.name}"]
    for line in wrong:
        print(f"evaluation gate: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
