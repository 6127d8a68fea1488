"""The command line: `autowritten COMMAND`. One file a command; heavy imports happen only when a command runs."""

from __future__ import annotations

import signal
import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from autowritten import __version__
from autowritten.cli import accounts, calibrate, campaigns, evaluate, explain, models, report, score
from autowritten.cli.console import drop_stdout, make_streams_safe
from autowritten.errors import AutowrittenError
from autowritten.stopping import stop_in_order


class _Group(TyperGroup):
    """The commands, with whatever ends one early shown as one line and an exit code that says which it was."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - as the class it extends
        """Run the program on streams that take every character; help into a closed pipe ends as a command does."""
        make_streams_safe()
        try:
            return super().main(*args, **extra)
        except SystemExit as end:
            gone = isinstance(end.__context__, BrokenPipeError)  # rich and typer make 1 of it
            raise SystemExit(_flushed(_GONE if gone else end.code)) from None

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as the class it extends; its context type is private
        """Run the command."""
        stop_in_order()
        try:
            found = super().invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
        except AutowrittenError as error:
            _say(str(error))
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:  # the reader (`| head`) has what it wanted
            drop_stdout()
            raise typer.Exit(_GONE) from None
        except KeyboardInterrupt:
            raise typer.Exit(128 + signal.SIGINT) from None
        except _ENDS:
            raise
        except Exception as error:
            if ctx.params.get("debug"):
                traceback.print_exc()
            _say(
                f"unexpected {type(error).__name__}: {str(error)[:_LONGEST]} (a fault of autowritten; "
                "`autowritten --debug COMMAND` shows where)"
            )
            raise typer.Exit(AutowrittenError.exit_code) from None
        return found


_ENDS = (typer.Exit, typer.Abort, typer.TyperException)  # what typer shows by itself
_GONE = 128 + 13  # what a shell reports of SIGPIPE, which Windows has not
_LONGEST = 300  # characters of an error that is none of ours


def _say(message: str) -> None:
    from autowritten.report.terminal.posts import safe

    print(f"autowritten: {safe(message)}", file=sys.stderr)  # noqa: T201 - the one place errors are shown


def _flushed(code: Any) -> Any:  # noqa: ANN401 - of SystemExit
    """Return the exit code, or that of a closed pipe if what is left to write finds no reader."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        drop_stdout()
        return _GONE
    except (OSError, ValueError):  # a full disk behind it, or closed by the one who called
        drop_stdout()
        return code or AutowrittenError.exit_code
    return code


app = typer.Typer(
    cls=_Group,
    name="autowritten",
    help="Scores social-media posts for how likely they came from auto-writing software.",
    epilog="Exit codes: 0 done; 1 done, some rows rejected; 2 wrong use; 3 could not run; 130 stopped by Ctrl-C; "
    "141 the reader of the output has gone.",
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
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")] = False,
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
