"""Floods: many posts on one brief by one model, each as another persona.

    python -m benchmarks.floods MODEL [--each 60]

MODEL is a name that `training.generate.models.load` takes. All names in the briefs are invented. Appends to
`benchmarks/data/floods-qwen.jsonl` (brief, lang, model, persona, text) until each brief has enough.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.generate import models
from training.generate.causal_lm import MOODS, PERSONAS
from training.generate.filters import LEAK, repetition, right_language
from training.generate.posts import letters, rng, units
from training.paths import REPOSITORY

FILE = REPOSITORY / "benchmarks" / "data" / "floods-qwen.jsonl"
BRIEFS = {
    "zh": {
        "zh-car": "新车“云驰E7”续航虚标、售后不理人",
        "zh-app": "记账软件“小算盘”好用，推荐大家下载",
    },
    "fr": {
        "fr-supplement": "le complément alimentaire Vitaloria, qui aurait changé ta vie",
        "fr-transport": "la nouvelle ligne de bus de Saint-Orvan, toujours en retard et trop chère",
    },
    "en": {
        "en-phone": "the Norvik One phone, whose battery is said to swell",
        "en-mayor": "the plan of the town of Eldermoor to close its library, which you support",
    },
}
REQUESTS = {
    "zh": "你是{who}，今天心情{mood}。发一条微博说说：{brief}。口语，40字左右，只写正文。",
    "fr": "Tu es {who}, d'humeur : {mood}. Écris un message court pour un réseau social sur {brief}. Seulement le message.",
    "en": "You are {who}, {mood} today. Write one short social media post about {brief}. Only the post.",
}
TOKENS, TEMPERATURE, TOP_P, BATCH = 60, 0.9, 0.95, 32


def read() -> list[dict[str, str]]:
    """Return the posts there are."""
    return [json.loads(line) for line in FILE.read_text("utf-8").splitlines()] if FILE.exists() else []


def fits(text: str, lang: str) -> bool:
    """Return whether a text is a post: no refusal or talk of an assistant, of some length, in its language, not all repeats."""
    return (
        units(text, lang) >= 8
        and not LEAK.search(text)
        and repetition(text, lang) <= 0.35
        and right_language(text, lang)
    )


def write(model: models.Model, name: str, lang: str, brief: str, turn: int) -> list[dict[str, str]]:
    """Return the posts of one batch that fit."""
    draw = rng("floods", name, brief, turn)
    who = [(draw.choice(PERSONAS[lang]), draw.choice(MOODS[lang])) for _ in range(BATCH)]
    asked = [model.chat(REQUESTS[lang].format(who=w, mood=m, brief=BRIEFS[lang][brief])) for w, m in who]
    seed = draw.randrange(2**31)
    texts = model.complete(asked, max_new=TOKENS, temperature=TEMPERATURE, top_p=TOP_P, seed=seed)
    return [
        {"brief": brief, "lang": lang, "model": name, "persona": f"{w}, {m}", "text": " ".join(text.split())}
        for (w, m), text in zip(who, texts, strict=True) if fits(text, lang)
    ]  # fmt: skip


def main() -> None:
    """Write until each brief has enough."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("model")
    parser.add_argument("--each", type=int, default=60, help="posts a brief")
    options = parser.parse_args()
    name = Path(options.model).name.lower().removesuffix(".gguf").removesuffix("-instruct")
    model = models.load(options.model)
    for lang, briefs in BRIEFS.items():
        for brief in briefs:
            rows = [row for row in read() if row["brief"] == brief and row["model"] == name]
            seen, turn = {letters(row["text"]) for row in rows}, len(rows)
            while len(seen) < options.each:
                turn += 1
                new = {letters(row["text"]): row for row in write(model, name, lang, brief, turn)}
                chosen = [row for key, row in new.items() if key not in seen][: options.each - len(seen)]
                seen |= {letters(row["text"]) for row in chosen}
                with FILE.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in chosen)
                print(brief, len(seen), flush=True)


if __name__ == "__main__":
    main()
