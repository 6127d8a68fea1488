"""`autowritten accounts`: scored posts in files to accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from autowritten.cli.console import page, words
from autowritten.errors import UsageError

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
    from autowritten.accounts.pool import pool_accounts
    from autowritten.bundle import Bundle
    from autowritten.posts import ReadOptions, open_posts
    from autowritten.posts.files import check_output
    from autowritten.report.terminal.accounts import show
    from autowritten.report.terminal.posts import safe
    from autowritten.scored import flag_rate, other_models, read_scored

    say = words(quiet)
    out = page()
    if output:
        _check(output)
    files = open_posts(inputs, ReadOptions(text, account=account))
    names = [file.source.name for file in files]
    if output:
        check_output(output, names)
    posts = read_scored(files)
    for file in files:
        say.print(safe(file.describe()), markup=False, style="dim")
    judging = Bundle.from_pretrained(bundle)
    flag_rate(judging, fpr)  # an error before the work
    people = read_scored(open_posts(human, ReadOptions(text, account=account))) if human else ()
    pool = pool_accounts(posts, judging, people=people, fpr=fpr, fdr=fdr, min_posts=min_posts)
    if warning := other_models(posts.models, judging):
        say.print(safe(warning), markup=False)
    show(out, pool)
    if output:
        _write(output, pool.accounts, names)
    if posts.left_out:
        words().print(f"{posts.left_out:,} rows could not be read or have no account, and were left out.")
        raise typer.Exit(1)


def _check(path: Path) -> None:
    """Say before the work what would go wrong after it."""
    if path.suffix.lower() not in _FORMATS:
        raise UsageError(f"{path}: accounts are written as {', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}")


def _write(path: Path, found: Sequence[Account], inputs: Sequence[str]) -> None:
    """Write accounts, whole or not at all; in CSV and Parquet the telling posts are a string of JSON."""
    from autowritten.posts import encode_line
    from autowritten.posts.files import whole_file
    from autowritten.posts.json_text import encode
    from autowritten.posts.spreadsheet import write_spreadsheet

    with whole_file(path, inputs) as file:
        if path.suffix.lower() == ".jsonl":
            file.writelines(encode_line(one.as_dict()) for one in found)
            return
        rows = [one.as_dict() | {"telling": encode(one.as_dict()["telling"])} for one in found]
        if path.suffix.lower() == ".csv":
            names = list(_schema().names)
            write_spreadsheet(file, names, ([row[name] for name in names] for row in rows))
        else:
            _write_parquet(file, rows)


def _schema() -> Any:  # noqa: ANN401 - a schema of pyarrow, imported late
    import pyarrow as pa

    from autowritten.accounts.pool import Account

    kinds = dict.fromkeys(("account", "verdict", "reason", "telling"), pa.string())
    kinds |= dict.fromkeys(("posts", "scored", "flagged", "posts_needed"), pa.int64())
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in Account.__dataclass_fields__])


def _write_parquet(file: IO[bytes], rows: Sequence[dict[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    def whole(value: Any) -> Any:  # noqa: ANN401 - lone surrogates, of which Parquet knows nothing, as their escapes
        return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value

    cells = [{name: whole(value) for name, value in row.items()} for row in rows]
    pyarrow.parquet.write_table(pa.Table.from_pylist(cells, _schema()), file, compression="zstd")
