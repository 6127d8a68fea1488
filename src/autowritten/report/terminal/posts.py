"""Scores on a terminal: a table for people, with the error rate in force next to the verdicts."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.table import Table
from rich.text import Text

from autowritten.posts.columns import get_column
from autowritten.score import Reason, Score, Verdict, one_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from autowritten.posts.columns import Columns
    from autowritten.posts.rows import Reject, Row
    from autowritten.posts.run import Tally

_WORDS = {Verdict.MACHINE: "machine", Verdict.HUMAN: "human", Verdict.UNDECIDED: "undecided"}
_COLOURS = {Verdict.MACHINE: "bold red", Verdict.HUMAN: "green", Verdict.UNDECIDED: "yellow"}
_WHY = {
    Reason.BETWEEN_THRESHOLDS: "between",
    Reason.TOO_SHORT: "too short",
    Reason.EMPTY: "empty",
    Reason.NOT_TEXT: "not text",
    Reason.TOO_LONG: "too long",
    Reason.UNCALIBRATED: "no threshold",
}
_WHITE = re.compile(r"\s+")


def safe(text: str) -> str:
    """Make text from a post harmless on a terminal, and one line.

    Escape and other control characters, marks that turn the direction of writing, and lone surrogates are shown as
    `�`, so a post can't recolour, rewrite or retitle the terminal; white space of any kind becomes one space.
    """
    flat = _WHITE.sub(" ", text).strip()
    if flat.isascii() and flat.isprintable():
        return flat
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_harmful(char) else char for char in flat)


def harmless(text: str) -> str:
    """Make text of several lines harmless on a terminal, its lines and indents kept."""
    return "".join(char if char == "\n" or not _is_harmful(char) else "\N{REPLACEMENT CHARACTER}" for char in text)


def shorten(text: str, width: int) -> str:
    """Cut text to a width in terminal cells (a Chinese character takes two), with `…` where something is left out."""
    return text if cell_len(text) <= width else set_cell_size(text, max(0, width - 1)).rstrip() + "…"


def percent(probability: float | None) -> str:
    """Write a probability for people. Certainty is never claimed: `>99.9%`, not `100.0%`."""
    if probability is None:
        return "–"
    if probability > 0.999:
        return ">99.9%"
    return "<0.1%" if probability < 0.001 else f"{100 * probability:.1f}%"


def rarity(score: Score) -> str:
    """Write N of `1 in N human posts score as high`: the number that orders posts as verdicts do."""
    return "–" if score.human_rarity is None else one_in(score.human_rarity).removeprefix("1 in ")


class TableSink:
    """A sink that shows scored rows as a table, batch by batch under one heading.

    Args:
        console: where to; its width decides what is left out.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._headed = False

    def write(self, rows: Sequence[tuple[Row, Columns, Score]], rejects: Sequence[Reject], tally: Tally) -> None:
        """Show one batch."""
        width = self._console.width
        roomy = width >= 100
        id_width, account_width = (14, 16) if roomy else (8, 10)
        # Widths are fixed, for the next batch has to line up with this one. Each column ends in two cells of space.
        columns = [("id", id_width), ("account", account_width), ("lang", 4)]
        columns += [("tokens", 6), ("verdict", 20)] if roomy else [("verdict", 20)]
        columns += [("1 in N", 8), ("prob.", 6)]
        post_width = max(10, width - sum(size + 2 for _, size in columns))
        table = Table(box=None, padding=(0, 2, 0, 0), show_header=not self._headed, pad_edge=False)
        for name, size in [*columns, ("post", post_width)]:
            right = name in ("tokens", "1 in N", "prob.")
            table.add_column(name, width=size, no_wrap=True, justify="right" if right else "left")
        for row, told, score in rows:
            ident = get_column(row.data, told.id)
            account = get_column(row.data, told.account)
            cells = [
                _cell(row.line if ident is None else ident, id_width),
                _cell("" if account is None else account, account_width),
                _cell(score.language, 4),
                *([Text(str(score.tokens))] if roomy else []),
                verdict_text(score),
                Text(rarity(score)),
                Text(percent(score.probability)),
                _cell(get_column(row.data, told.text), post_width),
            ]
            table.add_row(*cells)
        if rows:
            self._console.print(table)
            self._headed = True


def verdict_text(score: Score) -> Text:
    """Write a verdict in words and colour, with the reason when there is none."""
    words = _WORDS[score.verdict]
    if score.verdict is Verdict.UNDECIDED:
        words += f": {_WHY.get(score.reason, score.reason.replace('_', ' '))}"
    return Text(words, style=_COLOURS[score.verdict])


def summary(tally: Tally, fpr: float | None = None, rejects: str = "") -> str:
    """Write the last line of a run: counts, speed, and how far a verdict can be trusted.

    Args:
        tally: what was done.
        fpr: the false-positive rate in force, 0 to 1; None if not known.
        rejects: where the rejected rows are.

    Returns:
        Two lines of plain words.
    """
    counts = [f"{tally.verdicts[verdict]:,} {words}" for verdict, words in _WORDS.items()]
    rejected = tally.rejects.total()
    counts.append(f"{rejected:,} rejected" + (f" (see {rejects})" if rejected and rejects else ""))
    rate = tally.posts_per_second
    speed = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
    counted = f"{tally.rows:,} rows: {', '.join(counts)} · {speed} posts/s"
    trust = "A verdict is evidence, not proof."
    if fpr:
        share = f"about 1 in {1 / fpr:,.0f} human posts is called machine"
        trust = (
            f"Of human posts in its language and of its length, 1 in N scores as high; machine from 1 in {1 / fpr:,.0f} on. "
            f"False-positive rate: {100 * fpr:g}%, so {share}. {trust}"
        )
    return f"{counted}\n{trust}"


def _cell(value: object, width: int) -> Text:
    # A post can be a megabyte; what is past a few times the width is never shown.
    return Text(shorten(safe(str(value)[: 8 * width + 64]), width))


def _is_harmful(char: str) -> bool:
    """Whether a character controls instead of shows: categories Cc, Cs, Co, and direction marks among Cf."""
    category = unicodedata.category(char)
    return category in ("Cc", "Cs", "Co", "Zl", "Zp") or (category == "Cf" and char in _DIRECTION)


_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
