"""Campaigns as JSON, CSV and GraphML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from autowritten.campaigns.find import Campaign
from autowritten.controls import escape_json, replace
from autowritten.errors import UsageError
from autowritten.posts.files import whole_file
from autowritten.posts.spreadsheet import write_spreadsheet
from autowritten.scored import ScoredPost


def as_dict(number: int, campaign: Campaign, posts: Sequence[ScoredPost]) -> dict[str, Any]:
    """Return a campaign as plain JSON types; times in ISO 8601, UTC."""
    by_account = Counter(posts[row].account for row in campaign.rows)
    return {
        "campaign": number,
        "score": campaign.score,
        "why": campaign.why,
        "template": campaign.template,
        "accounts": [{"account": account, "posts": by_account[account]} for account in campaign.accounts],
        "copied": list(campaign.copied),
        "touched": list(campaign.touched),
        "posts": len(campaign.rows),
        "texts": campaign.clusters,
        "moments": campaign.moments,
        "variants": campaign.variants,
        "start": iso(campaign.start),
        "end": iso(campaign.end),
        "scored": campaign.scored,
        "machine": campaign.machine,
        "coordination": campaign.coordination,
        "examples": [{"id": posts[row].id, "text": posts[row].text} for row in campaign.examples],
        "post_ids": [posts[row].id for row in campaign.rows],
    }


def iso(time: float | None) -> str | None:
    """Return a time in ISO 8601, UTC."""
    return None if time is None else datetime.fromtimestamp(time, UTC).isoformat()


def writer(path: Path) -> Callable[[IO[bytes], Sequence[Campaign], Sequence[ScoredPost]], None]:
    """Tell by the extension how to write.

    Raises:
        UsageError: it is none of .json, .csv, .graphml.
    """
    found = {".json": _json, ".csv": _csv, ".graphml": _graphml}.get(path.suffix.lower())
    if found is None:
        raise UsageError(f"{path}: campaigns are written as .json, .csv or .graphml")
    return found


def write(path: Path, campaigns: Sequence[Campaign], posts: Sequence[ScoredPost], inputs: Sequence[str] = ()) -> None:
    """Write campaigns, whole or not at all, and over none of the inputs.

    Raises:
        UsageError: an unknown extension.
        AutowrittenError: the disk is full, or the folder can't be written.
    """
    to = writer(path)
    with whole_file(path, inputs) as file:
        to(file, campaigns, posts)


def _json(file: IO[bytes], campaigns: Sequence[Campaign], posts: Sequence[ScoredPost]) -> None:
    rows = [as_dict(number, campaign, posts) for number, campaign in enumerate(campaigns, 1)]
    text = json.dumps(rows, indent=1, ensure_ascii=False) + "\n"
    file.write(escape_json(text.encode("utf-8", "backslashreplace")))


def _csv(file: IO[bytes], campaigns: Sequence[Campaign], posts: Sequence[ScoredPost]) -> None:
    """Write a line for each account of each campaign, for a spreadsheet."""
    rows = [as_dict(number, campaign, posts) for number, campaign in enumerate(campaigns, 1)]
    write_spreadsheet(
        file,
        ["campaign", "account", "posts", "score", "accounts", "template"],
        (
            [row["campaign"], member["account"], member["posts"], row["score"], len(row["accounts"]), row["template"]]
            for row in rows
            for member in row["accounts"]
        ),
    )


def _graphml(file: IO[bytes], campaigns: Sequence[Campaign], posts: Sequence[ScoredPost]) -> None:
    """Write accounts and campaigns as nodes, an edge with the number of posts for each account of a campaign."""
    import networkx as nx

    graph = nx.Graph()
    for number, campaign in enumerate(campaigns, 1):
        row = as_dict(number, campaign, posts)
        hub = f"campaign {number}"
        graph.add_node(hub, kind="campaign", score=row["score"], template=_xml(row["template"]), why=_xml(row["why"]))
        for member in row["accounts"]:
            name = f"account {_xml(member['account'])}"
            graph.add_node(name, kind="account", label=_xml(member["account"]))
            graph.add_edge(hub, name, weight=member["posts"])
    nx.write_graphml(graph, file)


def _xml(text: str) -> str:
    """Take out characters that XML 1.0 has no way to write, or that act on who reads it."""
    return "".join(
        char
        if char >= " " and not "\ud800" <= char <= "\udfff" and char not in "\ufffe\uffff"
        else "\N{REPLACEMENT CHARACTER}"
        for char in replace(text)
    )
