"""`autowritten models`: what is installed, whether it is whole, its card, its place."""

from __future__ import annotations

from typing import Annotated

import typer

from autowritten.cli.console import page

_Name = Annotated[str | None, typer.Argument(metavar="BUNDLE", help="A name or a folder. (default: the default one)")]

app = typer.Typer(
    help="Show the model bundles on this machine; verify them, read their cards.", invoke_without_command=True
)


@app.callback()
def models(context: typer.Context) -> None:
    """Show the model bundles on this machine; verify them, read their cards."""
    if context.invoked_subcommand is None:
        show()


@app.command("list")
def show() -> None:
    """List the shipped bundles and the language model's copies in the cache."""
    from rich.table import Table
    from rich.text import Text

    from autowritten.bundle import DEFAULT, Bundle, BundleError, shipped
    from autowritten.lm.embedded import cache_folder, copies
    from autowritten.report.terminal.posts import safe

    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("bundle", "version", "made on", "language model", "state"):
        table.add_column(heading)
    for folder in sorted(path.parent for path in shipped().glob("*/config.json")):
        try:
            config = Bundle.from_pretrained(folder).config
        except BundleError as error:
            table.add_row(folder.name, "", "", "", Text(safe(f"refused: {error}")))
            continue
        state = "whole" + ", the default" * (folder.name == DEFAULT)
        table.add_row(config["name"], config["version"], config["date"], config["backbone"]["name"], state)
    out = page(soft_wrap=True)
    out.print(table)
    found = copies()
    out.print(
        f"\nLanguage model cache: {cache_folder()}" + ("" if found else " (empty: it is filled at the first use)")
    )
    for folder, size in found:
        out.print(f"  {folder.name}  {size / 1e6:,.0f} MB", markup=False)


@app.command()
def verify(name: _Name = None) -> None:
    """Check every file of a bundle, its language model and the copy in the cache against their digests."""
    from autowritten.bundle import Bundle, find
    from autowritten.lm import embedded as dense_copy

    folder = find(name)
    bundle = Bundle.from_pretrained(folder)
    source = bundle.config["backbone"]
    for file in bundle.config["sha256"]:
        typer.echo(f"ok  {folder / file}")
    if "base" in bundle.config:
        typer.echo(f"ok  {find(bundle.config['base']['bundle'])} (the bundle it was calibrated on)")
    typer.echo(f"ok  {dense_copy.verify_package(source)}")
    for copy in dense_copy.verify_copies(source):
        typer.echo(f"ok  {copy}")


@app.command()
def card(name: _Name = None) -> None:
    """Show a bundle's model card: what it was trained on, how well it does, where it fails."""
    from rich.markdown import Markdown

    from autowritten.bundle import Bundle, BundleError
    from autowritten.report.terminal.posts import harmless

    bundle = Bundle.from_pretrained(name)
    if "MODEL_CARD.md" not in bundle.documents:
        raise BundleError(f"the bundle {bundle.name} has no model card")
    out = page()
    text = harmless(bundle.documents["MODEL_CARD.md"])
    out.print(Markdown(text)) if out.is_terminal else typer.echo(text)


@app.command()
def path(name: _Name = None) -> None:
    """Show the folder of a bundle."""
    from autowritten.bundle import find

    typer.echo(find(name).resolve())
