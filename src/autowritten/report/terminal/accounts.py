"""Accounts on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from autowritten.accounts.pool import AccountReason
from autowritten.report.terminal.posts import safe, shorten
from autowritten.score import Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from autowritten.accounts.pool import Account

SHOWN = 20
_WHY = {
    AccountReason.MORE_THAN_CHANCE: ("machine", "bold red"),
    AccountReason.NO_MORE_THAN_CHANCE: ("undecided", "yellow"),
    AccountReason.TOO_FEW_POSTS: ("too few posts", "yellow"),
}


def show(console: Console, accounts: Sequence[Account], fdr: float, fpr: float) -> None:
    """Show the most telling accounts, and how far to trust what is said of them.

    Args:
        console: where to; its width decides how much of a post is seen.
        accounts: the most telling first.
        fdr: false-discovery rate in force, 0 to 1.
        fpr: false-positive rate at which posts were flagged, 0 to 1.
    """
    called = sum(one.verdict is Verdict.MACHINE for one in accounts)
    tried = sum(one.q_value is not None for one in accounts)
    console.print(
        f"{len(accounts):,} account{'s' * (len(accounts) != 1)}: {called:,} called machine, {tried - called:,} undecided, "
        f"{len(accounts) - tried:,} with too few posts."
    )
    if accounts:
        console.print()
        console.print(_table(console.width, accounts[:SHOWN]))
    if len(accounts) > SHOWN:
        console.print(f"\n{len(accounts) - SHOWN:,} more are in the file that -o writes.")
    console.print(f"\n{trust(fdr, fpr)}")


def trust(fdr: float, fpr: float) -> str:
    """Say what rates are in force, and what they rest on."""
    return (
        f"False-discovery rate in force: {100 * fdr:g}%, so of the accounts called machine about that share may be people's. "
        f"It rests on thresholds at which {100 * fpr:g}% of human posts are flagged, on average over people; if yours write "
        "otherwise, set your own with `autowritten calibrate`. An account that is not called machine is not thereby human. A "
        "verdict is evidence, not proof: read the posts."
    )


def _table(width: int, accounts: Sequence[Account]) -> Table:
    roomy = width >= 100
    columns = [("account", 24 if roomy else 12), ("verdict", 13), ("flagged", 12)]
    columns += [("share, 95%", 10), ("log LR", 7)] if roomy else []
    columns += [("q", 6)]
    # Widths are told, or a long post would take the room of all the others. Each column ends in two cells of space.
    post_width = max(10, width - sum(size + 2 for _, size in columns))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name, size in [*columns, ("most telling post", post_width)]:
        right = name in ("flagged", "share, 95%", "log LR", "q")
        table.add_column(name, width=size, no_wrap=True, justify="right" if right else "left")
    for one in accounts:
        words, style = _WHY[one.reason]
        cells = [Text(shorten(safe(one.account[:200]), columns[0][1])), Text(words, style=style)]
        cells.append(Text(f"{one.flagged:,} of {one.scored:,}"))
        if roomy:
            cells.append(Text(f"{100 * one.share_low:.0f}–{100 * one.share_high:.0f}%"))
            cells.append(Text(f"{one.log_likelihood_ratio:+.1f}"))
        cells.append(Text("–" if one.q_value is None else f"{one.q_value:.1g}"))
        cells.append(Text(shorten(safe(one.telling[0].text), post_width) if one.telling else ""))
        table.add_row(*cells)
    return table
