"""`autowritten score` as a user meets it: what goes where, and with which exit code."""

# ruff: noqa: S603 - the processes started here are this very program

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from stub_scorer import load
from typer.testing import CliRunner

from autowritten import __version__
from autowritten.cli import app
from autowritten.cli import score as command

STUB = [sys.executable, str(Path(__file__).parents[1] / "posts" / "stub_scorer.py"), "score"]
ROWS = [{"id": n, "account": f"@u{n}", "text": f"post number {n} of this small file"} for n in range(5)]


@pytest.fixture(autouse=True)
def _stub(monkeypatch):
    monkeypatch.setattr(command, "_load", load)


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


def score(*arguments, **options):
    return CliRunner().invoke(app, ["score", *map(str, arguments)], **options)


def test_to_a_file(source):
    done = score(source, "-o", "out.jsonl")
    assert (done.exit_code, done.stdout) == (0, "")
    rows = [json.loads(line) for line in Path("out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in rows] == [0, 1, 2, 3, 4]
    assert "post in 'text'; id in 'id'; account in 'account'" in done.stderr
    assert "5 rows: " in done.stderr
    assert "False-positive rate: 1%" in done.stderr
    assert "evidence, not proof" in done.stderr
    assert sorted(os.listdir()) == ["out.jsonl", "posts.jsonl"]


def test_to_a_pipe_json_lines_and_words_apart(source):
    done = score(source)
    assert done.exit_code == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [0, 1, 2, 3, 4]
    assert score(source, "--quiet").stderr == ""


def test_from_stdin(source):
    done = score("-", input=source.read_bytes())
    assert len(done.stdout.splitlines()) == 5
    done = score("-", "-q", input="正文,n\n这车刹车又失灵了大家千万别买,1\n".encode("gb18030"))
    assert json.loads(done.stdout)["正文"] == "这车刹车又失灵了大家千万别买"
    assert json.loads(score("-", "-q", input="just a line of text\n").stdout)["text"] == "just a line of text"


def test_rejects_are_told_and_counted(source):
    with source.open("a") as file:
        file.write('oops\x1b[31m\n{"id": 9}\n{"text": 4}\n')
    done = score(source, "-o", "out.jsonl")
    assert done.exit_code == 1
    assert "3 rejected (see out.jsonl.rejects.jsonl)" in done.stderr
    rejects = [json.loads(line) for line in Path("out.jsonl.rejects.jsonl").read_text().splitlines()]
    assert [(row["line"], row["reason"]) for row in rejects] == [(6, "bad_json"), (7, "missing_text"), (8, "not_text")]
    done = score(source)
    assert done.exit_code == 1
    assert "posts.jsonl:7: no 'text' in the row" in done.stderr
    assert score(source, "--rejects", "mine.jsonl", "-q").exit_code == 1
    assert len(Path("mine.jsonl").read_text().splitlines()) == 3
    done = score(source, "--rejects", source)
    assert (done.exit_code, len(source.read_text().splitlines())) == (3, 8)


def test_max_chars(source):
    done = score(source, "-o", "out.jsonl", "--max-chars", "10")
    assert done.exit_code == 1
    assert "over --max-chars 10" in Path("out.jsonl.rejects.jsonl").read_text()
    assert Path("out.jsonl").read_text() == ""


def test_many_files_keep_order(source):
    Path("more.csv").write_text("full_text,lang\nanother post from elsewhere,en\n")
    done = score("*.csv", source, "-q")
    assert [json.loads(line).get("id") for line in done.stdout.splitlines()] == [None, 0, 1, 2, 3, 4]


def test_columns_trimmed(source):
    assert json.loads(score(source, "-q", "--columns", "id,verdict").stdout.splitlines()[0]).keys() == {"id", "verdict"}
    Path("a.csv").write_text("text\nx\n")
    done = score("a.csv", "--columns", "text,nope")
    assert (done.exit_code, "no column 'nope'" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["missing.jsonl"], 3, "missing.jsonl: can't be read: No such file or directory"),
        (["*.nope"], 3, "no file matches"),
        (["posts.jsonl", "-o", "posts.jsonl"], 3, "is the input"),
        (["posts.jsonl", "-o", "no/out.jsonl"], 3, "there is no folder"),
        (["posts.jsonl", "-o", "out.xlsx"], 2, ".jsonl, .csv or .parquet"),
        (["posts.jsonl", "--text", "body"], 2, "no column 'body' (--text). The columns are: 'id', 'account', 'text'"),
        (["posts.jsonl", "--encoding", "klingon"], 2, "no encoding 'klingon'"),
        (["posts.jsonl", "--format", "csv"], 2, "needs a file"),
        (["posts.jsonl", "--resume"], 2, "needs a file"),
        (["posts.jsonl", "-o", "a.jsonl", "--resume", "--restart"], 2, "opposite"),
        (["posts.jsonl", "-o", "a.jsonl", "--spreadsheet"], 2, "for CSV"),
        (["posts.jsonl", "--nope"], 2, "--nope"),
        ([], 2, "FILE"),
    ],
)
def test_errors_are_one_line_with_their_code(source, arguments, code, why):
    done = score(*arguments)
    assert done.exit_code == code
    assert why in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert sorted(os.listdir()) == ["posts.jsonl"]


def test_version_and_help():
    assert CliRunner().invoke(app, ["--version"]).stdout == f"autowritten {__version__}\n"
    help_text = CliRunner().invoke(app, ["score", "--help"], env={"COLUMNS": "120"}).stdout
    for option in ("--text", "--fpr", "--resume", "--spreadsheet", "--columns", "--max-chars", "--quiet", "--encoding"):
        assert option in help_text


def test_on_a_terminal_a_table_is_shown(source):
    with source.open("a") as file:
        file.write('{"id": "\\u001b[31mred", "text": "hm"}\n')
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [*STUB, str(source)], stdin=child, stdout=child, stderr=child, env=os.environ | {"COLUMNS": "120"}
    )
    os.close(child)
    page = b""
    try:
        while chunk := os.read(parent, 65536):
            page += chunk
    except OSError:  # the other end is closed
        pass
    os.close(parent)
    assert process.wait() == 0
    text = page.decode()
    assert "undecided: too short" in text
    assert "6 rows: " in text
    assert "evidence, not proof" in text
    assert "\x1b[31mred" not in text


@pytest.mark.parametrize(("target", "code"), [("/dev/full", 3), ("pipe", 141)])
def test_a_stdout_that_fails(source, target, code):
    source.write_text("".join(json.dumps(ROWS[n % 5]) + "\n" for n in range(2000)))
    if target == "pipe":
        read, write = os.pipe()
        os.close(read)
    else:
        write = os.open(target, os.O_WRONLY)
    done = subprocess.run([*STUB, str(source)], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert ("standard output: can't be written: No space left on device" in done.stderr) == (code == 3)


def test_nothing_heavy_is_imported(source):
    probe = (
        "import sys, autowritten.cli.scoring, autowritten.posts; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'pyarrow')))"
    )
    assert subprocess.run([sys.executable, "-c", probe], check=False).returncode == 0
