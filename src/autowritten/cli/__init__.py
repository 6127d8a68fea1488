"""The command line: `autowritten COMMAND`. One file a command; heavy imports happen only when a command runs."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from autowritten import __version__
from autowritten.cli import accounts, calibrate, campaigns, evaluate, explain, models, report, score
from autowritten.errors import AutowrittenError


class _Group(TyperGroup):
    """The commands, with errors meant for the user shown as one line."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as the class it extends; its context type is private
        """Run the command; an `AutowrittenError` becomes its message on stderr and its exit code."""
        try:
            return super().invoke(ctx)
        except AutowrittenError as error:
            from autowritten.report.terminal.posts import safe

            print(f"autowritten: {safe(str(error))}", file=sys.stderr)  # noqa: T201 - the one place errors are shown
            raise typer.Exit(error.exit_code) from None


app = typer.Typer(
    cls=_Group,
    name="autowritten",
    help="Scores social-media posts for how likely they came from auto-writing software.",
    epilog="Exit codes: 0 done; 1 done, some rows rejected; 2 wrong use; 3 could not run; 130 stopped by Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"autowritten {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Scores social-media posts for how likely they came from auto-writing software."""


app.command("score")(score.score)
app.command("explain")(explain.explain)
app.command("accounts")(accounts.accounts)
app.command("campaigns")(campaigns.campaigns)
app.command("report")(report.report)
app.command("evaluate")(evaluate.evaluate)
app.command("calibrate")(calibrate.calibrate)
app.add_typer(models.app, name="models")
