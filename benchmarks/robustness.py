"""What each attack costs: AUROC before and after the machine posts are disguised.

    python -m benchmarks.robustness

Posts: machine and human sides of the held-out pairs, and of dev. The human side stays as it is. Writes
`benchmarks/results/attacks.json`.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd

from autowritten.bundle import Bundle
from autowritten.detector import Detector
from autowritten.evaluation import metrics
from benchmarks.attacks import attack_all, attacks_with
from training.extract import extraction_backbone
from training.paths import REPOSITORY
from training.train import rows

RESULTS = REPOSITORY / "benchmarks" / "results" / "attacks.json"
LANGUAGES = ("zh", "fr", "en")
POSTS = 80
"""Machine posts of each language and source (pairs, dev) that are attacked."""


def main() -> None:
    """Attack, score, compare, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--humans", type=int, default=400, help="human posts a language that they are ranked against")
    arguments = parser.parse_args()
    bundle = Bundle.from_pretrained()
    detector = Detector(bundle, extraction_backbone(bundle.adapter), bundle.config["fpr"])
    sample = rows()
    sample = sample[sample["split"].isin(("held-out-pairs", "dev")) & sample["lang"].isin(LANGUAGES)]
    human = sample[sample["label"] == "human"]
    # Both sources alike, so that neither easy nor hard posts make up the figure.
    chosen = [
        group.sample(min(arguments.posts, len(group)), random_state=0)
        for _, group in sample[sample["label"] == "machine"].groupby(["split", "lang"])
    ]
    machine = pd.concat(chosen, ignore_index=True)
    pool = {lang: list(human["text"][human["lang"] == lang]) for lang in LANGUAGES}

    def logits(frame: pd.DataFrame) -> pd.Series:
        found = [score.logit for score in detector.score_many(frame["text"])]
        # A text of which the attack left nothing is a post that was not caught.
        return pd.Series([-np.inf if x is None else x for x in found], index=frame["lang"].to_numpy())

    human = human.groupby("lang").head(arguments.humans)
    of_human, before = logits(human), logits(machine)
    records = []
    for name, attack in attacks_with(pool).items():
        attacked = attack_all(attack, list(machine["text"]), list(machine["lang"]))
        after = logits(machine.assign(text=attacked))
        for lang in LANGUAGES:
            h, b, a = (values[values.index == lang].to_numpy() for values in (of_human, before, after))
            y = np.repeat([0, 1], [len(h), len(b)])
            record = {"attack": name, "lang": lang, "n_human": len(h), "n_machine": len(b)}
            record |= {
                "before": metrics.auroc(y, np.concatenate([h, b])),
                "after": metrics.auroc(y, np.concatenate([h, a])),
            }
            records.append(record)
            print(f"{name:18s} {lang}  {record['before']:.3f} -> {record['after']:.3f}", flush=True)
    RESULTS.write_text(json.dumps({"model": bundle.name, "attacks": records}, indent=1) + "\n")


if __name__ == "__main__":
    main()
