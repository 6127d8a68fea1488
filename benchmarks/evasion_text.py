"""What evasion without a model costs: the shift of machine posts' logits, before and after a change of the text layer.

    python -m benchmarks.evasion_text before      # with the package of the commit before on the path
    python -m benchmarks.evasion_text after

Posts: machine posts of dev, Chinese, French and English, each changed in every way of `benchmarks.attacks.EVASIONS`. The bundle
is the shipped one both times, so that nothing but the text layer differs. Writes `benchmarks/results/evasion_text.json`: per
language and change the mean shift of the logit against the unchanged post, and how many posts are called machine at 1%.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import pandas as pd

from autowritten.detector import Detector
from autowritten.score import Verdict
from benchmarks.attacks import EVASIONS, attack_all
from training.paths import REPOSITORY, data_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "evasion_text.json"
LANGUAGES = ("zh", "fr", "en")


def main() -> None:
    """Change, score, compare, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("name", choices=("before", "after"))
    parser.add_argument("--posts", type=int, default=15, help="machine posts a language")
    arguments = parser.parse_args()
    posts = pd.read_parquet(data_folder() / "dev.parquet", columns=["text", "lang", "label"])
    posts = posts[(posts["label"] == "machine") & posts["text"].str.len().between(80, 400)]
    detector = Detector.load()
    found: dict[str, dict[str, dict[str, float | int]]] = {}
    for lang in LANGUAGES:
        own = posts[posts["lang"] == lang]
        texts = list(own["text"].sample(min(arguments.posts, len(own)), random_state=0))
        base = np.zeros(len(texts))
        for name, attack in EVASIONS.items():
            scores = list(detector.score_many(attack_all(attack, texts, [lang] * len(texts))))
            logits = np.array([np.nan if score.logit is None else score.logit for score in scores])
            base = logits if name == "none" else base
            shift = float(np.nanmean(logits - base))
            machine = sum(score.verdict is Verdict.MACHINE for score in scores)
            found.setdefault(name, {})[lang] = {"shift": round(shift, 3), "machine": machine, "posts": len(texts)}
            print(f"{name:32s} {lang} {shift:+.2f} {machine} of {len(texts)}", flush=True)
    results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    results |= {"bundle": detector.name, arguments.name: found}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
