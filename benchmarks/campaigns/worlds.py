"""Simulated social networks with a campaign in them, and the truth about it. See `benchmarks.campaigns.campaign`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import pandas as pd

from benchmarks.campaigns import rewrites
from training.generate.posts import LANGUAGES, Post, rng
from training.generate.posts import posts as usable_posts
from training.generate.spinner import Spinner
from training.generate.template import campaign
from training.paths import data_folder, work_folder

POSTS_EACH = 10
WEEKS = 14 * 86_400.0
BURST = 6 * 3_600.0
FPR = 0.05
TOOLS = ("copies", "template", "spinner", "rewrites")
JUDGED = 150


@dataclass(frozen=True)
class World:
    """Posts with the truth about their accounts.

    Attributes:
        accounts, texts, times, machine: a post each; see `find_campaigns`.
        guilty: accounts of the campaign.
    """

    accounts: list[str]
    texts: list[str]
    times: list[float]
    machine: list[bool]
    guilty: frozenset[str]


def posts_of(label: str) -> dict[str, list[Post]]:
    """Return human or machine posts by language, from social platforms, each text once. Never the bench."""
    columns = ["text", "label", "lang", "domain", "dataset", "pair_id"]
    frame = pd.concat(
        [pd.read_parquet(data_folder() / f"{name}.parquet", columns=columns) for name in ("train", "dev")]
    )
    frame = frame[(frame["label"] == label) & frame["lang"].isin(LANGUAGES)]
    return {lang: usable_posts(frame[frame["lang"] == lang], lang) for lang in LANGUAGES}


def variants(tool: str, lang: str, number: int, pools: dict[str, list[Post]], seed: int) -> list[str]:
    """Return what a tool makes of one brief, `number` posts; fewer if it has no more."""
    draw = rng(seed, "campaign world", tool, lang)
    if tool == "rewrites":
        found = rewrites.read()[lang]
        return draw.sample(found, min(number, len(found)))
    if tool == "template":
        return campaign(lang, draw.randrange(18), number, length=30, seed=seed)
    sources = draw.sample([post for post in pools[lang] if 20 <= post.units <= 60], 5)
    if tool == "copies":
        return [draw.choice(sources).text for _ in range(number)]
    spinner = Spinner(pools)
    made: list[str] = []
    for turn in range(20 * number):
        made += [draft.text for draft in spinner.write([sources[turn % len(sources)]], seed * 1_000_003 + turn)]
        if len(made) >= number:
            return made[:number]
    raise SystemExit("the spinner finds nothing to spin in these posts")


def verdicts(pools: dict[str, list[Post]]) -> dict[str, dict[str, dict[str, bool]]]:
    """Return whether the detector calls posts machine: by tool, language and text; `JUDGED` of each are scored, once."""
    file = work_folder() / "campaign_flags.json"
    found: dict[str, dict[str, dict[str, bool]]] = json.loads(file.read_text()) if file.exists() else {}
    detector = None
    for tool in TOOLS:
        for seed, lang in enumerate(LANGUAGES):
            own = found.setdefault(tool, {}).setdefault(lang, {})
            texts = dict.fromkeys(
                rewrites.read()[lang][:JUDGED] if tool == "rewrites" else variants(tool, lang, JUDGED, pools, seed)
            )
            missing = [text for text in texts if text not in own]
            if not missing:
                continue
            from autowritten import Detector

            detector = detector or Detector.load(fpr=FPR)
            own |= dict(zip(missing, [s.verdict == "machine" for s in detector.score_many(missing)], strict=True))
            file.write_text(json.dumps(found, ensure_ascii=False))
    return found


def caught(said: dict[str, dict[str, dict[str, bool]]]) -> dict[str, dict[str, float]]:
    """Return the share of each tool's posts that the detector calls machine, by language (see `verdicts`)."""
    return {
        tool: {lang: sum(own.values()) / len(own) for lang, own in by_language.items()}
        for tool, by_language in said.items()
    }


def world(tool: str, campaign_accounts: int, cover: float, total: int, *, burst: bool, seed: int) -> World:
    """Simulate `total` posts."""
    pools = posts_of("human")
    said = verdicts(pools)
    rates = caught(said)
    lang = LANGUAGES[seed % 3]
    known = said[tool][lang] if tool in TOOLS else {}
    draw = np.random.default_rng([seed, campaign_accounts, int(100 * cover), burst])
    weights = np.array([len(pools[lang]) for lang in LANGUAGES], dtype=float)
    honest = _Deck({lang: [post.text for post in pool] for lang, pool in pools.items()}, draw)
    accounts, texts, times, machine = [], [], [], []

    def post(account: str, text: str, when: float, rate: float) -> None:
        accounts.append(account)
        texts.append(text)
        times.append(when)
        machine.append(known[text] if text in known else _called(text, rate))

    guilty = [f"c{n}" for n in range(campaign_accounts)]
    if guilty and tool == "unrelated":
        # Other sets have many posts of one brief, which is a flood.
        pairs = {
            lang: [post.text for post in pool if post.dataset.startswith("pairs")]
            for lang, pool in posts_of("machine").items()
        }
        theirs = _Deck(pairs, draw)
        for account in guilty:
            language = LANGUAGES[draw.choice(3, p=weights / weights.sum())]
            for _ in range(POSTS_EACH):
                post(account, theirs(language), draw.uniform(0, WEEKS), rates["rewrites"][language])
        guilty = []
    if guilty:
        covers = draw.random((len(guilty), POSTS_EACH)) < cover
        made = variants(tool, lang, int((~covers).sum()), pools, seed)
        if len(made) < (~covers).sum():
            raise SystemExit(f"{len(made)} {tool} are not enough for {int((~covers).sum())} posts")
        fresh = iter(made)
        start = draw.uniform(0, WEEKS - BURST)
        for account, row in zip(guilty, covers, strict=True):
            for hidden in row:
                if hidden:
                    post(account, honest(lang), draw.uniform(0, WEEKS), FPR)
                else:
                    when = start + draw.uniform(0, BURST if burst else WEEKS - start)
                    post(account, next(fresh), when, rates[tool][lang])
    number = 0
    while len(texts) < total:
        number += 1
        language = LANGUAGES[draw.choice(3, p=weights / weights.sum())]
        for _ in range(min(int(draw.geometric(1 / POSTS_EACH)), total - len(texts))):
            post(f"h{number}", honest(language), draw.uniform(0, WEEKS), FPR)
    return World(accounts, texts, times, machine, frozenset(guilty))


class _Deck:
    """Deals texts, by language; when all are dealt they are shuffled and dealt again."""

    def __init__(self, texts: dict[str, list[str]], draw: np.random.Generator) -> None:
        self._texts, self._draw = texts, draw
        self._order = {lang: draw.permutation(len(own)) for lang, own in texts.items()}
        self._dealt = Counter[str]()

    def __call__(self, lang: str) -> str:
        turn = self._dealt[lang] % len(self._order[lang])
        if self._dealt[lang] and turn == 0:  # or the same texts would follow one another again, as if by agreement
            self._order[lang] = self._draw.permutation(len(self._order[lang]))
        self._dealt[lang] += 1
        return self._texts[lang][int(self._order[lang][turn])]


def _called(text: str, rate: float) -> bool:
    """Say whether a text is called machine: as good as drawn, but the same text always gets the same verdict."""
    number = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")
    return number / 2**64 < rate
