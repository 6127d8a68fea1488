"""Write the real `--help` of every command into docs/cli.md: `python -m tests.update_docs`.

A block stands after a marker `<!-- help: COMMAND -->`; nothing else of the page is touched.
"""

import re
from pathlib import Path

import typer
import typer.rich_utils
from typer.testing import CliRunner

from autowritten.cli import app

ROOT = Path(__file__).parents[1]
CLI_PAGE = ROOT / "docs" / "cli.md"
WIDTH = 100
BLOCK = re.compile(r"<!-- help:(?P<command>[^\n]*?)-->\n```text\n(?P<help>.*?)```\n", re.DOTALL)


def commands():
    """Return the arguments of the program itself (none) and of every command, groups looked into."""
    return list(_walk(typer.main.get_command(app), ()))


def _walk(command, path):
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from _walk(inner, (*path, name))


def help_text(path):
    """Return what a command says with --help at a fixed width, without colour, whatever terminal this is."""
    before = typer.rich_utils.MAX_WIDTH, typer.rich_utils.FORCE_TERMINAL
    typer.rich_utils.MAX_WIDTH, typer.rich_utils.FORCE_TERMINAL = WIDTH, False
    try:
        environment = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": str(WIDTH)}
        result = CliRunner().invoke(app, [*path, "--help"], prog_name="autowritten", env=environment)
    finally:
        typer.rich_utils.MAX_WIDTH, typer.rich_utils.FORCE_TERMINAL = before
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.output.splitlines()]
    return "\n".join(lines).strip("\n") + "\n"


def blocks(page):
    """Return the help blocks of the page, by the arguments of their command."""
    return {tuple(match["command"].split()): match["help"] for match in BLOCK.finditer(page)}


def renewed(page):
    """Return the page with every help block as it should be."""

    def renew(match):
        path = tuple(match["command"].split())
        return f"<!-- help:{match['command']}-->\n```text\n{help_text(path)}```\n"

    return BLOCK.sub(renew, page)


def main():
    """Rewrite the page."""
    CLI_PAGE.write_text(renewed(CLI_PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
