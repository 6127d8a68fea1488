"""Posts by a present-day large model told to pass as ordinary users, or to write as content tools and rumour mills do.

No program here can run such a model; the drafts were written through its own interface, each for one human post (subject,
length, platform, tags and mentions), in many registers, and are filtered like all others. They come in one of two forms:

* JSON lines: `human_sha` (`posts.text_sha`), `text`, `recipe` (`mode`, see `MODES`, and the register);
* a folder of chunks `out/PREFIX-NN.tsv`, each line `id<TAB>kind<TAB>text`, beside `PREFIX.index.jsonl`, which says which human
  post (`human_sha`) an id answers. The prefix gives the mode (`CHUNKS`); the chunk is the brief: whole briefs are held out.

The posts on subjects of ordinary posts are of the family of the data's `pairs-*`: all are left out together. Fabricated news
and rumours are a family of their own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from training.generate.factory import Draft, Generator
from training.generate.posts import Post, text_sha
from training.paths import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


PREFIX = "frontier-llm"
MODES = {
    "fresh": "paired-frontier",
    "spin": "paired-frontier",
    "mimic": "paired-frontier",
    "forum": "paired-frontier",
    "rumour": "fabricated-news",
}
"""What the model was asked for, and the family: a new post on the subject of a human one; the human post in other words; an
answer in a thread in the voice of a user two of whose own posts were shown; a comment in a forum; fabricated news and rumours."""
CHUNKS = {"zr": "rumour", "fr": "rumour", "er": "rumour", "et": "mimic", "ft": "mimic", "eg": "forum"}
"""The mode of the chunks with a prefix."""


def read_drafts(source: Path) -> list[dict[str, object]]:
    """Read drafts in either form.

    Args:
        source: a file of JSON lines, or a folder of chunks.

    Returns:
        Rows of `human_sha`, `text` and `recipe`. A line of a chunk that has not three fields, or an unknown id, is left out:
        chunks are read while they are being written.
    """
    if source.is_file():
        return [json.loads(line) for line in source.read_text("utf-8").splitlines()]
    rows: dict[str, dict[str, object]] = {}
    for prefix, mode in CHUNKS.items():
        index = source / f"{prefix}.index.jsonl"
        if not index.exists():
            continue
        answered = {row["id"]: row["human_sha"] for row in map(json.loads, index.read_text("utf-8").splitlines())}
        for chunk in sorted((source / "out").glob(f"{prefix}-*.tsv")):
            for line in chunk.read_text("utf-8").splitlines():
                fields = line.split("\t")
                if len(fields) == 3 and fields[0] in answered:
                    recipe = {"mode": mode, "kind": fields[1].strip(), "chunk": chunk.stem}
                    rows[fields[0]] = {"human_sha": answered[fields[0]], "text": fields[2].strip(), "recipe": recipe}
    return list(rows.values())


class FrontierLLM(Generator):
    """Gives out drafts that a large model wrote.

    Args:
        drafts: see `read_drafts`.
        mode: which of them, a key of `MODES`.
    """

    languages: ClassVar[tuple[str, ...]] = ("zh", "fr", "en", "es", "de", "it", "pt")

    def __init__(self, drafts: Sequence[dict[str, object]], mode: str) -> None:
        self.drafts = {row["human_sha"]: row for row in drafts if mode_of(row) == mode}
        self.name, self.family = f"{PREFIX}-{mode}", MODES[mode]

    def posts(self) -> list[Post]:
        """Return the human posts that the drafts answer."""
        humans = human_posts()
        humans = humans[humans["lang"].isin(self.languages)]
        found = {}
        for row in humans.itertuples():
            sha = text_sha(str(row.text))
            if sha in self.drafts:
                pair = row.pair_id if isinstance(row.pair_id, str) else f"factory-{sha}"
                found[sha] = Post(str(row.text), str(row.lang), str(row.domain), str(row.dataset), pair)
        return list(found.values())

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        del seed
        for post in posts:
            row = self.drafts[post.sha]
            recipe = row["recipe"]
            assert isinstance(recipe, dict)  # noqa: S101 - narrows a JSON value
            yield Draft(post, str(row["text"]), recipe)


def mode_of(row: dict[str, object]) -> str:
    """Return what a draft was asked to be."""
    recipe = row["recipe"]
    assert isinstance(recipe, dict)  # noqa: S101 - narrows a JSON value
    return str(recipe["mode"])


def human_posts() -> pd.DataFrame:
    """Return the human rows of both training files."""
    columns = ["text", "label", "lang", "domain", "dataset", "pair_id"]
    files = (data_folder() / name for name in ("train.parquet", "train-2.parquet"))
    rows = pd.concat([pd.read_parquet(file, columns=columns) for file in files if file.exists()])
    return rows[rows["label"] == "human"]
