"""Markov chains of order 2, one a language and kind of platform, started at a key word of the human post where they can."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar

import markovify

from training.generate.factory import Draft, Generator
from training.generate.posts import MENTION, URL, Keywords, Post, choose, rng, units, words

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

STATE = {"zh": 2, "fr": 2, "en": 2}
CORPUS = 6000
TRIES = 12


def platform(post: Post) -> str:
    """Coarse kind of platform: chains need a few thousand posts each, single data sets are too small."""
    for kind in ("review", "car", "reddit", "oasst"):
        if kind in post.domain or kind in post.dataset:
            return kind
    return "social"


class Chain(markovify.Text):  # type: ignore[misc]
    """A markovify model over ready-made word lists, Chinese segmented by jieba."""

    lang = "en"

    def word_join(self, words: list[str]) -> str:
        """Joins words: without spaces around Chinese ones."""
        if self.lang != "zh":
            return " ".join(words)
        text = ""
        for word in words:
            latin = text[-1:].isascii() and text[-1:].isalnum() and word[:1].isascii() and word[:1].isalnum()
            text += f" {word}" if latin else word
        return text


def train(posts: Sequence[Post], lang: str) -> Chain:
    """Counts the chain of one platform."""
    runs = []
    for post in posts:
        text = URL.sub("", MENTION.sub("", post.text)).strip()
        runs.append([word for word in words(text, "zh") if word.strip()] if lang == "zh" else text.split())
    chain = Chain(
        None, parsed_sentences=[run for run in runs if len(run) > 2], state_size=STATE[lang], retain_original=False
    )
    chain.lang = lang
    return chain


class Markov(Generator):
    """Strings human word pairs together; its text holds pieces of human posts.

    Args:
        pools: human posts by language; the chains learn from `CORPUS` of each language and platform.
    """

    name: str = "markov-2"
    family: str = "factory-markov"
    composed: ClassVar[bool] = False

    def __init__(self, pools: Mapping[str, Sequence[Post]]) -> None:
        self.pools = pools
        self.keywords = {lang: Keywords(pool, lang) for lang, pool in pools.items()}
        self._chains: dict[tuple[str, str], Chain] = {}
        self._starts: dict[tuple[str, str], dict[str, list[tuple[str, ...]]]] = {}

    @property
    def recipe(self) -> dict[str, object]:
        """Order of the chain, posts learnt from, tries a post."""
        return {"state": STATE, "corpus": CORPUS, "tries": TRIES}

    def chain(self, post: Post) -> tuple[Chain, dict[str, list[tuple[str, ...]]]]:
        """The chain for the platform of a post, and the states in which each word comes first."""
        key = post.lang, platform(post)
        if key not in self._chains:
            same = [other for other in self.pools[post.lang] if platform(other) == key[1]]
            chain = train(choose(same, CORPUS, "markov"), post.lang)
            starts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
            for state in chain.chain.model:
                starts[state[0]].append(state)
            self._chains[key], self._starts[key] = chain, starts
        return self._chains[key], self._starts[key]

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for post in posts:
            draw = rng(seed, self.name, post.sha)
            chain, starts = self.chain(post)
            heads = [state for word in self.keywords[post.lang](post) for state in starts.get(word, ())]
            walks = [walk(chain, draw, heads) for _ in range(TRIES)]
            # The walk nearest in length; several short ones are not glued, posts aren't either.
            best = min(walks, key=lambda text: abs(units(text, post.lang) - post.units))
            yield Draft(post, best, {"platform": platform(post), "topic": bool(heads)})


def walk(chain: Chain, draw: random.Random, heads: Sequence[tuple[str, ...]]) -> str:
    """One walk, from a state that begins with a key word in two of three cases where there is one.

    markovify draws from the global random state, which would tie a post to those before it; the walk is done here.
    """
    model: Any = chain.chain.model
    state = tuple(["___BEGIN__"] * chain.state_size)
    said: list[str] = []
    if heads and draw.random() < 0.67:
        state = draw.choice(heads)
        said = list(state)
    while len(said) < 200:
        follow = model[state]
        word = draw.choices(list(follow), list(follow.values()))[0]
        if word == "___END__":
            break
        said.append(word)
        state = (*state[1:], word)
    return str(chain.word_join(said))
