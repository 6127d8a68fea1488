"""Runs the factory, keeps what models composed, makes the rest again from the seed, and gives all of it as one table."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from training.generate import chains
from training.generate.causal_lm import Continuation, FewShot, SmolLM2
from training.generate.editor import Edited, Editor
from training.generate.factory import Draft, Generator, read_part, run
from training.generate.filters import Filter
from training.generate.frontier import FrontierLLM
from training.generate.markov import Markov
from training.generate.posts import Post, choose, read, text_sha
from training.generate.small_lm import SmallLM
from training.generate.spinner import Spinner
from training.generate.template import Campaign, Template
from training.paths import data_folder, work_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SEED = 7
KEPT = Path(__file__).parents[1] / "data"
MANIFEST = "manifest.json"
HALVES = "second_halves.parquet"
EDITS = "edits.parquet"
"""Second halves and words by a model, to be joined with human posts; not posts themselves."""

HELD_OUT = ("factory-markov", "factory-chain")
"""Families for testing only: word-chain software that no other family resembles, and mixtures of the other families."""

# Human posts asked for, by generator and language. French and Chinese get more: machine posts are scarce there.
PLAN: dict[str, dict[str, int]] = {
    "template": {"zh": 800, "fr": 800, "en": 650},
    "template-campaign": {"zh": 350, "fr": 350, "en": 300},
    "spinner": {"zh": 1200, "fr": 1300, "en": 900},
    "markov-2": {"zh": 750, "fr": 750, "en": 750},
    "small-llama-6m": {"zh": 800, "fr": 800, "en": 500},
    "smollm2-135m-instruct": {"en": 1300},
    "gemma-3-270m": {"zh": 350, "fr": 350, "en": 300},
    "gemma-3-270m-edits": {"zh": 1000, "fr": 1000, "en": 1000},
    "gemma-3-270m-second-half": {"zh": 120, "fr": 120, "en": 120},
    "chain-lm-spun": {"zh": 350, "fr": 350, "en": 350},
    "chain-humanised": {"zh": 350, "fr": 350, "en": 350},
    "chain-half-spun": {"zh": 250, "fr": 250, "en": 200},
    "chain-half-continued": {"zh": 120, "fr": 120, "en": 120},
}

COLUMNS = ("text", "label", "lang", "domain", "generator", "dataset", "source", "licence", "split", "pair_id", "account",
           "time", "family", "recipe", "seed", "human_sha")  # fmt: skip
_KEPT_COLUMNS = ("text", "label", "lang", "domain", "generator", "family", "dataset", "recipe", "seed", "human_sha",
                 "pair_id")  # fmt: skip


def split_of(pair_id: str, family: str) -> str:
    """The split of a row: `test` for families held out, else 70% `train`, 10% `dev`, 20% `test`, by pair.

    All answers to one human post share a split, and the chains start from `test` rows only.
    """
    if family in HELD_OUT:
        return "test"
    tenth = int(hashlib.sha256(pair_id.encode()).hexdigest()[:8], 16) % 10
    return "dev" if tenth == 0 else "test" if tenth < 3 else "train"


def split_of_chunk(chunk: str) -> str:
    """The split of a row of a numbered chunk, such as `zr-04`: every fifth is `test` as a whole."""
    return "test" if int(chunk.rsplit("-", 1)[-1]) % 5 == 4 else "train"


@dataclass
class Made:
    """What one generator made: rows that passed the filters, and how many did not, by rule."""

    generator: Generator
    rows: pd.DataFrame
    refused: Counter[str]


class Factory:
    """All generators over one set of human posts.

    Args:
        pools: human posts by language.
        work: folder for part files and trained models.
        kept: folder of the composed rows.
        seed: the seed of every generator.
    """

    def __init__(self, pools: Mapping[str, Sequence[Post]], work: Path, kept: Path = KEPT, seed: int = SEED) -> None:
        self.pools = pools
        self.work = work
        self.kept = kept
        self.seed = seed
        self.filter = Filter(post for pool in pools.values() for post in pool)

    def composers(self) -> list[Generator]:
        """The generators whose rows are kept."""
        pools = self.pools
        return [Template(pools), Campaign(pools), SmallLM(pools, self.work), SmolLM2("smollm2", pools),
                FewShot("gemma", pools)]  # fmt: skip

    def rewriters(self) -> list[Generator]:
        """The generators whose rows hold human text and are made again."""
        spinner = Spinner(self.pools)
        rows = self.read_kept()
        rows = rows[finish(rows)["split"].to_numpy() == "test"]
        answers = dict(zip(rows.human_sha, rows.text, strict=True))
        models = rows[~rows.generator.str.startswith("template")]
        return [
            spinner, Markov(self.pools),
            chains.SpunLM(dict(zip(models.human_sha, models.text, strict=True)), 0, spinner),
            chains.Humanised(answers, 1), chains.HalfSpun(spinner),
            chains.HalfContinued(self._pieces(HALVES)), Edited(self._pieces(EDITS)),
        ]  # fmt: skip

    def _pieces(self, name: str) -> dict[str, str]:
        """Reads what a model added to human posts, by the hash of the post."""
        path = self.kept / name
        rows = pd.read_parquet(path) if path.exists() else pd.DataFrame({"human_sha": [], "text": []})
        return dict(zip(rows.human_sha, rows.text, strict=True))

    def asked(self, generator: Generator, n: Mapping[str, int]) -> list[Post]:
        """The human posts that a generator answers."""
        return [
            post for lang in generator.languages
            for post in choose([post for post in self.pools[lang] if generator.eligible(post)], n.get(lang, 0),
                               self.seed, generator.name)
        ]  # fmt: skip

    def part(self, generator: Generator) -> Path:
        """The file of a generator's raw drafts."""
        return self.work / f"{generator.name}.jsonl"

    def make(self, generator: Generator, n: Mapping[str, int], *, write: bool = True) -> Made:
        """Runs one generator (or, with `write=False`, takes the drafts it has) and filters what it wrote."""
        posts = self.asked(generator, n)
        part = self.part(generator)
        if not generator.composed:
            drafts = list(generator.write(posts, self.seed))
        elif write:
            drafts = run(generator, posts, self.seed, part)
        else:
            drafts = list(read_part(part, posts).values())
        return self._filtered(generator, drafts)

    def _filtered(self, generator: Generator, drafts: Iterable[Draft]) -> Made:
        self.filter.refused = Counter()
        rows = []
        for draft in drafts:
            if why := generator.refuses(draft):
                self.filter.refused[why] += 1
            elif self.filter.keep(draft.text, draft.post, composed=generator.composed, shown=draft.shown):
                rows.append(self._row(generator, draft.post, draft.text, draft.recipe))
        return Made(generator, pd.DataFrame(rows, columns=list(_KEPT_COLUMNS)), self.filter.refused)

    def _row(self, generator: Generator, post: Post, text: str, recipe: Mapping[str, object]) -> dict[str, object]:
        return {
            "text": text, "label": "machine", "lang": post.lang, "domain": post.domain, "generator": generator.name,
            "family": generator.family, "dataset": generator.family, "recipe": json.dumps(dict(recipe), sort_keys=True),
            "seed": self.seed, "human_sha": post.sha, "pair_id": post.pair_id,
        }  # fmt: skip

    def make_halves(self, n: Mapping[str, int], *, write: bool = True) -> None:
        """Lets the language model finish first halves of human posts; keeps its halves only."""
        generator = Continuation("gemma", self.pools)
        posts = self.asked(generator, n)
        part = self.part(generator)
        drafts = run(generator, posts, self.seed, part) if write else list(read_part(part, posts).values())
        rows = [(draft.post.sha, draft.text, draft.post.lang) for draft in drafts if len(draft.text.strip()) >= 4]
        pd.DataFrame(rows, columns=["human_sha", "text", "lang"]).to_parquet(self.kept / HALVES, index=False)

    def make_edits(self, n: Mapping[str, int]) -> None:
        """Lets the language model replace words of human posts; keeps its words and their places only."""
        posts = self.asked(Edited({}), n)
        rows = [(post.sha, json.dumps(edits, ensure_ascii=False), post.lang)
                for post, edits in Editor.load().edits(posts, self.seed) if edits]  # fmt: skip
        pd.DataFrame(rows, columns=["human_sha", "text", "lang"]).to_parquet(self.kept / EDITS, index=False)

    def read_kept(self, but: str = "") -> pd.DataFrame:
        """Reads the composed rows, all generators but one."""
        files = [
            file
            for file in sorted(self.kept.glob("*.parquet"))
            if file.name not in (HALVES, EDITS) and file.stem != but
        ]
        frames = [pd.read_parquet(file) for file in files]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(_KEPT_COLUMNS))

    def take_in(self, drafts: Sequence[dict[str, object]], mode: str) -> Made:
        """Filters posts of a large model, written elsewhere (see `frontier`), and keeps them beside the composed rows."""
        generator = FrontierLLM(drafts, mode)
        self.filter.restart(self.read_kept(but=generator.name).text)
        posts = generator.posts()
        self.filter.know(posts)
        return self._keep(self._filtered(generator, generator.write(posts, self.seed)))

    def compose(self, generator: Generator, n: Mapping[str, int], *, write: bool = True) -> Made:
        """Makes the rows of a composer and writes them to its file in `kept`."""
        self.filter.restart(self.read_kept(but=generator.name).text)
        return self._keep(self.make(generator, n, write=write))

    def _keep(self, made: Made) -> Made:
        self.kept.mkdir(parents=True, exist_ok=True)
        made.rows.to_parquet(self.kept / f"{made.generator.name}.parquet", index=False, compression="zstd")
        return made

    def rewrite(self, plan: Mapping[str, Mapping[str, int]] = PLAN) -> list[Made]:
        """Makes all rows that hold human text."""
        self.filter.restart(self.read_kept().text)
        return [self.make(generator, plan[generator.name]) for generator in self.rewriters()]


def finish(rows: pd.DataFrame) -> pd.DataFrame:
    """Brings rows into the columns of `train.parquet` plus `family`, `recipe`, `seed` and `human_sha`."""
    rows = rows.assign(
        source="training/generate", licence="project", account=None, time=None,
        split=[
            split_of_chunk(chunk) if (chunk := json.loads(recipe).get("chunk")) else split_of(pair, family)
            for pair, family, recipe in zip(rows.pair_id, rows.family, rows.recipe, strict=True)
        ],
    )  # fmt: skip
    return rows[list(COLUMNS)].reset_index(drop=True)


def load(data_dir: Path | str | None = None, split: str = "train", *, rewrites: bool = True) -> pd.DataFrame:
    """Gives the factory's machine posts.

    Composed rows are read from `training/data`; rewrites of human posts are made from the seed the first time (about a
    minute) and kept in the work folder.

    Args:
        data_dir: folder of `train.parquet`; the project's data folder when left out.
        split: `train` (70% of the families that may be trained on) or `all` (column `split` tells which is which:
            families held out are all `test`).
        rewrites: False leaves out the rows that hold human text, and the minute that making them takes.

    Returns:
        The columns of `train.parquet`, and `family`, `recipe`, `seed`, `human_sha` (`posts.text_sha` of the human post).

    Raises:
        ValueError: `split` is neither.
    """
    if split not in ("train", "all"):
        raise ValueError(f"split must be 'train' or 'all', not {split!r}")
    folder = Path(data_dir) if data_dir else data_folder()
    work = work_folder() / "generate"
    cache = work / f"rewrites-{_fingerprint(folder)}.parquet"
    parts = [Factory({}, work).read_kept()]
    if rewrites and cache.exists():
        parts.append(pd.read_parquet(cache))
    elif rewrites:
        parts.append(pd.concat([made.rows for made in Factory(read(folder), work).rewrite()], ignore_index=True))
        work.mkdir(parents=True, exist_ok=True)
        parts[-1].to_parquet(cache, index=False)
    rows = finish(pd.concat(parts, ignore_index=True))
    return rows if split == "all" else rows[rows.split == "train"].reset_index(drop=True)


def _fingerprint(folder: Path) -> str:
    """Changes whenever the rewrites would: other posts, other composed rows, other code, other seed."""
    state = hashlib.sha256(f"{SEED}{PLAN}".encode())
    ours = Path(__file__).parent
    code = [*ours.glob("*.py"), *ours.glob("templates/*.toml")]
    for file in [folder / "train.parquet", *sorted(KEPT.glob("*.parquet")), *sorted(code)]:
        state.update(file.read_bytes())
    return state.hexdigest()[:16]


def digest(texts: Iterable[str]) -> str:
    """SHA-256 of a set of texts, whatever their order."""
    return hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()


def manifest(made: Sequence[Made], old: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Describes what was made; generators not run now keep their old entry."""
    entries: dict[str, Any] = dict(old.get("generators", {}))
    for item in made:
        entries[item.generator.name] = {
            "family": item.generator.family,
            "composed": item.generator.composed,
            "asked": PLAN.get(item.generator.name, {}),
            "rows": {lang: int(count) for lang, count in sorted(Counter(item.rows.lang).items())},
            "total": len(item.rows),
            "refused": dict(sorted(item.refused.items())),
            "recipe": item.generator.recipe,
            "seed": seed,
            "sha256": digest(item.rows.text),
        }
    total = sum(entry["total"] for entry in entries.values())
    return {
        "seed": seed, "total": total, "held_out_families": list(HELD_OUT),
        "largest_share": round(max(entry["total"] for entry in entries.values()) / total, 4) if total else 0,
        "generators": dict(sorted(entries.items())),
    }  # fmt: skip


__all__ = ["HELD_OUT", "PLAN", "SEED", "Factory", "Made", "finish", "load", "manifest", "split_of", "text_sha"]
