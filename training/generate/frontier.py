"""Posts by a present-day large model told to pass as ordinary users, or to write as content tools do by default.

No program here can run such a model; the drafts were written through its own interface, each for one human post (subject,
length, platform, tags and mentions), in sixteen registers, and are filtered like all others. They come as JSON lines:
`human_sha` (`posts.text_sha`), `text`, `recipe` (mode `fresh` or `spin`, register). The family is that of the data's
`pairs-*`: both are left out together.
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
MODES = ("fresh", "spin")


class FrontierLLM(Generator):
    """Reads drafts that lie in a file.

    Args:
        drafts: the file.
        mode: which of them: `fresh`, new posts on the subjects of human ones, or `spin`, human posts in other words.
    """

    family: str = "paired-frontier"
    languages: ClassVar[tuple[str, ...]] = ("zh", "fr", "en", "es", "de", "it", "pt")

    def __init__(self, drafts: Path, mode: str) -> None:
        rows = map(json.loads, drafts.read_text("utf-8").splitlines())
        self.drafts = {row["human_sha"]: row for row in rows if row["recipe"]["mode"] == mode}
        self.name = f"{PREFIX}-{mode}"

    def posts(self) -> list[Post]:
        """Return the human posts that the drafts answer."""
        columns = ["text", "label", "lang", "domain", "dataset", "pair_id"]
        frame = pd.read_parquet(data_folder() / "train.parquet", columns=columns)
        frame = frame[(frame["label"] == "human") & frame["lang"].isin(self.languages)]
        found = {}
        for row in frame.itertuples():
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
            yield Draft(post, row["text"], row["recipe"])
