"""Rewrites of one brief by a language model, for the simulated campaigns of `benchmarks.campaign`.

    python -m benchmarks.rewrites [--each 7500] [--lang zh]

The embedded language model, a base model, is shown four wordings of a brief (the factory's templates) and goes on with one of
its own. Copies of what it was shown, and of what it has written, are dropped. Appends to `benchmarks/data/rewrites.jsonl`
until each language has enough, so a run that broke off goes on; some five a second on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence

import torch

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
SHOTS, BATCH = 4, 128
TEMPERATURE, TOP_P = 1.0, 0.95


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


def rewrite(
    lang: str, turn: int, model: models.TransformersModel, kept: torch.Tensor, shown: Sequence[str]
) -> Iterator[str]:
    """Yield the rewrites of one batch, cleaned up."""
    draw = rng("rewrites", lang, turn)
    shots = draw.sample(shown, SHOTS)
    prompt = "\n".join([HEAD[lang], "", *(f"- {text}" for text in shots), "-"])
    longest = max(model.count(text) for text in shown)
    torch.manual_seed(draw.randrange(2**31))
    for text in continued(model, kept, prompt, longest):
        clean = " ".join(text.split("\n")[0].rstrip("\ufffd").split())
        if units(clean, lang) >= 8 and letters(clean) not in {letters(shot) for shot in shots}:
            yield clean


@torch.inference_mode()
def continued(model: models.TransformersModel, kept: torch.Tensor, prompt: str, longest: int) -> list[str]:
    """Return `BATCH` continuations of one prompt, which is read once; those that are done make room.

    Args:
        model: the language model.
        kept: tokens it may write, shape (tokens,): most of the work would be the others' probabilities.
        prompt: what to go on from.
        longest: tokens of a continuation.
    """
    network, head = model.model.model, model.model.lm_head.weight[kept]
    stops = torch.tensor(model.stops)
    start = network(**model.tokenizer(prompt, return_tensors="pt"), use_cache=True)
    cache, hidden = start.past_key_values, start.last_hidden_state[:, -1].repeat(BATCH, 1)
    cache.batch_repeat_interleave(BATCH)
    rows = torch.arange(BATCH)
    written: list[list[int]] = [[] for _ in range(BATCH)]
    for step in range(longest):
        best, place = models.nucleus(hidden @ head.T, TEMPERATURE, TOP_P)
        token = kept[place.gather(1, torch.multinomial(best.softmax(-1), 1))].squeeze(1)
        going = ~torch.isin(token, stops)
        for row, each in zip(rows[going].tolist(), token[going].tolist(), strict=True):
            written[row].append(each)
        if not going.any() or step == longest - 1:
            break
        if not going.all():
            rows, token = rows[going], token[going]
            cache.batch_select_indices(torch.nonzero(going).squeeze(1))
        hidden = network(input_ids=token[:, None], past_key_values=cache, use_cache=True).last_hidden_state[:, -1]
    return [str(model.tokenizer.decode(row, skip_special_tokens=True)) for row in written]


def main() -> None:
    """Write until there is enough."""
    from autowritten.bundle import Bundle

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--each", type=int, default=7_500, help="rewrites a language")
    parser.add_argument("--lang", choices=LANGUAGES, action="append", help="only this language")
    arguments = parser.parse_args()
    model = models.load("gemma")
    assert isinstance(model, models.TransformersModel)  # noqa: S101 - for the type checker
    kept = torch.tensor(sorted({*Bundle.from_pretrained().vocabulary.tolist(), *model.stops}))
    FILE.parent.mkdir(exist_ok=True)
    for lang in arguments.lang or LANGUAGES:
        have = {letters(text) for text in read()[lang]}
        shown, turn = wordings(lang), len(have)
        while len(have) < arguments.each:
            turn += 1
            fresh = {letters(text): text for text in rewrite(lang, turn, model, kept, shown)}
            new = [text for key, text in fresh.items() if key not in have]
            have |= set(fresh)
            with FILE.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps({"lang": lang, "text": t}, ensure_ascii=False) + "\n" for t in new)
            print(lang, len(have), flush=True)


if __name__ == "__main__":
    main()
