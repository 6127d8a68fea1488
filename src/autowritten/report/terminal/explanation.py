"""The evidence behind one verdict, on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autowritten.explain.occlusion import METHOD
from autowritten.judging.groups import language_group
from autowritten.report.shading import LABELS, PALETTE, level, words
from autowritten.report.terminal.posts import percent, safe, shorten, verdict_text
from autowritten.report.wording import LANGUAGES, PHRASES, UNDONE
from autowritten.score import Reason, Verdict, one_in

if TYPE_CHECKING:
    from rich.console import Console

    from autowritten.explain.evidence import Comparison, Evidence
    from autowritten.explain.occlusion import Influence
    from autowritten.score import Explanation, Score

TRUST = "A verdict is evidence, not proof. Never act on one post alone."
_UNREAD = {
    Reason.EMPTY: "There is nothing to read: the post is empty, once invisible marks and white space are off.",
    Reason.NOT_TEXT: "The post is not text, so there is nothing to read.",
    Reason.TOO_LONG: "The post is longer than this bundle accepts, so it was not read.",
}
_STEPS = ((1.25, "hardly either way"), (2.0, "slightly"), (6.0, "clearly"), (math.inf, "strongly"))
"""What an effect is called, by the highest factor on the odds."""
_BAR = 6  # cells on either side
_SHOWN_WORDS = 6
_LONGEST_WORD = 24
_WIDEST = 100  # lines longer than this are hard to read


def show(
    console: Console,
    explanation: Explanation,
    evidence: Evidence | None,
    influences: Sequence[Influence],
    name: str = "",
) -> None:
    """Show an explained post: its shaded words, the verdict, what pulls which way, error rates, what would change it.

    Args:
        console: where to.
        explanation: of `Detector.explain`.
        evidence: of `evidence.gather`.
        influences: of `attribution.attribute`; empty where the post has too many words or too few.
        name: which post it is, if it has an id.
    """
    width = min(console.width, _WIDEST)

    def block(title: str, *parts: Text | Table | str) -> None:
        console.print(Text(title, style="bold"))
        for part in parts:
            console.print(Padding(part, (0, 0, 0, 2)), width=width)
        console.print()

    score = explanation.score
    if not explanation.tokens:
        block(_title(name, score), _UNREAD[score.reason], *_undone(score))
        console.print(TRUST)
        return
    block(_title(name, score), shaded(explanation), Text(), legend(), _least_foreseen(explanation))
    if evidence is None:
        console.print(TRUST)
        return
    block("Verdict", *_verdict(score, evidence, explanation.false_positive_rate))
    block("How it comes about", _pulls(score, evidence), *_still(evidence), *_undone(score))
    if influences:
        block("Words that pull the classifier the most", *_telling(influences, evidence.word_slope))
    block("How often that is wrong for such posts", *_errors(score, evidence))
    block("What would change it", *_changes(score, evidence))
    console.print(TRUST, width=width)


def shaded(explanation: Explanation) -> Text:
    """Return the post with every word shaded by the worst rank of its tokens."""
    text = Text()
    for word in words(explanation.tokens):
        before, core, after = word.parts()
        text.append("\n" if "\n" in before else " " * bool(before))
        text.append(safe(core), PALETTE[level(word)].terminal)
        text.append("\n" if "\n" in after else " " * bool(after))
    text.rstrip()
    return text


def legend() -> Text:
    """Return a line with a sample of each shade."""
    text = Text().append("A guess of the model:", "dim")
    for label, shade in zip(LABELS, PALETTE, strict=True):
        text.append("  ").append(f" {label} ", shade.terminal)
    return text


def _least_foreseen(explanation: Explanation) -> Text:
    """Name the words with the worst ranks, for whom shades say nothing: in a file, or read aloud."""
    worst = sorted((word for word in words(explanation.tokens) if level(word)), key=lambda word: -word.rank)
    told = [f"{shorten(safe(word.parts()[1]), _LONGEST_WORD)} (guess {word.rank:,})" for word in worst[:_SHOWN_WORDS]]
    return Text(f"Least foreseen: {' · '.join(told) or 'none'}")


def _title(name: str, score: Score) -> str:
    post = f"Post {shorten(safe(name[:200]), 40)}" if name else "Post"
    if not score.tokens:
        return post
    language = LANGUAGES.get(score.language, f"language {score.language}")
    return f"{post} as it was read · {language} · {score.tokens:,} tokens"


def _verdict(score: Score, evidence: Evidence, rate: float | None) -> Iterator[Text]:
    if score.human_rarity is not None:
        most = one_in(score.human_rarity)
        words = f"   {most} human posts like this {'scores' if most != 'most' else 'score'} as high"
        yield verdict_text(score).append(words, "not bold default")
        limit = (
            f"Called machine from 1 in {1 / rate:,.0f} on: a false-positive rate of {100 * rate:g}%." if rate else ""
        )
        yield Text(limit, style="dim")
    else:
        yield verdict_text(score)
    share = f"if {100 * score.share_machine:g}% of all posts are machine-written"
    yield Text(f"Probability of machine {percent(score.probability)}, {share}.", style="dim")
    if evidence.tokens_lacking:
        yield Text("It is too short for a verdict: so few words can look like anything.")


def _pulls(score: Score, evidence: Evidence) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    for _ in range(2):
        table.add_column(no_wrap=True)
    table.add_column()
    table.add_row("", Text(f"{'human':>{_BAR}} {'machine':<{_BAR}}", style="dim"), "")

    def row(title: Text, effect: float, comparison: str) -> None:
        told = _pull(effect, evidence.slope).append(comparison and f"; {comparison}")
        table.add_row(title, _bar(effect, evidence.slope), told)

    peers = evidence.peers
    beside = f"scores {_share(peers.classifier_below, 'higher', 'lower')} {_whom(peers.language, peers.length)}"
    row(Text("classifier", style="bold"), evidence.classifier, beside)
    row(Text("perplexity", style="bold"), evidence.perplexity, "all of its features together")
    known = {one.name: one for one in evidence.comparisons}
    for group in evidence.groups:
        if _factor(group.effect, evidence.slope) > _STEPS[0][0]:
            row(Text(f"  {group.name}"), group.effect, compared(known[group.leading], score.language))
    return table


def _still(evidence: Evidence) -> Iterator[Text]:
    """Name the features that hardly move this post, and say what the shares rest on."""
    names = [one.name for one in evidence.groups if _factor(one.effect, evidence.slope) <= _STEPS[0][0]]
    if names:
        yield Text(f"Hardly either way: {', '.join(names)}.")
    if len(names) < len(evidence.groups):
        yield Text(
            "Shares of human posts by a feature are those of a normal distribution, so approximate.", style="dim"
        )


def compared(one: Comparison, language: str) -> str:
    """Say how a feature of a post compares with people's: `more even than 93% of human posts in Chinese of this length`."""
    less, more = PHRASES[one.name]
    return f"{_share(one.below, more, less)} {_whom(language_group(language), 'this length')}"


def _share(below: float, more: str, less: str) -> str:
    if 0.35 <= below <= 0.65:
        return "like most"
    words, share = (more, below) if below > 0.5 else (less, 1.0 - below)
    return f"{words} than {min(99, round(100 * share))}% of"  # never all


def _whom(language: str, length: str) -> str:
    spoken = "" if language == "any" else f" in {LANGUAGES.get(language, language)}"
    if length == "any":
        return f"human posts{spoken} of any length"
    if length == "this length":
        return f"human posts{spoken} of {length}"
    return f"human posts{spoken} of {length.replace('-', '–')} tokens"


def _factor(effect: float, slope: float) -> float:
    """Return what an effect multiplies or divides the odds by."""
    return math.exp(abs(slope * effect))


def _pull(effect: float, slope: float) -> Text:
    factor = _factor(effect, slope)
    word = next(word for most, word in _STEPS if factor <= most)
    if factor <= _STEPS[0][0]:
        return Text(word)
    towards, sign = ("machine", "×") if effect > 0 else ("human", "÷")
    shown = f"{factor:,.0f}" if factor >= 10 else f"{factor:.1f}"
    return Text.assemble((f"{word} towards {towards}", "bold"), f", odds {sign} {shown}")


def _bar(effect: float, slope: float) -> Text:
    """Draw an effect to the left (human) or right (machine) of a line: a block for each doubling of the odds."""
    size = min(_BAR, round(math.log2(_factor(effect, slope))))
    size = max(size, int(_factor(effect, slope) > _STEPS[0][0]))  # what is said to pull is seen to pull
    left, right = (" " * _BAR, "█" * size) if effect > 0 else (("█" * size).rjust(_BAR), "")
    return Text.assemble((left, "#56b4e9"), ("│", "dim"), (right.ljust(_BAR), "#e69f00"))


def _undone(score: Score) -> Iterator[Text]:
    """Tell what normalisation took off."""
    if not score.obfuscation:
        yield Text("Obfuscation: none found.")
        return
    found = ", ".join(f"{count:,} {UNDONE.get(name, name)}" for name, count in score.obfuscation.items())
    yield Text(
        f"Obfuscation: {found} undone before reading. It moves no score, but somebody or some software put it there."
    )


def _telling(influences: Sequence[Influence], slope: float) -> Iterator[Text | Table]:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=False)
    for towards, sign, side in (("machine", "×", 1), ("human", "÷", -1)):
        pulling = [one for one in influences if side * one.effect > 0 and one.text.strip()]
        pulling = [one for one in pulling if _factor(one.effect, slope) > _STEPS[0][0]]
        pulling.sort(key=lambda one: -abs(one.effect))
        told = Text(" · ").join(
            Text.assemble((shorten(safe(one.text), _LONGEST_WORD), "bold"), f" {sign} {_factor(one.effect, slope):.1f}")
            for one in pulling[:_SHOWN_WORDS]
        )
        table.add_row(f"towards {towards}", told if pulling else Text("none to speak of", style="dim"))
    yield table
    yield Text("By what factor each moves the classifier's own odds of machine, told by leaving it out.", style="dim")


def _errors(score: Score, evidence: Evidence) -> Iterator[Text]:
    peers, measured = evidence.peers, evidence.measured
    if evidence.tokens_lacking:
        yield Text("There is no verdict, so none that is wrong: a post this short is never called machine or human.")
        return
    yield Text(
        f"Of {peers.n:,} {_whom(peers.language, peers.length)} that the bundle was calibrated on, {peers.called_machine:,} "
        f"({percent(peers.called_machine / peers.n)}; 95% interval {percent(peers.low)} to {percent(peers.high)}) would be "
        f"called machine here."
    )
    if measured:
        yield Text(
            f"Of {measured['n_human']:,} human posts of all kinds that no threshold was set on, "
            f"{percent(measured['measured'])} were ({percent(measured['low'])} to {percent(measured['high'])}); of the machine "
            f"posts beside them, {percent(measured['machine_caught'])} were caught."
        )
    if score.verdict is Verdict.HUMAN:
        yield Text(
            f'{percent(evidence.human_rate)} of {evidence.human_n:,} machine posts score as low as this: "human" means that few '
            "of them do, not that a person wrote it."
        )


def _changes(score: Score, evidence: Evidence) -> Iterator[Text | Table]:
    if evidence.tokens_lacking:
        more = f"{evidence.tokens_lacking:,} more token{'s' * (evidence.tokens_lacking > 1)}"
        yield Text(f"More text: a verdict takes {more} (a token is a short word or a part of one).")
        return
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="dim")
    for heading in ("false-positive rate", "machine from", "this post"):
        table.add_column(heading, justify="left")
    for outcome in evidence.outcomes:
        table.add_row(f"{100 * outcome.rate:g}%", percent(outcome.probability), str(outcome.verdict))
    yield table
    up_to = f"up to {percent(evidence.human_probability)}" if math.isfinite(evidence.human_logit) else "never"
    yield Text(f"Human: {up_to}, at every rate. This post: {percent(score.probability)}.")
    yield Text(
        f"Without the classifier's word it would be {percent(evidence.without_classifier)}; with perplexity like the average "
        f"person's, {percent(evidence.without_perplexity)}."
    )


def as_dict(
    explanation: Explanation, evidence: Evidence | None, influences: Sequence[Influence], name: str | None
) -> dict[str, object]:
    """Return all that `show` shows, and the numbers behind it, as plain JSON types."""
    return {
        "id": name,
        "score": explanation.score.as_dict(),
        "text": explanation.text,
        "words": [asdict(word) | {"level": level(word)} for word in words(explanation.tokens)],
        "threshold": explanation.threshold,
        "false_positive_rate": explanation.false_positive_rate,
        "contributions": explanation.contributions,
        "evidence": evidence and evidence.as_dict(),
        "attribution": {"method": METHOD, "words": [asdict(one) for one in influences]},
        "trust": TRUST,
    }
