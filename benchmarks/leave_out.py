"""The figure that leads: how well a detector ranks the posts of a generator family it was not trained on.

    python -m benchmarks.leave_out

For each family of `families.json` (and of the factory): fit on everything else, with the human rows of the family's own
datasets left out as well; then rank its machine posts against those human posts. Our classifier, too slow to fine-tune for
each family, is the one fine-tuned without a whole fold of families, this one among them (`training/folds.py`): it has seen
less than its peers. Factory families are ranked against human posts of dev. Posts are only compared within a language.
Writes `benchmarks/results/leave_out.json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autowritten.bundle import DEFAULT
from autowritten.evaluation import metrics
from benchmarks import methods
from training import folds
from training.dataset import Dataset, load
from training.extract import store
from training.paths import REPOSITORY, data_folder
from training.train import rows

RESULTS = REPOSITORY / "benchmarks" / "results" / "leave_out.json"
OF_AUTOWRITTEN_1 = (
    *("paired-frontier", "assistant-answers", "chat-and-role-play", "tweet-llms", "contest-bots", "reddit-and-reviews"),
    *("gpt2-and-rnn-tweets", "r1-rewrites", "gpt3-era", "paraphrased-and-mixed", "scenario-llms", "factory-edits"),
    *("factory-gemma", "factory-markov", "factory-chain", "factory-small-lm", "factory-spinner", "factory-template"),
)
"""The eighteen families that the rotation of autowritten-1 had, for figures that can be compared."""
FEW = 20
"""A language with fewer human or machine posts of a family is not compared."""


def rotation(data: Dataset) -> Iterator[tuple[str, int | None, Dataset, Dataset]]:
    """Yield each family's name, its fold (None: no network has seen it), the rows to fit on and the rows to test on."""
    table = json.loads((data_folder() / "families.json").read_text())
    split = data.rows["split"].to_numpy()
    family = data.rows["family"].astype(object).fillna("").to_numpy()
    for name in [*table["families"], *sorted({f for f in family if f.startswith("factory-")})]:
        human = folds.humans_of(data.rows, name)
        of_dev = (split == "dev") & (not name.startswith("factory-"))
        test = (((family == name) & (data.machine == 1) & (split != "dev")) | human) & ~of_dev
        held = (family == name) | human
        disguised = data.rows["disguised"].to_numpy()
        yield name, folds.PLACE.get(name), data.subset((split == "train") & ~held), data.subset(test & ~disguised)


def compared(test: Dataset) -> bool:
    """Return whether some language has human and machine posts enough."""
    counts = test.rows.groupby([test.rows["lang"], test.machine]).size().unstack(fill_value=0)
    return bool(len(counts.columns) == 2 and (counts.min(axis=1) >= FEW).any())


def within_language(
    language: NDArray[np.str_], machine: NDArray[np.int64], scores: NDArray[np.float64]
) -> dict[str, float]:
    """Return AUROC and TPR at 5% FPR within each language, averaged by the machine posts of each, with an interval.

    The interval takes the languages as independent: its half-width is the root of the weighted squares of theirs.
    """
    counts, parts = [], []
    for name in np.unique(language):
        members = language == name
        y, s = machine[members], scores[members]
        if min((y == 0).sum(), (y == 1).sum()) >= FEW:
            low, high = metrics.bootstrap_interval(y, s, metrics.auroc_of_counts, resamples=300)
            counts.append(((y == 0).sum(), (y == 1).sum()))
            parts.append((metrics.auroc(y, s), (high - low) / 2, metrics.tpr_at_fpr(y, s, 0.05)))
    n, table = np.array(counts), np.array(parts)
    share = n[:, 1] / n[:, 1].sum()
    mean, tpr = float(share @ table[:, 0]), float(share @ table[:, 2])
    half = float(np.sqrt(np.sum((share * table[:, 1]) ** 2)))
    return {
        "n_human": int(n[:, 0].sum()),
        "n_machine": int(n[:, 1].sum()),
        "auroc": mean,
        "auroc_low": max(0.0, mean - half),
        "auroc_high": min(1.0, mean + half),
        "tpr_at_5fpr": tpr,
    }


def _summary(found: list[dict[str, Any]], ending: str) -> dict[str, float]:
    values = [r["auroc"] for r in found]
    return {f"mean{ending}": float(np.mean(values)), f"worst{ending}": float(np.min(values))} if values else {}


def main() -> None:
    """Run the rotation for our detector and its peers; print and write the table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--only", choices=("ours", "peers"), help="leave the other's records as they are in the results"
    )
    parser.add_argument("--name", default=DEFAULT, help="the bundle that this training is for")
    arguments = parser.parse_args()
    only = arguments.only
    data = load(rows(), store())
    records: dict[str, list[dict[str, Any]]] = {}
    for family, fold, train, test in rotation(data):
        if not compared(test):
            print(f"{family:24s} too few rows to compare", flush=True)
            continue
        scorers: dict[str, methods.Scorer] = {}
        if only != "peers":
            scorers |= methods.fit_ours(train, fold, seeds=1)  # one network of the bundle's three: a third of the time
        if only != "ours":
            scorers |= {"tf-idf": methods.fit_tfidf(train), "diveye": methods.fit_diveye(train), **methods.zero_shot()}
        language = test.rows["lang"].to_numpy().astype(str)
        for name, scorer in scorers.items():
            record = {"name": family, **within_language(language, test.machine, scorer(test))}
            records.setdefault(name, []).append(record)
        line = "  ".join(f"{name} {r[-1]['auroc']:.3f}" for name, r in records.items())
        print(f"{family:24s} {line}", flush=True)
    out = {
        name: {
            **_summary(found, ""),
            **_summary([r for r in found if r["name"] in OF_AUTOWRITTEN_1], "_of_autowritten_1"),
            "families": found,
        }
        for name, found in records.items()
    }
    for name, record in out.items():
        print(f"{name:20s} mean {record['mean']:.3f} worst {record['worst']:.3f}")
    kept = json.loads(RESULTS.read_text()) if only and RESULTS.exists() else {}
    RESULTS.write_text(json.dumps(kept | out | {"model": arguments.name}, indent=1) + "\n")


if __name__ == "__main__":
    main()
