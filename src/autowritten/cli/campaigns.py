"""`autowritten campaigns`: posts with their accounts to groups of accounts that write alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autowritten.cli.console import page, words


def campaigns(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Posts with their accounts, best as `autowritten score` wrote them."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write all of it here: .json, .csv (accounts) or .graphml.")
    ] = None,
    min_accounts: Annotated[int, typer.Option(min=2, help="Fewest accounts of a campaign.")] = 5,
    min_posts: Annotated[int, typer.Option(min=1, help="Fewest different posts of an account in it.")] = 2,
    window: Annotated[
        float, typer.Option(min=0.0, help="Longest pause between a campaign's posts, in days; 0 for any.")
    ] = 14.0,
    text: Annotated[str | None, typer.Option(help="Column with the post. Guessed if not given.")] = None,
    account: Annotated[str | None, typer.Option(help="Column with the account. Guessed if not given.")] = None,
    time: Annotated[str | None, typer.Option(help="Column with the time. Guessed if not given.")] = None,
    fpr: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="False-positive rate at which posts are flagged. (default: 0.05)"),
    ] = None,
    bundle: Annotated[
        str | None, typer.Option(help="Model bundle that the posts were scored with: a name or a folder.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words on stderr but errors.")] = False,
) -> None:
    """Find campaigns: groups of accounts that post variants of the same texts, again and again.

    Copies, spun posts and posts from a template are found in any language, scored or not. What a language model words anew
    each time is found only among scored posts, and each campaign is then told with the share that is flagged.
    """
    from autowritten.bundle import Bundle
    from autowritten.campaigns import Settings, find_campaigns, write
    from autowritten.posts import ReadOptions, open_posts
    from autowritten.posts.files import check_output
    from autowritten.report.terminal.campaigns import show
    from autowritten.report.terminal.posts import safe
    from autowritten.scored import flag_rate, other_models, read_scored

    out = page()
    if output:
        write.writer(output)  # an unknown extension is told before the work
    say = words(quiet)
    files = open_posts(inputs, ReadOptions(text, account=account, time=time))
    names = [file.source.name for file in files]
    if output:
        check_output(output, names)
    for file in files:
        say.print(safe(file.describe()), markup=False, style="dim")
    judging = Bundle.from_pretrained(bundle)
    rate = flag_rate(judging, fpr)  # an error before the work
    read = read_scored(files, need=("account", "text"))
    posts = list(read)
    if warning := other_models(read.models, judging):
        say.print(safe(warning), markup=False)
    with say.status(f"Looking for campaigns in {len(posts):,} posts"):
        settings = Settings(min_accounts, min_posts, window * 86_400.0 or None)
        found = find_campaigns(posts, judging, fpr=rate, settings=settings)
    show(out, found, posts)
    if output:
        write.write(output, found, posts, names)
    if read.left_out:
        words().print(f"{read.left_out:,} rows could not be read or have no account, and were left out.")
        raise typer.Exit(1)
