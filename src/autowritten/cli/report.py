"""`autowritten report`: scored posts in files to one HTML page."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autowritten.cli.console import words
from autowritten.errors import AutowrittenError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from autowritten.bundle import Bundle
    from autowritten.scored import ScoredPost


class Language(StrEnum):
    """Languages of the page."""

    ENGLISH = "en"
    CHINESE = "zh"
    FRENCH = "fr"


def report(
    inputs: Annotated[list[str], typer.Argument(metavar="SCORES...", help="Posts as `autowritten score` wrote them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Write the page here: .html.")],
    lang: Annotated[Language, typer.Option(help="Language of the page.")] = Language.ENGLISH,
    title: Annotated[str, typer.Option(help="Heading of the page. (default: a general one)", show_default=False)] = "",
    shade: Annotated[
        int,
        typer.Option(min=0, help="Posts whose words are shaded: the most telling ones, read again. 0: load no model."),
    ] = 100,
    bundle: Annotated[
        str | None, typer.Option(help="Model bundle that the posts were scored with: a name or a folder.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="Column with the post. Guessed if not given.")] = None,
    account: Annotated[str | None, typer.Option(help="Column with the account. Guessed if not given.")] = None,
    time: Annotated[str | None, typer.Option(help="Column with the time. Guessed if not given.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words on stderr but errors.")] = False,
) -> None:
    """Make a report of scored posts: one HTML file for any browser, which needs no network.

    Counts and the mistakes to expect among them, scores over time and by language, accounts, campaigns, and all posts to
    search, sort and read, with the most telling ones shaded word by word.
    """
    from autowritten.bundle import Bundle
    from autowritten.posts import ReadOptions, open_posts
    from autowritten.posts.files import check_output, is_stream
    from autowritten.report.html import data, page
    from autowritten.report.html.phrases import Phrases
    from autowritten.report.terminal.posts import safe
    from autowritten.scored import verdict_rate
    from autowritten.scored.posts import VERDICTS, read_scored

    say = words(quiet)
    _check(output)
    files = open_posts(inputs, ReadOptions(text, account=account, time=time))
    names = [file.source.name for file in files]
    check_output(output, names)
    for file in files:
        say.print(safe(file.describe()), markup=False, style="dim")
    judging = Bundle.from_pretrained(bundle)
    read = read_scored(files, need=VERDICTS)
    posts = sorted(read, key=lambda post: -math.inf if post.logit is None else post.logit, reverse=True)
    if not posts:
        raise AutowrittenError("there is no scored post to report on")
    rate, unexplained = verdict_rate(posts, judging)
    if unexplained:
        warning = f"WARNING: {unexplained:,} verdicts do not follow from the thresholds of {judging.name}: say --bundle"
        say.print(safe(warning), markup=False)
    with say.status(f"Pooling {len(posts):,} posts"):
        accounts = data.pooled_accounts(posts, judging)
        campaigns = data.campaigns(posts, judging) if accounts else None
    evidence = _evidence(posts, shade, judging, bundle, rate, say) if shade else {}
    made = data.Report(
        posts=posts, bundle=judging, rate=rate, unexplained=unexplained, sources=names, left_out=read.left_out,
        accounts=accounts, campaigns=campaigns,  evidence=evidence,
    )  # fmt: skip
    page.write(output, made, Phrases(lang), title, inputs=names)
    size = "" if is_stream(output) else f", {output.stat().st_size / 1e6:.1f} MB"
    say.print(safe(f"{output}: {len(posts):,} posts{size}"), markup=False)
    if read.left_out:
        words().print(f"{read.left_out:,} rows could not be read as scored posts and were left out.")
        raise typer.Exit(1)


def _check(path: Path) -> None:
    """Say before the work what would go wrong after it."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise UsageError(f"{path}: the report is written as .html")


def _evidence(
    posts: list[ScoredPost], number: int, judging: Bundle, bundle: str | None, rate: float, say: Console
) -> dict[int, list[list[object]]]:
    """Walk the most telling posts again."""
    from autowritten.detector import Detector
    from autowritten.report.html import shaded as evidence

    places = evidence.choose(posts, number)
    if not places:
        return {}
    with say.status(f"Reading {len(places):,} posts again for their shading"):
        detector = Detector.load(bundle, fpr=rate)
        return dict(evidence.walk(posts, places, detector.explain))
