"""`autowritten evaluate`, with a stub for the model."""

import json
import sys
from types import SimpleNamespace

import pytest
import stub_detector
import typer
from typer.testing import CliRunner

from autowritten.cli.evaluate import evaluate
from autowritten.errors import AutowrittenError


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setitem(sys.modules, "autowritten.detector", SimpleNamespace(Detector=stub_detector.Detector))
    app = typer.Typer()
    app.command()(evaluate)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def posts(tmp_path):
    rows = [{"text": f"a plain post {i}", "label": "human", "dataset": "[red]odd[/red]\x1b[31m"} for i in range(30)]
    rows += [{"text": f"I am a bot {i}", "label": "machine", "dataset": "b"} for i in range(30)]
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_tables_to_stdout_and_everything_to_the_file(run, posts, tmp_path):
    done = run(posts, "-o", tmp_path / "results.json")
    assert done.exit_code == 0
    assert "stub 0, 60 posts" in done.stdout
    assert "1.000 (1.000 to 1.000)" in done.stdout
    assert "[red]odd[/red]" in done.stdout  # a name is not markup
    assert "\x1b" not in done.stdout
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["records"][0]["n_human"] == 30
    assert "plain post" not in (tmp_path / "results.json").read_text()  # measures, not rows


def test_a_row_that_cannot_be_read_is_left_out_and_told(run, posts):
    posts.write_text(posts.read_text() + "{broken\n")
    done = run(posts)
    assert done.exit_code == 1
    assert "posts.jsonl:61" in done.stderr


def test_a_missing_folder_is_told_before_scoring(run, posts, tmp_path):
    done = run(posts, "-o", tmp_path / "nowhere" / "results.json")
    assert isinstance(done.exception, AutowrittenError)
    assert "no folder" in str(done.exception)


def test_errors_for_the_user(run, posts):
    assert "no bundle" in str(run(posts, "--bundle", "missing").exception)
    assert "no threshold" in str(run(posts, "--fpr", "0.0001").exception)
    assert "--label" in str(run(posts, "--label", "kind").exception)


def test_without_the_extra_it_says_how_to_get_it(run, posts, monkeypatch):
    for name in ("labelled", "tables", "curves", "terminal"):
        monkeypatch.delitem(sys.modules, f"autowritten.evaluation.{name}", raising=False)
        monkeypatch.delattr(f"autowritten.evaluation.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert "pip install" in str(run(posts).exception)
