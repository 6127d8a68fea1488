"""Accounts on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from autowritten.accounts.pool import AccountReason
from autowritten.report.terminal.posts import percent, safe, shorten
from autowritten.score import Verdict

if TYPE_CHECKING:
    from rich.console import Console

    from autowritten.accounts.pool import Account, AccountPool

SHOWN = 20
_WHY = {
    AccountReason.MORE_THAN_CHANCE: ("machine", "bold red"),
    AccountReason.NOT_ENOUGH_EVIDENCE: ("undecided", "yellow"),
    AccountReason.TOO_FEW_POSTS: ("too few posts", "yellow"),
}


def show(console: Console, pool: AccountPool) -> None:
    """Show the most telling accounts, and how far to trust the verdicts.

    Args:
        console: where to; its width decides how much of a post is seen.
        pool: of `pool_accounts`.
    """
    accounts = pool.accounts
    called = sum(one.verdict is Verdict.MACHINE for one in accounts)
    tried = sum(one.q_value is not None for one in accounts)
    console.print(
        f"{len(accounts):,} account{'s' * (len(accounts) != 1)}: {called:,} called machine, {tried - called:,} undecided, "
        f"{len(accounts) - tried:,} with too few posts."
    )
    if tried:
        console.print(share(pool))
    if accounts:
        console.print()
        console.print(_table(console.width, accounts[:SHOWN]))
    if len(accounts) > SHOWN:
        console.print(f"\n{len(accounts) - SHOWN:,} more are in the file that -o writes.")
    console.print(f"\n{trust(pool.fdr)}")


def share(pool: AccountPool) -> str:
    """Write the estimated share of machine accounts, and how people write here."""
    if not pool.share:
        words = "No sign of machine accounts: people's accounts may well score like these."
    else:
        words = f"Estimated share of machine accounts: {100 * pool.share:.1f}%."
    if pool.shift > 0.2 or pool.spread > 1.3:
        words += " People here score higher or differ more than the people the bundle was calibrated on; this is corrected for."
    return words


def trust(fdr: float) -> str:
    """Write what rate is in force, and what it rests on."""
    return (
        f"False-discovery rate: {100 * fdr:g}%, so about that share of the accounts called machine may be people's. It is "
        "estimated from this file and from how people write elsewhere: accounts of people you know (--human) make it surer. An "
        "account is either called machine or left undecided; it is never called human. A verdict is evidence, not proof: read "
        "the posts."
    )


def _table(width: int, accounts: Sequence[Account]) -> Table:
    roomy = width >= 100
    columns = [("account", 24 if roomy else 12), ("verdict", 13), ("machine", 7)]
    columns += [("flagged", 12), ("more posts", 10)] if roomy else [("flagged", 9)]
    # Widths are fixed, or a long post would take the room of all the others. Each column ends in two cells of space.
    post_width = max(10, width - sum(size + 2 for _, size in columns))
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for name, size in [*columns, ("most telling post", post_width)]:
        right = name in ("machine", "flagged", "more posts")
        table.add_column(name, width=size, no_wrap=True, justify="right" if right else "left")
    for one in accounts:
        words, style = _WHY[one.reason]
        cells = [Text(shorten(safe(one.account[:200]), columns[0][1])), Text(words, style=style)]
        cells.append(Text(percent(one.probability)))
        cells.append(Text(f"{one.flagged:,} of {one.scored:,}"))
        if roomy:
            cells.append(Text(_more(one)))
        cells.append(Text(shorten(safe(one.telling[0].text), post_width) if one.telling else ""))
        table.add_row(*cells)
    return table


def _more(one: Account) -> str:
    """Write about how many more posts like these would name an account."""
    if one.posts_needed is None or one.posts_needed == 0:
        return "–"
    return f"about {one.posts_needed:,}" if one.posts_needed < 100 else "over 100"
