"""`autowritten accounts`: scored posts in files to accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autowritten.errors import AutowrittenError, UsageError

if TYPE_CHECKING:
    from autowritten.accounts.pool import Account

_FORMATS = (".jsonl", ".csv", ".parquet")


def accounts(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="SCORES...", help="Posts with their accounts, as `autowritten score` wrote them."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write all accounts here: .jsonl, .csv or .parquet.")
    ] = None,
    fdr: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="False-discovery rate: share of people among accounts called machine."),
    ] = 0.05,
    fpr: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="False-positive rate at which posts are flagged. (default: 0.05)"),
    ] = None,
    min_posts: Annotated[int, typer.Option(min=1, help="Fewest scored posts of an account with a verdict.")] = 2,
    human: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCORES", help="Scored posts of accounts known to be people's, of the same place. May be repeated."
        ),
    ] = None,
    account: Annotated[str | None, typer.Option(help="Column with the account. Guessed if not given.")] = None,
    text: Annotated[str | None, typer.Option(help="Column with the post. Guessed if not given.")] = None,
    bundle: Annotated[
        str | None, typer.Option(help="Model bundle that the posts were scored with: a name or a folder.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No words on stderr but errors.")] = False,
) -> None:
    """Pool scored posts by account: which accounts are a machine's.

    All accounts are weighed together: how people write here, and how many accounts are machines', is estimated from the file. An
    account is either called machine or left undecided; it is never called human.
    """
    from rich.console import Console

    from autowritten.accounts.pool import pool_accounts
    from autowritten.bundle import Bundle
    from autowritten.posts import ReadOptions, open_posts
    from autowritten.report.terminal.accounts import show
    from autowritten.report.terminal.posts import safe
    from autowritten.scored import flag_rate, other_models, read_scored

    say = Console(stderr=True, quiet=quiet, highlight=False, soft_wrap=True)
    if output:
        _check(output)
    files = open_posts(inputs, ReadOptions(text, account=account))
    posts = read_scored(files)
    for file in files:
        say.print(safe(file.describe()), markup=False, style="dim")
    judging = Bundle.from_pretrained(bundle)
    flag_rate(judging, fpr)  # an error before the work
    people = read_scored(open_posts(human, ReadOptions(text, account=account))) if human else ()
    pool = pool_accounts(posts, judging, people=people, fpr=fpr, fdr=fdr, min_posts=min_posts)
    if words := other_models(posts.models, judging):
        say.print(safe(words), markup=False)
    show(Console(highlight=False), pool)
    if output:
        _write(output, pool.accounts)
    if posts.left_out:
        say.print(f"{posts.left_out:,} rows could not be read or have no account, and were left out.")
        raise typer.Exit(1)


def _check(path: Path) -> None:
    """Say before the work what would go wrong after it."""
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"{path}: accounts are written as {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}")
    if not path.parent.is_dir():
        raise AutowrittenError(f"{path}: there is no folder {str(path.parent)!r}")


def _write(path: Path, found: Sequence[Account]) -> None:
    """Write accounts, whole or not at all; in CSV and Parquet the telling posts are a string of JSON."""
    from autowritten.posts import encode_line
    from autowritten.posts.output import replacing

    with replacing(path) as made:
        if path.suffix.lower() == ".jsonl":
            with made.open("wb") as file:
                file.writelines(encode_line(one.as_dict()) for one in found)
        else:
            _write_table(made, found, csv=path.suffix.lower() == ".csv")


def _write_table(path: Path, found: Sequence[Account], *, csv: bool) -> None:
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    from autowritten.accounts.pool import Account
    from autowritten.posts.json_text import encode

    kinds = dict.fromkeys(("account", "verdict", "reason", "telling"), pa.string())
    kinds |= dict.fromkeys(("posts", "scored", "flagged", "posts_needed"), pa.int64())
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in Account.__dataclass_fields__])

    def whole(text: str) -> str:  # lone surrogates, of which neither format knows, as their escapes
        return text.encode("utf-8", "backslashreplace").decode()

    rows = [one.as_dict() for one in found]
    for row in rows:
        row |= {"account": whole(row["account"]), "telling": whole(encode(row["telling"]))}
    table = pa.Table.from_pylist(rows, schema)
    if csv:
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path, compression="zstd")
