"""Which words of a post move the classifier, by leaving them out.

Occlusion (Zeiler and Fergus 2014, arXiv:1311.2901), on words: leave one out, and see by how much the logit falls (Li, Monroe and
Jurafsky 2016, arXiv:1612.08220). It asks the classifier itself about real texts; no gradient, no baseline to choose. What it
does not see: of two words that say the same, either can go without loss. `benchmarks/attribution.py` measures how far it can be
taken at its word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

METHOD = "occlusion of words, one at a time"
SPANS = 40
"""Spans that a post is cut into at most: as many walks as that, half a second on two cores for a short post."""
LONGEST = 512
"""Tokens of the longest text whose words are looked at: every span costs a walk of the whole text."""


@dataclass(frozen=True, slots=True)
class Influence:
    """What one span of a post does to the classifier's logit.

    Attributes:
        start: where it begins, in characters of the post as it was read.
        end: where it ends.
        text: the characters between.
        effect: the classifier's logit less its logit without the span: above 0 the span pulls towards machine.
    """

    start: int
    end: int
    text: str
    effect: float


def spans(words: Sequence[str], most: int = SPANS) -> list[tuple[int, int]]:
    """Cut a post into spans of whole words, as equal in number of words as can be.

    Args:
        words: whose texts join to the post.
        most: spans at most.

    Returns:
        Start and end of each span in characters; a post of up to `most` words has one a word.
    """
    ends = np.cumsum([0, *map(len, words)])
    parts = np.array_split(np.arange(len(words)), min(most, len(words)) or 1)
    return [(int(ends[part[0]]), int(ends[part[-1] + 1])) for part in parts if len(part)]


def without(text: str, left_out: Sequence[tuple[int, int]]) -> str:
    """Return a text less some spans, given in order."""
    kept = [0, *(place for span in left_out for place in span), len(text)]
    return "".join(text[a:b] for a, b in list(pairwise(kept))[::2])


def attribute(words: Sequence[str], logits: Callable[[Sequence[str]], NDArray[np.float64]]) -> list[Influence]:
    """Return the influence of every word, or of spans of words where a post has many, in order.

    Args:
        words: whose texts join to the post as it was read (normalised, masked).
        logits: of the classifier, texts to shape (texts,), as `Detector.classifier_logits`.

    Returns:
        Nothing for a post of one word, which says nothing once that is gone.
    """
    text = "".join(words)
    cut = spans(words)
    if len(cut) < 2:
        return []
    whole, *others = logits([text, *(without(text, [span]) for span in cut)])
    return [
        Influence(start, end, text[start:end], float(whole - other))
        for (start, end), other in zip(cut, others, strict=True)
    ]
