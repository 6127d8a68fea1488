"""`autowritten evaluate`: labelled posts in files to measures of the detector."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from autowritten.cli.console import need_stdout, page, words
from autowritten.errors import AutowrittenError


def evaluate(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...", help="Labelled posts: JSONL, JSON array, CSV, TSV or Parquet, also compressed."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write all results here, unrounded, as JSON.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Column with the post. Guessed from names like text, content.")
    ] = None,
    label: Annotated[str, typer.Option(help="Column with the label: human or machine, 0 or 1.")] = "label",
    fpr: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="False-positive rate of the verdicts. (default: the bundle's)"),
    ] = None,
    bundle: Annotated[str | None, typer.Option(help="Model bundle: a name or a folder.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words on stderr but errors.")] = False,
) -> None:
    """Measure the detector on your own labelled posts.

    Tables go to stdout: AUROC with its 95% interval, machine posts caught at 1% and 5% false positives (a dash where there
    are too few human posts to say), by language, domain, generator, length and obfuscation; how good the verdicts are; and
    human posts flagged by source. Columns named lang, domain, generator and dataset are used if they are there.
    """
    import json

    from rich.progress import Progress

    labelled, terminal = _parts()
    from autowritten.controls import escape_json
    from autowritten.detector import Detector
    from autowritten.posts import ReadOptions, open_posts
    from autowritten.posts.files import check_output, whole_file
    from autowritten.report.terminal.posts import safe

    say = words(quiet)
    files = open_posts(inputs, ReadOptions(text))
    names = [file.source.name for file in files]
    if output:
        check_output(output, names)  # now, not after an hour of scoring
    else:
        need_stdout()
    frame, rejects = labelled.read(files, label)
    for reject in rejects[:10]:
        say.print(safe(f"left out {reject.file}:{reject.line}: {reject.detail}"), markup=False)
    detector = Detector.load(bundle, fpr=fpr)
    with Progress(console=say, transient=True, disable=quiet) as progress:
        results = labelled.evaluate(
            frame, detector, watch=lambda scores: progress.track(scores, len(frame), description="Scoring")
        )
    if output:
        text_of = json.dumps(results, indent=1, ensure_ascii=False).encode("utf-8", "backslashreplace")
        with whole_file(output, names) as file:
            file.write(escape_json(text_of) + b"\n")
    out = page()
    out.print(f"{detector.name}, {len(frame):,} posts")
    for table in terminal.tables(results):
        out.print()
        out.print(table)
    if rejects:
        words().print(f"{len(rejects):,} rows could not be read and were left out.")
        raise typer.Exit(1)


def _parts() -> tuple[Any, Any]:
    """Import what needs pandas.

    Raises:
        AutowrittenError: it is not installed.
    """
    try:
        from autowritten.evaluation import labelled
        from autowritten.report.terminal import evaluation as terminal
    except ModuleNotFoundError as error:
        raise AutowrittenError(
            f'evaluate needs the package {error.name}: pip install "autowritten[evaluate]"'
        ) from None
    return labelled, terminal
