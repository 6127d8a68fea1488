"""The output files of all commands: never an input, never a pipe replaced, nothing that a spreadsheet would run."""

import csv
import os
import stat
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autowritten.cli import app
from tests.cli.test_accounts_command import row
from tests.cli.test_campaigns_command import rows as campaign_rows

ROWS = [row("bot", n, 9.0) for n in range(9)] + [row(f"p{n}", 0, -3.0) for n in range(9)]


def run(*arguments):
    bundle = () if arguments[0] == "evaluate" else ("--bundle", "base")
    return CliRunner().invoke(app, [*map(str, arguments), *bundle], env={"COLUMNS": "100", "TERM": "dumb"})


@pytest.mark.parametrize(
    ("command", "name"),
    [("accounts", "s.jsonl"), ("campaigns", "s.json"), ("report", "s.html"), ("evaluate", "s.json")],
)
@pytest.mark.parametrize("way", ["same", "link", "hard link"])
def test_no_command_writes_over_its_input(scored_file, command, name, way):
    source = scored_file(ROWS).rename(name)
    before, out = source.read_bytes(), Path(f"out{source.suffix}")
    if way == "same":
        out = source
    else:
        out.symlink_to(source) if way == "link" else out.hardlink_to(source)
    done = run(command, source, "-o", out)
    assert (done.exit_code, "is the input" in done.stderr) == (3, True)
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("command", "name"), [("accounts", "a.jsonl"), ("accounts", "a.parquet"), ("report", "r.html")]
)
def test_a_pipe_is_written_to_and_not_replaced(scored_file, command, name):
    source = scored_file(ROWS)
    os.mkfifo(name)
    got = []
    reader = threading.Thread(target=lambda: got.append(Path(name).read_bytes()))
    reader.start()
    assert run(command, source, "-o", name, *["--shade", "0"] * (command == "report")).exit_code == 0
    reader.join()
    assert got[0]
    assert stat.S_ISFIFO(os.stat(name).st_mode)


@pytest.mark.parametrize(("command", "rows"), [("accounts", ROWS), ("campaigns", campaign_rows())])
def test_csv_of_a_command_is_for_people(scored_file, command, rows):
    (account,) = {"account", "author"} & rows[0].keys()
    rows = [each | {account: f"=cmd|{each[account]}"} for each in rows]
    assert run(command, scored_file(rows), "-o", "out.csv").exit_code == 0
    data = Path("out.csv").read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    with open("out.csv", encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))
    assert len(found) > 5
    assert any(cell.startswith("'=cmd|") for line in found for cell in line)
    assert not [cell for line in found for cell in line if cell.startswith(("=", "@"))]


def test_quiet_says_how_many_rows_were_left_out(scored_file):
    source = scored_file([*ROWS, {"id": 1}])
    done = run("accounts", source, "-q")
    assert done.exit_code == 1
    assert done.stderr == "1 rows could not be read or have no account, and were left out.\n"
