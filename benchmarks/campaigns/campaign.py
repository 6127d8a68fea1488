"""How well campaigns are found: simulated floods of one tool among real human posts, beside plain baselines.

    python -m benchmarks.campaigns.campaign [--quick]        # and writes the table of docs/campaigns.md
    python -m benchmarks.campaigns.campaign rewrites template:10000   # these worlds anew, by tool and accounts; others stay

Honest accounts post real human posts of `../shared/data` (train and dev, never the bench), ten each on average over two
weeks. In a world of more posts than there are texts these come again: every honest text is then also other accounts'
text, which is harder than life. Campaign accounts post what the factory makes of one brief (`training.generate`): copies
of five posts, a template's variants, five posts spun, a language model's rewrites (`benchmarks.campaigns.rewrites`); a share of
their posts is cover, drawn like the honest ones. Posts come in one burst of six hours or all through the two weeks. In one
world there is no campaign, but a tenth of the accounts let machines write all they post, each about its own things.

Verdicts follow what was measured: a campaign's text is flagged as often as those of its tool and language were (150 of
each are scored first, at a false-positive rate of 5%), an honest one at the false-positive rate; a text that comes again
has its verdict again.

Baselines: `exact copies` (CooRTweet's rule: accounts that share two or more of the same texts with the same other
account), `word jaccard` (the QUT toolkit's co-similarity: word sets with a Jaccard of .8 or more within 60 seconds, two
or more times; small worlds only, for it compares all pairs), `mean score` (accounts by the share of their posts called
machine, cut at .1% of honest accounts: this one is given the truth). Writes `benchmarks/results/campaign.json`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.campaigns.worlds import FPR, World, caught, posts_of, verdicts, world
from benchmarks.speed import machine as machine_description
from training.generate.posts import LANGUAGES
from training.paths import REPOSITORY

RESULTS = REPOSITORY / "benchmarks" / "results" / "campaign.json"
PAGE = REPOSITORY / "docs" / "campaigns.md"


def ours(posts: World) -> tuple[set[str], int]:
    """Return the accounts in campaigns and the number of campaigns."""
    from autowritten.campaigns import find_in_columns

    found = find_in_columns(posts.accounts, posts.texts, times=posts.times, machine=posts.machine, fpr=FPR)
    return {account for each in found for account in each.accounts}, len(found)


def exact_copies(posts: World) -> tuple[set[str], int]:
    """Return accounts that share two or more texts with the same other account."""
    sharing: dict[str, set[str]] = defaultdict(set)
    for account, text in zip(posts.accounts, posts.texts, strict=True):
        sharing[text.casefold()].add(account)
    pairs: Counter[tuple[str, str]] = Counter()
    for together in sharing.values():
        if 1 < len(together) <= 300:  # pairs grow with the square
            pairs.update(combinations(sorted(together), 2))
    return {account for pair, n in pairs.items() if n >= 2 for account in pair}, 0


def word_jaccard(posts: World) -> tuple[set[str], int]:
    """Return accounts with two or more posts like another account's, by words, within 60 seconds."""
    order = np.argsort(posts.times)
    words = [frozenset(text.casefold().split()) for text in posts.texts]
    pairs: Counter[tuple[str, ...]] = Counter()
    for place, row in enumerate(order):
        for other in order[place + 1 :]:
            if posts.times[other] - posts.times[row] > 60.0:
                break
            both, a, b = len(words[row] & words[other]), posts.accounts[row], posts.accounts[other]
            if a != b and both and both >= 0.8 * len(words[row] | words[other]):
                pairs[tuple(sorted((a, b)))] += 1
    return {account for pair, n in pairs.items() if n >= 2 for account in pair}, 0


def mean_score(posts: World) -> tuple[set[str], int]:
    """Return the accounts with the largest share of machine verdicts, cut where .1% of the honest ones lie above."""
    table = pd.DataFrame({"account": posts.accounts, "machine": posts.machine})
    share = table.groupby("account")["machine"].mean()
    honest = share[~share.index.isin(posts.guilty)].sort_values(ascending=False)
    cut = honest.iloc[int(0.001 * len(honest))]
    return set(share.index[share > cut]), 0


METHODS: dict[str, Callable[[World], tuple[set[str], int]]] = {
    "autowritten": ours,
    "exact copies": exact_copies,
    "word jaccard": word_jaccard,
    "mean score": mean_score,
}


def measure(
    tool: str, campaign_accounts: int, cover: float, total: int, burst: bool, seed: int
) -> list[dict[str, Any]]:
    """Simulate one world and try every method on it."""
    posts = world(tool, campaign_accounts, cover, total, burst=burst, seed=seed)
    honest = len(set(posts.accounts) - posts.guilty)
    records = []
    for method, run in METHODS.items():
        if method == "word jaccard" and total > 100_000:
            continue
        start = time.perf_counter()
        flagged, groups = run(posts)
        seconds = time.perf_counter() - start
        right = len(flagged & posts.guilty)
        precision = right / len(flagged) if flagged else None
        recall = right / len(posts.guilty) if posts.guilty else None
        f1 = 2 * right / (len(flagged) + len(posts.guilty)) if posts.guilty else None
        status = Path("/proc/self/status").read_text(encoding="ascii")
        records.append(
            {
                "tool": tool, "accounts": campaign_accounts, "cover": cover, "posts": total, "burst": burst, "seed": seed,
                "language": LANGUAGES[seed % 3], "method": method, "precision": precision, "recall": recall, "f1": f1,
                "honest_accounts": honest, "honest_flagged_share": len(flagged - posts.guilty) / honest,
                "campaigns": groups, "seconds": seconds, "peak_rss_mb": int(status.split("VmHWM:")[1].split()[0]) / 1024,
            }
        )  # fmt: skip
    return records


def cells(quick: bool) -> list[tuple[str, int, float, int, bool, int]]:
    """Return what is swept: tool, accounts, cover, posts, burst, seed."""
    out = [("none", 0, 0.0, 100_000, False, 0), ("unrelated", 1_000, 0.0, 100_000, False, 0)]
    for tool in ("template", "spinner", "copies"):
        out += [] if quick else [(tool, 10_000, 0.3, 1_000_000, False, 1 + (tool == "spinner"))]
        for seed in range(3):
            out += [(tool, 100, 0.3, 50_000, False, seed)]
            if quick:
                continue
            out += [(tool, n, 0.3, 50_000, False, seed) for n in (10, 1_000)]
            out += [(tool, 100, cover, 50_000, False, seed) for cover in (0.0, 0.7)]
            out += [(tool, 100, 0.3, 50_000, True, seed)]
    for seed in range(3):
        out += [("rewrites", 15, 0.3, 20_000, False, seed), ("rewrites", 15, 0.3, 1_500, False, seed)]
        out += [("rewrites", 100, cover, 50_000, False, seed) for cover in (0.3, 0.7)]
    return out if quick else [*out, *(("rewrites", n, 0.3, 1_000_000, False, 0) for n in (1_000, 10_000))]


def table(cells: list[dict[str, Any]]) -> str:
    """Return the results as a Markdown table: languages together, each method's share of guilty and of honest accounts."""
    frame = pd.DataFrame(cells).sort_values("posts", kind="stable")
    world = ["tool", "accounts", "cover", "burst", "posts"]
    lines = ["| world | " + " | ".join(METHODS) + " |", "|---|" + "---|" * len(METHODS)]
    for (tool, accounts, cover, burst, posts), own in frame.groupby(world, sort=False):
        words = f"{tool}: {accounts:,} accounts, {100 * cover:.0f}% cover" if accounts else "no campaign"
        words = f"{accounts:,} accounts each with a machine of its own" if tool == "unrelated" else words
        row = [f"{words}{', one burst' * burst}, {posts:,} posts"]
        for method in METHODS:
            mine = own[own["method"] == method]
            found = "" if mine["recall"].isna().all() else f"**{100 * mine['recall'].mean():.1f}%**, "
            row.append(f"{found}{100 * mine['honest_flagged_share'].mean():.2f}%" if len(mine) else "–")
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def write_table(cells: list[dict[str, Any]]) -> None:
    """Put the table into its page."""
    page = PAGE.read_text(encoding="utf-8")
    before, after = page.split("<!-- table -->\n")[0], page.split("<!-- end of table -->\n")[1]
    PAGE.write_text(f"{before}<!-- table -->\n{table(cells)}<!-- end of table -->\n{after}", encoding="utf-8")


def main() -> None:
    """Sweep and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="a hundred accounts at 30%% cover only")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("worlds", nargs="*", metavar="TOOL[:ACCOUNTS]", help="only these, beside those measured before")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(*json.loads(arguments.one))))
        return
    swept = [cell for cell in cells(arguments.quick) if _named(cell[0], cell[1], arguments.worlds)]
    records: list[dict[str, Any]] = []
    if arguments.worlds:
        before = json.loads(RESULTS.read_text())["cells"]
        records = [r for r in before if not _named(r["tool"], r["accounts"], arguments.worlds)]
    rates = caught(verdicts(posts_of("human")))
    with ThreadPoolExecutor(max_workers=2) as pool:
        for found in pool.map(_apart, swept):
            records += found
            for r in found:
                print(
                    *(f"{r[k]:.4g}" if isinstance(r[k], float) else r[k] for k in _SHOWN), file=sys.stderr, flush=True
                )
            if not arguments.quick:
                results = {"machine": machine_description(), "caught": rates, "cells": records}
                RESULTS.write_text(json.dumps(results, indent=1) + "\n")
                write_table(records)


def _named(tool: str, accounts: int, worlds: list[str]) -> bool:
    """Say whether a world is among those asked for; all are, if none is named."""
    return not worlds or tool in worlds or f"{tool}:{accounts}" in worlds


def _apart(cell: tuple[str, int, float, int, bool, int]) -> list[dict[str, Any]]:
    """Measure in a process of its own, so that peak memory is its own; two at a time."""
    command = [sys.executable, "-m", "benchmarks.campaigns.campaign", "--one", json.dumps(cell)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY)  # noqa: S603
    found: list[dict[str, Any]] = json.loads(out.stdout.splitlines()[-1])
    return found


_SHOWN = ("tool", "language", "accounts", "cover", "burst", "posts", "method", "recall", "precision",
          "honest_flagged_share", "campaigns", "seconds", "peak_rss_mb")  # fmt: skip


if __name__ == "__main__":
    main()
