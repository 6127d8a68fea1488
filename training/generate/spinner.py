"""Synonym and word-order spinner: the article spinner of the content farms, on posts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from training.generate import thesaurus
from training.generate.factory import Draft, Generator
from training.generate.posts import EMOTICON, HASHTAG, MENTION, URL, Keywords, Post, rng, words

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence

# Share of the words that have a synonym and are replaced: a careful and a careless spinner.
STRENGTHS = (0.35, 0.6, 0.9)
MIN_CHANGED = 0.08
_KEEP = re.compile("|".join(pattern.pattern for pattern in (URL, MENTION, HASHTAG, EMOTICON)))
_SENTENCE = re.compile(r"(?<=[。！？!?…])\s*|(?<=\.)\s+")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*|[\W\d_]+")


class Speller:
    """Replaces words by synonyms and moves clauses about, in one language.

    Args:
        lang: the language.
        pool: posts; a synonym that people use is likelier to be drawn.
        synonyms: the thesaurus; the language's own when left out.
    """

    def __init__(self, lang: str, pool: Sequence[Post], synonyms: thesaurus.Thesaurus | None = None) -> None:
        self.lang = lang
        self.thesaurus = synonyms or thesaurus.load(lang)
        self.used = Keywords(pool, lang).counts
        self.synonyms = lru_cache(maxsize=50_000)(self.thesaurus.synonyms)

    def spin(self, text: str, strength: float, draw: random.Random) -> tuple[str, float]:
        """Spins a text.

        Args:
            text: a post or a piece of one.
            strength: share of the replaceable words that are replaced.
            draw: the source of chance.

        Returns:
            The new text and the share of its words that were replaced.
        """
        changed = total = 0
        pieces: list[str] = []
        at = 0
        for kept in [*_KEEP.finditer(text), None]:
            end = kept.start() if kept else len(text)
            tokens = words(text[at:end], "zh") if self.lang == "zh" else _TOKEN.findall(text[at:end])
            for token in tokens:
                new = self._replace(token, draw) if token[:1].isalpha() and draw.random() < strength else token
                changed += new != token
                total += token[:1].isalpha()
                pieces.append(new)
            if kept:
                pieces.append(kept.group())
                at = kept.end()
        spun = "".join(pieces)
        if self.lang == "en":
            spun = re.sub(r"\b([Aa])n? (?=[aeiou])", r"\1n ", re.sub(r"\b([Aa])n (?=[^\Waeiouh])", r"\1 ", spun))
        return spun, changed / max(total, 1)

    def _replace(self, token: str, draw: random.Random) -> str:
        lower = token.lower()
        if len(lower) < (2 if self.lang == "zh" else 4) or token.isupper():
            return token
        found = self.synonyms(lower)
        if not found:
            return token
        new = draw.choices(found, [1.0 + self.used[term] for term in found])[0]
        return new[:1].upper() + new[1:] if token[:1].isupper() else new

    def reorder(self, text: str, draw: random.Random) -> str:
        """Swaps two clauses of one sentence, or two neighbouring sentences."""
        sentences = [sentence for sentence in _SENTENCE.split(text) if sentence]
        if len(sentences) >= 3 and draw.random() < 0.5:
            at = draw.randrange(len(sentences) - 1)
            sentences[at], sentences[at + 1] = sentences[at + 1], sentences[at]
        elif sentences:
            at = draw.randrange(len(sentences))
            sentences[at] = self._swap_clauses(sentences[at], draw)
        return ("" if self.lang == "zh" else " ").join(sentences)

    def _swap_clauses(self, sentence: str, draw: random.Random) -> str:
        comma = "，" if self.lang == "zh" else ", "
        match = re.match(r"(.*?)([。！？!?….]*)$", sentence, re.DOTALL)
        body, end = match.groups() if match else (sentence, "")
        clauses = re.split(r"[，,]" if self.lang == "zh" else r",\s+", body)
        if len(clauses) < 2 or min(map(len, clauses)) < 4:
            return sentence
        at = draw.randrange(len(clauses) - 1)
        clauses[at], clauses[at + 1] = clauses[at + 1], clauses[at]
        if at == 0 and self.lang != "zh":
            clauses[0] = clauses[0][:1].upper() + clauses[0][1:]
        return comma.join(clauses) + end


class Spinner(Generator):
    """Rewrites a human post word by word.

    Args:
        pools: human posts by language.
        spellers: a ready speller by language (tests).
    """

    name: str = "spinner"
    family: str = "factory-spinner"
    composed: ClassVar[bool] = False

    def __init__(self, pools: Mapping[str, Sequence[Post]], spellers: Mapping[str, Speller] | None = None) -> None:
        self.pools = pools
        self.spellers = dict(spellers or {})

    @property
    def recipe(self) -> dict[str, object]:
        """Share of words replaced, least change, chance of a new word order."""
        return {"strengths": list(STRENGTHS), "min_changed": MIN_CHANGED, "reorder": 0.4}

    def speller(self, lang: str) -> Speller:
        """The speller of a language, opened once."""
        if lang not in self.spellers:
            self.spellers[lang] = Speller(lang, self.pools[lang])
        return self.spellers[lang]

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`; a post with too few words to replace is passed over."""
        for post in posts:
            draw = rng(seed, self.name, post.sha)
            strength = draw.choice(STRENGTHS)
            speller = self.speller(post.lang)
            text, changed = speller.spin(post.text, strength, draw)
            moved = draw.random() < 0.4
            if moved:
                text = speller.reorder(text, draw)
            if changed >= MIN_CHANGED:
                yield Draft(post, text, {"strength": strength, "reorder": moved})
