"""What a command does with its streams: any encoding, closed, gone, slow, stopped, or holding characters that act."""

# ruff: noqa: S603 - the processes started here are this very program

import csv
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from stub_scorer import load
from typer.testing import CliRunner

from autowritten.cli import app, scoring
from autowritten.cli import score as command

PROGRAM = [sys.executable, str(Path(__file__).parents[1] / "posts" / "stub_scorer.py")]
STUB = [*PROGRAM, "score"]
ROW = {"id": "7", "account": "刘·备", "text": "naïve “quoted” … – post № 5 中文 \u202eevil \x9b2J \x1b[2J"}


@pytest.fixture
def source(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "_load", load)
    path = tmp_path / "posts.jsonl"
    path.write_text(json.dumps(ROW) + "\n" + json.dumps(ROW | {"text": "word " * 200}) + "\n")
    return path


def run(*arguments, program=STUB, **options):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([*program, *map(str, arguments)], check=False, **streams)


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "cp437", "cp1252", "cp936", "utf-8"])
def test_a_table_on_a_terminal_of_any_encoding(source, encoding):
    done = run(source, "--format", "table", env=os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "140"})
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    shown = done.stdout.decode(encoding)
    assert "na" in shown
    assert "posts/s" in shown
    rows = [line for line in shown.splitlines() if line.startswith("7")]
    assert len(rows) == 2
    assert ("中文" in shown) == (encoding in ("utf-8", "cp936"))
    assert {line.index("en ") for line in rows} if encoding == "ascii" else rows


def test_every_sign_of_ours_has_a_plain_one_of_its_width():
    from rich.cells import cell_len

    from autowritten.cli.console import _alike

    for char in "…–—·‹›“”‘’→×−≥≤▪∅éà中，🙂\ud800":
        assert _alike(char).isascii()
        assert len(_alike(char)) == cell_len(char)
    assert "".join(map(_alike, "é…“”")) == 'e~""'


def test_json_lines_hold_no_character_that_acts(source):
    """Escaped, so that the value read back is the same."""
    shown = run(source).stdout
    assert json.loads(shown.splitlines()[0])["text"] == ROW["text"]
    for raw in ("\u202e", "\x9b", "\x1b", "\x7f", "\u2066"):
        assert raw not in shown.decode()
    assert run(source, "-o", "out.jsonl").returncode == 0
    assert Path("out.jsonl").read_bytes() == shown
    assert "中文".encode() in shown
    run(source, "-o", "out.csv", "--spreadsheet")
    text = Path("out.csv").read_text(encoding="utf-8-sig")
    assert not {"\u202e", "\x9b", "\x1b"} & set(text)
    assert "\\u202eevil" in next(csv.DictReader(text.splitlines()))["text"]


def closed(*numbers):
    return lambda: [os.close(number) for number in numbers]


def test_closed_streams_are_one_line_and_nobody_elses_file_is_written_to(source):
    done = run("-", preexec_fn=closed(0))
    assert done.returncode == 3
    assert done.stderr.decode().splitlines() == ["autowritten: -: can't be read: standard input is closed"]
    done = run(source, preexec_fn=closed(1))
    assert (done.returncode, done.stderr.decode().splitlines()[-1]) == (
        3,
        "autowritten: standard output is closed; write to a file with -o",
    )
    assert run(source, "-o", "out.jsonl", preexec_fn=closed(0, 1, 2)).returncode == 0
    assert [json.loads(line)["id"] for line in Path("out.jsonl").read_bytes().splitlines()] == ["7", "7"]


def test_standard_output_that_is_the_input_is_refused(source):
    before = source.read_bytes()
    with source.open("ab") as out:
        done = run(source, stdout=out)
    assert (done.returncode, source.read_bytes()) == (3, before)
    assert b"standard output: is the input" in done.stderr


@pytest.mark.parametrize("arguments", [["score", "posts.jsonl", "--format", "table"], ["score", "--help"], ["--help"]])
def test_a_reader_that_has_gone_is_141(source, arguments):
    source.write_text((json.dumps(ROW) + "\n") * 3000)
    read, write = os.pipe()
    os.close(read)
    done = run(*arguments, program=PROGRAM, stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr if "--help" in arguments else b"") == (141, b"")
    assert b"Traceback" not in done.stderr


def test_ctrl_c_before_the_command_starts_is_130_without_a_word():
    """The program sends itself the signal when it imports the command line."""
    early = (
        "import os, signal, sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'autowritten.cli': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from autowritten.__main__ import main\n"
        "main()\n"
    )
    done = run(program=[sys.executable, "-c", early])
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_ctrl_c_while_the_model_loads_is_130_without_a_traceback(source, monkeypatch):
    def interrupted(*_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_load", interrupted)
    done = CliRunner().invoke(app, ["score", str(source)])
    assert (done.exit_code, "Traceback" in done.stderr) == (130, False)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("error", [RecursionError("too\ndeep \x1b[2J"), MemoryError(), AttributeError("'NoneType'")])
def test_an_error_nobody_thought_of_is_one_line_and_never_exit_code_1(source, monkeypatch, error, debug):
    def fail(*_given):
        raise error

    monkeypatch.setattr(command, "_load", fail)
    done = CliRunner().invoke(app, [*["--debug"] * debug, "score", "-q", str(source)])
    assert done.exit_code == 3
    assert ("Traceback" in done.stderr) == debug
    assert f"autowritten: unexpected {type(error).__name__}" in done.stderr
    assert debug or len(done.stderr.splitlines()) == 1
    assert debug or "\x1b" not in done.stderr


@pytest.mark.parametrize("form", ["jsonl", "csv", "lines"])
def test_a_pipe_that_pauses_is_answered_before_it_ends(form):
    lines = {"jsonl": ['{"text": "post number %d"}'], "csv": ["id,text\n1,post number %d", "2,post number %d"]}
    lines = [*lines.get(form, []), *[lines.get(form, ["post number %d"])[-1]] * 2]
    process = subprocess.Popen([*STUB, "-", "-q"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for number, line in enumerate(lines):
        process.stdin.write(f"{line % number}\n".encode())
        process.stdin.flush()
        assert select.select([process.stdout], [], [], 60)[0], "no answer before the end of the input"
        assert json.loads(process.stdout.readline())["text"] == f"post number {number}"
    process.stdin.close()
    assert process.wait() == 0
    process.stdout.close()


def test_a_fast_pipe_gives_the_bytes_of_a_file(source):
    source.write_text("".join(json.dumps({"id": n, "text": f"post number {n}"}) + "\n" for n in range(3000)))
    with source.open("rb") as file:
        cat = subprocess.Popen(["/bin/cat"], stdin=file, stdout=subprocess.PIPE)
        piped = run("-", "-q", stdin=cat.stdout)
        cat.stdout.close()
        cat.wait()
    assert piped.stdout == run(source, "-q").stdout
    assert len(piped.stdout.splitlines()) == 3000


def test_one_ctrl_c_ends_a_run_that_waits_for_its_pipe():
    process = subprocess.Popen([*STUB, "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(b"one post and then nothing\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert b"1 rows: " in process.stderr.read()
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()


def score(*arguments):
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


def test_quiet_never_hides_that_rows_are_missing(source):
    with source.open("a") as file:
        file.write("oops\n[]\n")
    done = score(source, "-q")
    assert (done.exit_code, done.stderr) == (1, "2 rows were rejected; --rejects FILE keeps them.\n")
    assert score(source, "-q", "--rejects", "r.jsonl").stderr == ""


def test_rejects_on_the_side_of_a_pipe_replace_nothing_but_rejects(source):
    notes = Path("notes.txt")
    notes.write_text("my notes")
    assert score(source, "--rejects", notes).exit_code == 3
    assert notes.read_text() == "my notes"
    assert score(source, "--rejects", "new.jsonl").exit_code == 0
    assert not Path("new.jsonl").exists()
    with source.open("a") as file:
        file.write("oops\n")
    assert score(source, "--rejects", "new.jsonl").exit_code == 1
    assert len(Path("new.jsonl").read_text().splitlines()) == 1
    assert score(source, "--rejects", source).exit_code == 3


@pytest.mark.parametrize("rate", ["0", "0.002"])
def test_a_rate_that_is_not_offered_leaves_no_broken_off_run(source, rate):
    done = score(source, "-o", "out.jsonl", "--fpr", rate)
    assert done.exit_code == 2
    assert os.listdir() == ["posts.jsonl"]
    assert score(source, "-o", "out.jsonl", "--fpr", "0.05").exit_code == 0


def test_a_rate_of_zero_is_not_taken_for_the_default_by_ray(source, monkeypatch):
    pytest.importorskip("ray")
    done = score(source, "-o", "out", "--engine", "ray", "--fpr", "0")
    assert done.exit_code == 2
    assert "0" in done.stderr


@pytest.mark.parametrize("columns", ["", ",,", "id,", " ", "id,id", "id, id"])
def test_columns_that_are_no_names_or_named_twice(source, columns):
    done = score(source, "--columns", columns)
    assert (done.exit_code, "--columns" in done.stderr, done.stdout) == (2, True, "")


def test_the_pause_is_well_under_a_second():
    assert scoring._PAUSE <= 0.5
