"""Runs killed at random moments, taken up again, and equal to the byte to a run that was left in peace.

The small size runs by default; `pytest -m faults` kills 60 times.
"""

# ruff: noqa: S603 - the processes started here are this very program

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stub_scorer import StubScorer

from autowritten.posts import OutputFile, open_posts, score_files
from autowritten.posts import output as output_module

STUB = [sys.executable, str(Path(__file__).parents[1] / "posts" / "stub_scorer.py"), "score"]
BATCHES = 40


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = [{"id": n, "text": f"post number {n} of many"} if n % 97 else {"id": n} for n in range(256 * BATCHES - 100)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def run(source, out, delay=0.0):
    """Score with `--resume`, a little slowly."""
    scorer = StubScorer()
    with OutputFile(out, {"model": "stub"}, [source], resume=True) as sink:

        def pause():
            time.sleep(delay)
            return False

        score_files(open_posts([source]), scorer, sink, tally=sink.tally, stop=pause)
        sink.finish()


def start(source, out, delay):
    """Run in a process of its own: forked, for starting Python anew takes longer than the run."""
    child = os.fork()
    if child == 0:
        try:
            output_module._COMMIT_EVERY = delay * 2
            run(source, out, delay)
        finally:
            os._exit(0)
    return child


@pytest.mark.parametrize("kills", [pytest.param(4, id="small"), pytest.param(60, id="full", marks=pytest.mark.faults)])
@pytest.mark.parametrize("name", ["out.jsonl", "out.csv"])
def test_killed_runs_end_with_the_same_bytes(tmp_path, source, kills, name):
    run(source, tmp_path / f"whole.{name}")
    moments = random.Random(7)
    hit = 0
    while hit < kills:
        child = start(source, tmp_path / name, 0.01)
        time.sleep(moments.uniform(0.0, 0.8))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            hit += 1
        else:  # it was done before: begin another round
            assert (tmp_path / name).read_bytes() == (tmp_path / f"whole.{name}").read_bytes()
            (tmp_path / name).unlink()
    run(source, tmp_path / name)
    for suffix in ("", ".rejects.jsonl"):
        assert (tmp_path / f"{name}{suffix}").read_bytes() == (tmp_path / f"whole.{name}{suffix}").read_bytes()
    assert not list(tmp_path.glob("*.partial")) + list(tmp_path.glob("*.journal")) + list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_finishes_the_batch_and_says_how_to_go_on(tmp_path, source, number):
    run(source, tmp_path / "whole.jsonl")
    command = [*STUB, source, "-o", str(tmp_path / "out.jsonl")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"STUB_DELAY": "0.5"})
    while not (tmp_path / "out.jsonl.journal").exists():
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    said = process.communicate()[1]
    assert process.returncode == 128 + number
    assert "Stopping after this batch" in said
    assert "--resume" in said
    assert "Traceback" not in said
    assert not (tmp_path / "out.jsonl").exists()
    done = subprocess.run([*command, "--resume"], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1  # the input has rejects
    assert "Going on after row" in done.stderr
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_second_signal_stops_at_once(tmp_path, source):
    run(source, tmp_path / "whole.jsonl")
    command = [*STUB, source, "-o", str(tmp_path / "out.jsonl")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"STUB_DELAY": "60"})
    while not (tmp_path / "out.jsonl.journal").exists():
        time.sleep(0.05)
    for _ in range(2):
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 130
    assert "Stopped at once" in said
    assert "Traceback" not in said
    assert subprocess.run([*command, "--resume", "-q"], check=False).returncode == 1
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_a_full_disk_is_one_line_and_can_be_resumed(tmp_path, source):
    """A file-size limit stands for the full disk: the same failing write, without needing a disk to fill."""
    run(source, tmp_path / "whole.jsonl")
    command = [*STUB, source, "-o", str(tmp_path / "out.jsonl")]

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False, preexec_fn=limit)
    assert done.returncode == 3
    assert "out.jsonl: can't be written: File too large; make room and go on with --resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert not (tmp_path / "out.jsonl").exists()
    assert subprocess.run([*command, "--resume", "-q"], check=False).returncode == 1
    assert (tmp_path / "out.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_an_input_that_vanishes_is_one_line(tmp_path, source):
    second = tmp_path / "second.jsonl"
    second.write_text('{"text": "here for now"}\n')
    files = open_posts([source, str(second)])
    second.unlink()
    with (
        pytest.raises(Exception, match=r"second.jsonl: can't be read: No such file") as caught,
        OutputFile(tmp_path / "out.jsonl", {}) as sink,
    ):
        score_files(files, StubScorer(), sink, tally=sink.tally)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "out.jsonl").exists()
