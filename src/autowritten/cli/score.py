"""`autowritten score`: posts in files to scores."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from autowritten.errors import UsageError

_INPUT, _OUTPUT, _MODEL, _ENGINE = "What to read", "What to write", "How to judge", "Beyond this process"


def score(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="JSONL, JSON array, CSV, TSV, Parquet or plain lines, also .gz, .zst, .xz; globs; - for stdin.",
        ),
    ],
    output: Annotated[
        str | None,  # a path; with --engine, of an object store perhaps
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Write here: .jsonl, .csv or .parquet. Put in place only when whole.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    text: Annotated[
        str | None,
        typer.Option(help="Column with the post. Guessed from names like text, content, 正文.", rich_help_panel=_INPUT),
    ] = None,
    ident: Annotated[
        str | None, typer.Option("--id", help="Column with the post's id.", rich_help_panel=_INPUT)
    ] = None,
    account: Annotated[str | None, typer.Option(help="Column with the account.", rich_help_panel=_INPUT)] = None,
    time: Annotated[str | None, typer.Option(help="Column with the time.", rich_help_panel=_INPUT)] = None,
    read_as: Annotated[
        str | None,
        typer.Option("--from", help="Input format: jsonl, json, csv, tsv, parquet or lines.", rich_help_panel=_INPUT),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(help="Input encoding, if the guess is wrong: gb18030, big5, cp1251 …", rich_help_panel=_INPUT),
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="Character between the columns of a CSV.", rich_help_panel=_INPUT)
    ] = None,
    max_chars: Annotated[
        int, typer.Option(min=1, help="Reject posts of more characters than this.", rich_help_panel=_INPUT)
    ] = 100_000,
    fpr: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            rich_help_panel=_MODEL,
            help="False-positive rate: the share of human posts that may be called machine. (default: the bundle's)",
        ),
    ] = None,
    share_machine: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            rich_help_panel=_MODEL,
            help="Share of machine posts that probabilities assume before a post is read. Verdicts do not depend on it.",
        ),
    ] = 0.5,
    bundle: Annotated[
        str | None, typer.Option(help="Model bundle: a name or a folder.", rich_help_panel=_MODEL)
    ] = None,
    lm: Annotated[
        str | None,
        typer.Option(help="Another causal language model: a folder or a Hugging Face id.", rich_help_panel=_MODEL),
    ] = None,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            rich_help_panel=_MODEL,
            help="The classifier half alone: several times as fast, less accurate on unknown generators, no surprisal.",
        ),
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(
            help="Output format: jsonl, csv or parquet with -o; jsonl or table without.", rich_help_panel=_OUTPUT
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Keep only these columns, in this order: id,probability,verdict", rich_help_panel=_OUTPUT),
    ] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(
            help="Rows that can't be scored go here. (default: OUTPUT.rejects.jsonl)", rich_help_panel=_OUTPUT
        ),
    ] = None,
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet",
            rich_help_panel=_OUTPUT,
            help="CSV for Excel and its like: a byte-order mark, all text in quotes, and an apostrophe before what would be run "
            "as a formula (= + - @), for such a cell can send your data away.",
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that broke off; same bytes.", rich_help_panel=_OUTPUT)
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away a run that broke off.", rich_help_panel=_OUTPUT)
    ] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            help="ray: score on a Ray cluster, or with several workers here. FILEs are Parquet, JSONL or CSV, also in an "
            "object store; -o names a folder.",
            rich_help_panel=_ENGINE,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Workers of --engine, a core or a GPU each. (default: 1)", rich_help_panel=_ENGINE),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words on stderr but errors.")] = False,
) -> None:
    """Score posts: a probability, a verdict and the reason for each.

    Every row of the input comes out once: scored, with all its columns, or in the rejects file with the reason.

    On a terminal and without -o a table is shown; otherwise JSON lines go to stdout.
    """
    from autowritten.cli.scoring import Request, run
    from autowritten.posts import ReadOptions

    options = ReadOptions(text, ident, account, time, read_as, encoding, delimiter, max_chars)
    kept = () if columns is None else _names(columns)
    request = Request(
        inputs, options, output, format, kept, rejects, spreadsheet, fpr, bundle, lm, fast, resume, restart, quiet,
        engine, workers,
    )  # fmt: skip
    raise typer.Exit(run(request, partial(_load, share_machine)))


def _names(columns: str) -> tuple[str, ...]:
    """Take `--columns` apart.

    Raises:
        UsageError: a name is empty, or there twice.
    """
    names = tuple(name.strip() for name in columns.split(","))
    if not all(names):
        raise UsageError(f"--columns {columns!r}: a name is empty")
    if twice := [name for name in names if names.count(name) > 1]:
        raise UsageError(f"--columns: {twice[0]!r} is there twice")
    return names


def _load(share_machine: float, bundle: str | None, lm: str | None, fast: bool, fpr: float | None) -> Any:  # noqa: ANN401 - the detector; importing its type costs torch
    """Load the detector, late: a wrong file name should be told before seconds of loading."""
    from autowritten.detector import Detector

    return Detector.load(bundle, lm=lm, fast=fast, fpr=fpr, share_machine=share_machine)
