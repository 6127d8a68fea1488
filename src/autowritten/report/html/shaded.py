"""Token evidence for the most telling posts: they are walked through the language model again, word by word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from autowritten.report.html.packed import visible
from autowritten.score import Verdict
from autowritten.scored import ScoredPost

if TYPE_CHECKING:
    from autowritten.score import Explanation

MOST_TOKENS = 512
"""Of a post that is shaded: four windows of the language model; nobody reads shading for longer."""
_SHARES = {Verdict.MACHINE: 0.6, Verdict.UNDECIDED: 0.2, Verdict.HUMAN: 0.2}


def choose(posts: Sequence[ScoredPost], number: int) -> list[int]:
    """Choose the posts whose words are shaded: mostly the most machine-like, and some of the others to compare with.

    Of those called machine and of the undecided the ones with the highest logits, of those called human the ones with the
    lowest. Each text once.

    Args:
        posts: the most machine-like first.
        number: how many at most.

    Returns:
        Their places, in order.
    """
    places: dict[Verdict, list[int]] = {verdict: [] for verdict in _SHARES}
    seen: set[str] = set()
    for place, post in enumerate(posts):
        if post.logit is not None and post.tokens <= MOST_TOKENS and post.text not in seen:
            seen.add(post.text)
            places[post.verdict].append(place)
    places[Verdict.HUMAN].reverse()
    chosen = [place for verdict, share in _SHARES.items() for place in places[verdict][: round(share * number)]]
    taken = set(chosen)  # where there are few of one kind, more of the others
    rest = [place for verdict in _SHARES for place in places[verdict] if place not in taken]
    return sorted((chosen + rest)[:number])


def walk(
    posts: Sequence[ScoredPost], places: Sequence[int], explain: Callable[[str], Explanation]
) -> Iterator[tuple[int, list[list[object]]]]:
    """Yield the words of some posts as the page shades them.

    Args:
        posts: all of them.
        places: of those to walk.
        explain: `Detector.explain`.

    Yields:
        The place, and for each word its text, level of shading (0 to 3), worst rank, and surprisal in nats.
    """
    from autowritten.report.shading import level, words

    for place in places:
        found = words(explain(posts[place].text).tokens)
        yield place, [[visible(word.text), level(word), word.rank, round(word.surprisal, 2)] for word in found]
