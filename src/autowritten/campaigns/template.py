"""The template behind posts: what they share, and slots for what changes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

SAMPLE = 60
"""Posts that a template is drawn from: each costs a comparison with one of them."""
FIXED = 0.5
"""Share of the posts that must hold a word, in its place, for it to belong to the template."""
_SHOWN = 4
_WORDS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3\u3040-\u30ff]|[^\W\u2e80-\u9fff\uac00-\ud7a3\u3040-\u30ff]+|[^\w\s]")
_WIDE = re.compile(r"[\u2e80-\u9fff\u3000-\u30ff\uac00-\ud7a3\uff00-\uffef]")


def template(texts: Sequence[str]) -> str:
    """Return the words that most posts share, in order, with slots `‹this|that›` where they differ.

    The post that is most like the others gives the order; its words that half of the others have in the same place stay,
    what stands between them is a slot with its most common fillings.
    """
    samples = [_WORDS.findall(text) for text in list(dict.fromkeys(texts))[:SAMPLE]]
    if len(samples) < 2:
        return texts[0] if texts else ""
    centre = max(samples[:12], key=lambda words: sum(_ratio(words, other) for other in samples))
    others = [words for words in samples if words is not centre]
    aligned = [_places(centre, words) for words in others]
    least = FIXED * len(others)
    fixed = [n for n in range(len(centre)) if sum(n in places for places in aligned) >= least]
    if not fixed:
        return "‹" + "|".join(_join(words) for words in samples[:_SHOWN]) + "›"
    out = []
    for before, after in zip([-1, *fixed], [*fixed, len(centre)], strict=True):
        fillings = Counter([_join(centre[before + 1 : after])])
        for places, words in zip(aligned, others, strict=True):
            start, stop = places.get(before, -1 if before < 0 else None), places.get(after, len(words))
            if start is not None and (after == len(centre) or after in places):
                fillings[_join(words[start + 1 : stop])] += 1
        shown = [filling for filling, _ in fillings.most_common(_SHOWN)]
        if any(shown):
            out.append("‹" + "|".join(shown) + "…" * (len(fillings) > len(shown)) + "›")
        if after < len(centre):
            out.append(centre[after])
    return _join(out)


def _ratio(left: list[str], right: list[str]) -> float:
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def _places(centre: list[str], words: list[str]) -> dict[int, int]:
    """Return which word of a post stands for which of the centre's."""
    blocks = SequenceMatcher(None, centre, words, autojunk=False).get_matching_blocks()
    return {block.a + k: block.b + k for block in blocks for k in range(block.size)}


def _join(words: Sequence[str]) -> str:
    """Join words, with spaces where a script has them."""
    text = ""
    for word in words:
        tight = not text or _WIDE.match(word) or _WIDE.match(text[-1]) or word in ",.;:!?)…’'" or text[-1] in "(’'#@"
        text += word if tight else f" {word}"
    return text
