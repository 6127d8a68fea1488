"""Chains of tools: LM text through the spinner, human text partly rewritten, machine text made to look careless."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from training.generate.causal_lm import first_half
from training.generate.factory import Draft, Generator
from training.generate.posts import Post, rng

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

    from training.generate.spinner import Spinner

FAMILY = "factory-chain"
_CLAUSE = re.compile(r"[^，,。！？!?；;.]+(?:[，,。！？!?；;.]+\s*|$)")

# Chance that a careless spelling is used where it could be.
CARELESS = 0.5


@cache
def _habits() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "templates" / "careless.toml").read_text(encoding="utf-8"))


def clauses(text: str) -> list[str]:
    """Splits a text into clauses with their punctuation; joined again they are the text."""
    return _CLAUSE.findall(text) or [text]


def careless(text: str, lang: str, draw: random.Random) -> str:
    """Adds slang, typing errors and a filler, and drops capitals and the last full stop."""
    habits = _habits()[lang]
    for pattern, replacement in draw.sample(habits["swap"], len(habits["swap"]) // 2):
        pieces = re.split(f"({pattern})", text)  # every second piece is a place
        pieces[1::2] = [replacement if draw.random() < CARELESS else piece for piece in pieces[1::2]]
        text = "".join(pieces)
    if draw.random() < 0.5:
        text = text[:1].lower() + text[1:]
    text = _slip(text, draw)
    if draw.random() < 0.7:
        text = text.rstrip("。.")
    if lang == "zh" and draw.random() < 0.4:
        text = text.replace("，", " ")
    filler = draw.choice(habits["fillers"])
    if draw.random() < 0.6:
        text = f"{filler} {text}" if draw.random() < 0.5 else f"{text} {filler}"
    return text + draw.choice(_habits()["emoji"]) * draw.randint(1, 3) if draw.random() < 0.3 else text


def _slip(text: str, draw: random.Random) -> str:
    """Swaps, drops or doubles one letter for every sixty."""
    letters = list(text)
    spots = [at for at in range(1, len(letters) - 1) if letters[at].isascii() and letters[at].isalpha()]
    for at in draw.sample(spots, min(len(spots), max(1, len(spots) // 60))) if spots else ():
        kind = draw.randrange(3)
        if kind == 0 and letters[at + 1].isalpha():
            letters[at], letters[at + 1] = letters[at + 1], letters[at]
        elif kind == 1:
            letters[at] = ""
        else:
            letters[at] *= 2
    return "".join(letters)


class FromMachine(Generator):
    """A chain that starts from a machine post.

    Only machine posts of the test split go in: a family kept for testing must not be a near copy of what was trained on.

    Args:
        sources: machine post by hash of the human post that it answers.
        half: which half of the sources this chain uses (by hash), so that two chains never share one.
    """

    family: str = FAMILY
    composed: ClassVar[bool] = False

    def __init__(self, sources: Mapping[str, str], half: int) -> None:
        self.sources = sources
        self.half = half

    def eligible(self, post: Post) -> bool:
        """Whether a machine post answers this human post."""
        return post.sha in self.sources and int(post.sha[0], 16) % 2 == self.half


class SpunLM(FromMachine):
    """LM text, then the spinner."""

    name: str = "chain-lm-spun"

    def __init__(self, sources: Mapping[str, str], half: int, spinner: Spinner) -> None:
        super().__init__(sources, half)
        self.spinner = spinner

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for post in posts:
            draw = rng(seed, self.name, post.sha)
            strength = draw.choice((0.4, 0.7))
            text, changed = self.spinner.speller(post.lang).spin(self.sources[post.sha], strength, draw)
            if changed > 0:
                yield Draft(post, text, {"strength": strength})


class Humanised(FromMachine):
    """Machine text with slang, typing errors and fillers."""

    name: str = "chain-humanised"

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for post in posts:
            text = careless(self.sources[post.sha], post.lang, rng(seed, self.name, post.sha))
            if text != self.sources[post.sha]:
                yield Draft(post, text)


class HalfSpun(Generator):
    """A human post in which every second clause went through the spinner."""

    name: str = "chain-half-spun"
    family: str = FAMILY
    composed: ClassVar[bool] = False

    def __init__(self, spinner: Spinner) -> None:
        self.spinner = spinner

    def eligible(self, post: Post) -> bool:
        """Whether there are two clauses to choose from."""
        return len(clauses(post.text)) > 1

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for post in posts:
            draw = rng(seed, self.name, post.sha)
            first = draw.randrange(2)
            speller = self.spinner.speller(post.lang)
            pieces, most = [], 0.0
            for number, clause in enumerate(clauses(post.text)):
                text, changed = speller.spin(clause, 0.9, draw) if number % 2 == first else (clause, 0.0)
                pieces.append(text)
                most = max(most, changed)
            if most >= 0.2:
                yield Draft(post, "".join(pieces), {"first": first})


class HalfContinued(Generator):
    """The first half of a human post and the language model's second half (see `causal_lm.Continuation`).

    Args:
        halves: second half by hash of the human post.
    """

    name: str = "chain-half-continued"
    family: str = FAMILY
    composed: ClassVar[bool] = False

    def __init__(self, halves: Mapping[str, str]) -> None:
        self.halves = halves

    def eligible(self, post: Post) -> bool:
        """Whether the model wrote a second half."""
        return post.sha in self.halves

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        del seed
        for post in posts:
            yield Draft(post, first_half(post) + self.halves[post.sha])
