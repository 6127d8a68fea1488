"""`autowritten calibrate`: human posts in files to a bundle with thresholds for posts like them."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autowritten.cli.console import page, words
from autowritten.errors import AutowrittenError

if TYPE_CHECKING:
    from autowritten.bundle import Bundle


def calibrate(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="HUMAN_POSTS...",
            help="Posts that people wrote: JSONL, CSV, TSV, Parquet or lines, also compressed.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the new bundle; its name is the bundle's.")],
    fpr: Annotated[
        float, typer.Option(help="False-positive rate to hold on posts like these: the share of people flagged.")
    ] = 0.01,
    text: Annotated[
        str | None, typer.Option(help="Column with the post. Guessed from names like text, content.")
    ] = None,
    bundle: Annotated[str | None, typer.Option(help="Model bundle to set thresholds for: a name or a folder.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words on stderr but errors.")] = False,
) -> None:
    """Set thresholds for your own kind of posts.

    Give posts of your platform or topic that people are known to have written, of all languages and lengths that you will
    score. No machine posts are needed. The new bundle holds the false-positive rate on posts like those: score with
    --bundle FOLDER. Probabilities stay the base bundle's.
    """
    from rich.progress import Progress

    from autowritten import calibration
    from autowritten.bundle import reference
    from autowritten.detector import Detector
    from autowritten.posts import ReadOptions, Row, get_column, open_posts
    from autowritten.report.terminal import calibrated
    from autowritten.report.terminal.posts import safe, shorten

    say = words(quiet)
    least = calibration.needed(fpr)
    if os.path.lexists(output):
        raise AutowrittenError(f"{output}: is there already; name a new folder")
    if not output.parent.is_dir():
        raise AutowrittenError(f"{output}: there is no folder {str(output.parent)!r}")
    files = open_posts(inputs, ReadOptions(text))
    posts: list[str] = []
    origins: list[str] = []
    rejected = 0
    for file in files:
        say.print(safe(file.describe()), markup=False, style="dim")
        for item in file:
            post = get_column(item.data, file.columns.text) if isinstance(item, Row) else None
            if isinstance(post, str):
                posts.append(post)
                origins.append(f"{file.source.name}:{item.line}")
                continue
            rejected += 1
            why = "holds no text" if isinstance(item, Row) else item.detail
            if rejected <= _SHOWN:
                say.print(safe(f"left out {file.source.name}:{item.line}: {why}"), markup=False)
    if len(posts) < least:  # told before the model is loaded
        raise AutowrittenError(
            f"a false-positive rate of {fpr:g} takes at least {least:,} posts; there are {len(posts):,}"
        )
    detector = Detector.load(bundle)
    with Progress(console=say, transient=True, disable=quiet) as progress:
        found = calibration.collect(
            detector, posts, watch=lambda scores: progress.track(scores, len(posts), description="Scoring")
        )
    made = calibration.calibrate(detector.bundle, reference(bundle), found.humans, fpr, output.name)
    made.documents["MODEL_CARD.md"] = calibrated.card(made)
    _save(made, output)
    out = page(soft_wrap=True)
    out.print(calibrated.report(made, found), markup=False)
    out.print("The threshold rests on the posts that look most machine-written. Did people write these?")
    for place in found.highest(_SHOWN):
        out.print(shorten("  " + safe(f"{origins[place]}: {posts[place][:400]}"), out.width), markup=False)
    out.print(safe(f"Use it: autowritten score POSTS --bundle {output}"), markup=False)
    if rejected:
        words().print(f"{rejected:,} rows held no post and were left out.")
        raise typer.Exit(1)


_SHOWN = 5


def _save(bundle: Bundle, folder: Path) -> None:
    """Write a bundle under another name and put it in place when it is whole."""
    from autowritten.posts.files import explain_write_errors

    with explain_write_errors(folder), tempfile.TemporaryDirectory(prefix=".autowritten-", dir=folder.parent) as own:
        made = Path(own) / "bundle"  # in a folder of an unguessable name, that only its owner may enter
        bundle.save_pretrained(made)
        made.rename(folder)
