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
    parser.add_argument("changes", nargs="*", help="only these, beside those measured before")
    arguments = parser.parse_args()
    wanted = {name: EVASIONS[name] for name in ("none", *arguments.changes)} if arguments.changes else EVASIONS
    posts = pd.read_parquet(data_folder() / "dev.parquet", columns=["text", "lang", "label"])
    posts = posts[(posts["label"] == "machine") & posts["text"].str.len().between(80, 400)]
    detector = Detector.load()
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    found: dict[str, dict[str, dict[str, float | int]]] = results.get(arguments.name, {}) if arguments.changes else {}
    for lang in LANGUAGES:
        own = posts[posts["lang"] == lang]
        texts = list(own["text"].sample(min(arguments.posts, len(own)), random_state=0))
        changed = {name: attack_all(attack, texts, [lang] * len(texts)) for name, attack in wanted.items()}
        # In one stream, where a text that comes again, since its change was undone, is walked once.
        scores = list(detector.score_many(text for own in changed.values() for text in own))
        logits = np.array([np.nan if s.logit is None else s.logit for s in scores]).reshape(len(changed), -1)
        machine_made = np.array([s.verdict is Verdict.MACHINE for s in scores]).reshape(len(changed), -1)
        for name, own_logits, called in zip(changed, logits, machine_made, strict=True):
            shift = float(np.nanmean(own_logits - logits[0]))
            machine = int(called.sum())
            found.setdefault(name, {})[lang] = {"shift": round(shift, 3), "machine": machine, "posts": len(texts)}
            print(f"{name:32s} {lang} {shift:+.2f} {machine} of {len(texts)}", flush=True)
    results |= {"bundle": detector.name, arguments.name: found}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
