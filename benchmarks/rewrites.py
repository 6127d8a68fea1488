"""Rewrites of one brief by a language model, for the simulated campaigns of `benchmarks.campaign`.

    python -m benchmarks.rewrites [--each 130] [--lang zh]

The embedded language model, a base model, is shown four wordings of a brief (the factory's templates) and goes on with one of
its own. Copies of what it was shown, and of what it has written, are dropped. Appends to `benchmarks/data/rewrites.jsonl`
until each language has enough, so a run that broke off goes on; a batch of 32 takes a minute or two on one slow core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence

from training.generate import models
from training.generate.posts import LANGUAGES, letters, rng, units
from training.generate.template import campaign
from training.paths import REPOSITORY

FILE = REPOSITORY / "benchmarks" / "data" / "rewrites.jsonl"
BRIEFS = {"zh": 17, "fr": 9, "en": 11}  # campaigns about the fictional car
HEAD = {
    "zh": "同一件事，网友们用不同的话说，每行一条。",
    "fr": "Des internautes racontent la même chose, chacun avec ses mots, un message par ligne.",
    "en": "Users of a social network say the same thing, each in other words, one post on each line.",
}
SHOTS, BATCH = 4, 32


def read() -> dict[str, list[str]]:
    """Return the rewrites there are, by language."""
    found: dict[str, list[str]] = {lang: [] for lang in LANGUAGES}
    if FILE.exists():
        for line in FILE.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["lang"]].append(row["text"])
    return found


def wordings(lang: str) -> list[str]:
    """Return the brief in some wordings."""
    return campaign(lang, BRIEFS[lang], 24, length=30, seed=5)


def rewrite(lang: str, turn: int, model: models.Model, shown: Sequence[str]) -> Iterator[str]:
    """Yield the rewrites of one batch, cleaned up."""
    draw = rng("rewrites", lang, turn)
    picked = [draw.sample(shown, SHOTS) for _ in range(BATCH)]
    prompts = ["\n".join([HEAD[lang], "", *(f"- {text}" for text in shots), "-"]) for shots in picked]
    longest = max(model.count(text) for text in shown)
    written = model.complete(prompts, max_new=longest, temperature=1.0, top_p=0.95, seed=draw.randrange(2**31))
    for text, shots in zip(written, picked, strict=True):
        clean = " ".join(text.split())
        if units(clean, lang) >= 8 and letters(clean) not in {letters(shot) for shot in shots}:
            yield clean


def main() -> None:
    """Write until there is enough."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--each", type=int, default=130, help="rewrites a language")
    parser.add_argument("--lang", choices=LANGUAGES, action="append", help="only this language")
    arguments = parser.parse_args()
    model = models.load("gemma")
    FILE.parent.mkdir(exist_ok=True)
    for lang in arguments.lang or LANGUAGES:
        have = {letters(text) for text in read()[lang]}
        shown, turn = wordings(lang), len(have)
        while len(have) < arguments.each:
            turn += 1
            fresh = [text for text in rewrite(lang, turn, model, shown) if letters(text) not in have]
            have |= {letters(text) for text in fresh}
            with FILE.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps({"lang": lang, "text": t}, ensure_ascii=False) + "\n" for t in fresh)
            print(lang, len(have), flush=True)


if __name__ == "__main__":
    main()
