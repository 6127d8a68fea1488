"""What every generator has in common, and the resumable run of one."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from training.generate.posts import Post


@dataclass(frozen=True)
class Draft:
    """A machine post before the filters.

    Attributes:
        post: the human post that it answers.
        text: what the machine wrote.
        recipe: the settings of this one post, for the `recipe` column.
        shown: example posts that stood in the prompt.
    """

    post: Post
    text: str
    recipe: dict[str, object] = field(default_factory=dict)
    shown: tuple[str, ...] = ()


class Generator(ABC):
    """Auto-writing software: human posts in, machine posts out.

    Attributes:
        name: what goes into the `generator` column.
        family: what goes into the `family` column; a family is left out of training as a whole.
        composed: whether the text is the machine's own (kept in the repository) or holds pieces of human posts (made
            again from the seed).
        languages: what it can write.
    """

    name: str
    family: str
    composed: ClassVar[bool] = True
    languages: ClassVar[tuple[str, ...]] = ("zh", "fr", "en")

    @property
    def recipe(self) -> dict[str, object]:
        """The settings that all its posts share, for the manifest."""
        return {}

    def eligible(self, post: Post) -> bool:
        """Whether this generator can answer a post at all."""
        del post
        return True

    def refuses(self, draft: Draft) -> str | None:
        """Names a rule of this generator's own, beside those of `filters`, that refuses a draft, or None."""
        del draft
        return None

    @abstractmethod
    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """Writes one machine post for each human post that it can answer, in any order.

        A draft may depend on the post and the seed only, never on the other posts asked for, so that a run that was cut
        off goes on with the same words (language models are the exception: their batches share a random state).
        """


def run(generator: Generator, posts: Sequence[Post], seed: int, part: Path) -> list[Draft]:
    """Runs a generator over posts, appending to a part file and skipping what the file has.

    Args:
        generator: what writes.
        posts: the human posts to answer.
        seed: the seed.
        part: a JSON-lines file of raw drafts, filters not yet applied (a changed filter needs no new generation). It
            names human posts by hash, so it can be kept.

    Returns:
        All drafts for `posts`, old and new, in the order of `posts`.
    """
    drafts = read_part(part, posts)
    todo = [post for post in posts if post.sha not in drafts]
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("a", encoding="utf-8") as file:
        for draft in generator.write(todo, seed):
            line = {"human_sha": draft.post.sha, "text": draft.text, "recipe": draft.recipe, "shown": draft.shown}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()
            drafts[draft.post.sha] = draft
    return [drafts[post.sha] for post in posts if post.sha in drafts]


def read_part(part: Path, posts: Sequence[Post]) -> dict[str, Draft]:
    """Reads the drafts of a part file that answer `posts`; a line cut off by a crash is dropped."""
    wanted = {post.sha: post for post in posts}
    drafts: dict[str, Draft] = {}
    if not part.exists():
        return drafts
    raw = part.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    if len(whole) < len(raw):
        part.write_bytes(whole)
    for line in whole.decode().splitlines():
        row = json.loads(line)
        post = wanted.get(row["human_sha"])
        if post is not None:
            drafts[post.sha] = Draft(post, row["text"], row["recipe"], tuple(row["shown"]))
    return drafts
