"""Spintax and template engine: the classic campaign tool.

A language file (`templates/*.toml`) holds slots (lists of words) and briefs (what a campaign is about: trigger words and
sentences). In a sentence `{a|b|c}` is a choice, which may nest, `<slot>` takes a word from a slot, and `<kw>`, `<kw2>` take
key words of the human post, so that the subject follows.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from training.generate.factory import Draft, Generator
from training.generate.posts import EMOJI, EMOTICON, HASHTAG, Keywords, Post, rng, units

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<(\w+)>")
TRIES = 10
CAMPAIGNS = 18


@dataclass(frozen=True)
class Brief:
    """What one campaign says.

    Attributes:
        name: its name.
        words: when a human post holds one of them, the brief suits it; none for briefs that suit every post.
        lines: sentences with spintax and slots.
    """

    name: str
    words: tuple[str, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """The templates of one language."""

    lang: str
    slots: Mapping[str, tuple[str, ...]]
    openers: tuple[str, ...]
    closers: tuple[str, ...]
    briefs: tuple[Brief, ...]


@cache
def book(lang: str) -> Book:
    """Reads the templates of a language."""
    raw = tomllib.loads((Path(__file__).parent / "templates" / f"{lang}.toml").read_text(encoding="utf-8"))
    found = raw["briefs"].items()
    briefs = tuple(Brief(name, tuple(brief.get("words", ())), tuple(brief["lines"])) for name, brief in found)
    slots = {name: tuple(words) for name, words in raw["slots"].items()}
    return Book(lang, slots, tuple(raw["openers"]), tuple(raw["closers"]), briefs)


def spin(text: str, draw: random.Random) -> str:
    """Resolves the choices of a spintax text, innermost first."""
    while found := _CHOICE.search(text):
        text = text[: found.start()] + draw.choice(found.group(1).split("|")) + text[found.end() :]
    return text


_ELISIONS = ((" de les ", " des "), (" de le ", " du "), (" à les ", " aux "), (" à le ", " au "))


def fill(text: str, slots: Mapping[str, Sequence[str]], draw: random.Random) -> str:
    """Puts a word into every slot; words of a slot may hold slots and choices themselves."""
    while found := _SLOT.search(text):
        text = text[: found.start()] + draw.choice(slots[found.group(1)]) + text[found.end() :]
    return spin(text, draw)


class _Writer:
    """Composes posts from the book of one language."""

    def __init__(self, lang: str, pool: Sequence[Post]) -> None:
        self.book = book(lang)
        self.keywords = Keywords(pool, lang)
        self.glue = "" if lang == "zh" else " "

    def slots(self, post: Post) -> dict[str, Sequence[str]] | None:
        """The language's slots with the key words of a post, or None when it has none."""
        found = self.keywords(post)
        return {**self.book.slots, "kw": found[:1], "kw2": found[1:2] or found[:1]} if found else None

    def brief(self, post: Post, draw: random.Random) -> Brief:
        """A brief whose trigger words the post holds, or one for every post."""
        text = post.text.lower()
        if self.book.lang == "zh":
            fitting = [brief for brief in self.book.briefs if any(word in text for word in brief.words)]
        else:
            said = set(re.findall(r"[^\W\d_]+", text))
            fitting = [brief for brief in self.book.briefs if said & set(brief.words)]
        # One time in four a general brief all the same, or posts on football would only ever use one brief.
        general = [brief for brief in self.book.briefs if not brief.words]
        return draw.choice(fitting if fitting and draw.random() < 0.75 else general)

    def compose(self, brief: Brief, slots: Mapping[str, Sequence[str]], length: int, draw: random.Random) -> str:
        """The try nearest to a length of opener, lines and closer."""
        tries = [self._once(brief, slots, length, draw) for _ in range(TRIES)]
        return min(tries, key=lambda text: abs(units(text, self.book.lang) - length))

    def _once(self, brief: Brief, slots: Mapping[str, Sequence[str]], length: int, draw: random.Random) -> str:
        lines = draw.sample(brief.lines, len(brief.lines))
        if draw.random() < 0.35:
            lines.insert(0, draw.choice(self.book.openers))
        text = ""
        for line in lines:
            text = f"{text}{self.glue if text else ''}{fill(line, slots, draw)}"
            if units(text, self.book.lang) >= 0.8 * length:
                break
        if draw.random() < 0.25:
            text += self.glue + fill(draw.choice(self.book.closers), slots, draw)
        if self.book.lang == "fr":
            for apart, joined in _ELISIONS:
                text = text.replace(apart, joined)
        return text


def decorate(text: str, post: Post, slots: Mapping[str, Sequence[str]], draw: random.Random) -> str:
    """Adds hashtags and emoji where the human post has them, so that they tell nothing about who wrote."""
    for _ in HASHTAG.findall(post.text)[:3]:
        word = draw.choice([*slots["kw"], *slots["kw2"]]).replace(" ", "")
        tag = f"#{word}#" if post.lang == "zh" else f"#{word}"
        if tag not in text:
            text = f"{tag} {text}" if draw.random() < 0.5 else f"{text} {tag}"
    if post.lang == "zh" and EMOTICON.search(post.text):
        text += draw.choice(slots["emoticon"]) * draw.randint(1, 3)
    elif EMOJI.search(post.text):
        text += ("" if post.lang == "zh" else " ") + draw.choice(slots["emoji"]) * draw.randint(1, 3)
    return text


class Template(Generator):
    """A new composition for each post, its key words in the slots.

    Args:
        pools: human posts by language, for key words.
    """

    name: str = "template"
    family: str = "factory-template"

    def __init__(self, pools: Mapping[str, Sequence[Post]]) -> None:
        self.writers = {lang: _Writer(lang, pool) for lang, pool in pools.items()}

    @property
    def recipe(self) -> dict[str, object]:
        """Number of briefs and sentences by language."""
        books = {lang: writer.book for lang, writer in self.writers.items()}
        return {
            "briefs": {lang: len(made.briefs) for lang, made in books.items()},
            "lines": {lang: sum(len(brief.lines) for brief in made.briefs) for lang, made in books.items()},
        }

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for post in posts:
            writer = self.writers[post.lang]
            draw = rng(seed, self.name, post.sha)
            slots = writer.slots(post)
            if slots is not None:
                brief = writer.brief(post, draw)
                text = writer.compose(brief, slots, post.units, draw)
                yield Draft(post, decorate(text, post, slots, draw), {"brief": brief.name})


class Campaign(Template):
    """One brief, many variants: every language has `CAMPAIGNS` campaigns, each with few sentences and frozen slots.

    A campaign says its own thing whatever the human post is about; only a hook on the subject may stand in front.
    """

    name: str = "template-campaign"

    @property
    def recipe(self) -> dict[str, object]:
        """As `Template.recipe`, with the number of campaigns."""
        return super().recipe | {"campaigns": CAMPAIGNS}

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for post in posts:
            draw = rng(seed, self.name, post.sha)
            number = draw.randrange(CAMPAIGNS)
            writer = self.writers[post.lang]
            slots = writer.slots(post)
            if slots is not None:
                text = variant(post.lang, number, post.units, seed, draw, writer)
                yield Draft(post, decorate(text, post, slots, draw), {"campaign": number})


def variant(lang: str, number: int, length: int, seed: int, draw: random.Random, writer: _Writer | None = None) -> str:
    """Writes one variant of a campaign.

    Args:
        lang: the language.
        number: which campaign; brief, sentences and slot words follow from it and the seed.
        length: units wanted.
        seed: the seed.
        draw: the chance of this variant.
        writer: the language's writer, when there is one.
    """
    made = writer or _Writer(lang, ())
    fixed = rng(seed, "campaign", lang, number)
    brief = fixed.choice([brief for brief in made.book.briefs if brief.words])
    frozen = {name: (fixed.choice(words),) for name, words in made.book.slots.items()}
    subject = (fixed.choice(brief.words),)
    slots = {**frozen, "kw": subject, "kw2": subject}
    lines = tuple(fixed.sample(brief.lines, min(5, len(brief.lines))))
    return made.compose(Brief(brief.name, brief.words, lines), slots, length, draw)


def campaign(lang: str, number: int, n: int, *, length: int = 40, seed: int = 0) -> list[str]:
    """Writes `n` variants of one campaign, for tests of campaign detection."""
    return [variant(lang, number, length, seed, rng(seed, "variant", lang, number, index)) for index in range(n)]
