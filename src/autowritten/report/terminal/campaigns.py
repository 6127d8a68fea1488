"""Campaigns on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from autowritten.report.terminal.posts import safe, shorten

if TYPE_CHECKING:
    from rich.console import Console

    from autowritten.campaigns.find import Campaign
    from autowritten.scored import ScoredPost

SHOWN = 10
_TEMPLATE = 600
TRUST = (
    "Accounts that write alike may be fans, colleagues, a game or a share button, and not one hand behind many names. Look at "
    "the posts, and let those concerned answer: a campaign found is evidence, not proof."
)


def show(console: Console, campaigns: Sequence[Campaign], posts: Sequence[ScoredPost]) -> None:
    """Show the campaigns with the highest scores, each with its template and a few posts, and how far to trust them."""
    accounts = len({post.account for post in posts})
    found = f"{len(campaigns):,} campaign{'s' * (len(campaigns) != 1)}" if campaigns else "No campaign"
    console.print(f"{found} in {len(posts):,} posts of {accounts:,} accounts.")
    for number, campaign in enumerate(campaigns[:SHOWN], 1):
        console.print()
        console.print(Text.assemble((f"{number}. ", "bold"), (f"score {campaign.score:.2f}  ", "bold"), campaign.why))
        names = ", ".join(safe(name) for name in campaign.accounts[:6])
        more = f" and {len(campaign.accounts) - 6:,} more" if len(campaign.accounts) > 6 else ""
        lines = [("accounts", names + more)]
        for name, listed in (("copied", campaign.copied), ("touched", campaign.touched)):
            if listed:
                lines.append((name, f"not members: {', '.join(safe(one) for one in listed[:6])}"))
        if campaign.start is not None and campaign.end is not None:
            lines.append(("from, to", f"{_day(campaign.start)} – {_day(campaign.end)}"))
        lines.append(("template", shorten(safe(campaign.template), _TEMPLATE)))
        lines += [("post", safe(posts[row].text)) for row in campaign.examples]
        for name, words in lines:
            width = max(20, console.width - 13)
            told = Text(shorten(words, width) if name == "post" else words)
            console.print(Padding(Text.assemble((f"{name:<10}", "dim"), told), (0, 0, 0, 3)))
    if len(campaigns) > SHOWN:
        console.print(f"\n{len(campaigns) - SHOWN:,} more are in the file that -o writes.")
    if campaigns:
        console.print(f"\n{TRUST}")


def _day(time: float) -> str:
    from datetime import UTC, datetime

    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M}"
