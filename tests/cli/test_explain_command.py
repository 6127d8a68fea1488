"""`autowritten explain` as a user meets it, with the detector of a random bundle."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autowritten.cli import app
from autowritten.cli import explain as command

POST = "the charger at the station broke down again and nobody came to fix it"
ROWS = [
    {"id": "a1", "text": POST, "verdict": "machine", "logit": 3.0},
    {"id": 2, "text": "\x1b[31m充电桩又坏了，没有人来修\x1b]0;x\x07", "verdict": "human", "logit": -3.0},
    {"id": "a1", "text": "a second post of that id", "verdict": "human", "logit": -3.0},
    {"id": None, "text": "la borne de la station est encore en panne", "verdict": "human", "logit": -3.0},
    {"id": "null", "text": None, "verdict": "undecided", "logit": None},
]


@pytest.fixture(autouse=True)
def _random_detector(monkeypatch, detector):
    monkeypatch.setattr(command, "_load", lambda bundle, fpr: detector)


@pytest.fixture
def scores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("scores.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS) + "broken\n")
    return path


def explain(*arguments, **options):
    return CliRunner().invoke(app, ["explain", *map(str, arguments)], env={"COLUMNS": "100", "TERM": "dumb"}, **options)


def test_a_post_on_the_command_line():
    done = explain(POST)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Post as it was read · English · ")
    assert "evidence, not proof" in done.stdout


def test_a_post_from_stdin():
    done = explain("-", "--json", input=f"{POST}\n".encode())
    assert json.loads(done.stdout)["text"] == POST
    assert "is empty" in explain("-", input=b"\r\n").stdout
    assert json.loads(explain("-", "--json", input=b"\xff\xfe the charger").stdout)["text"]


def test_a_post_of_a_file_by_its_id(scores, detector):
    done = explain("--id", "a1", scores, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["id"], told["text"]) == (0, "a1", POST)  # the first of two
    assert told["score"]["logit"] == pytest.approx(detector.score(POST).logit, abs=1e-4)  # not the file's
    assert json.loads(explain("--id", "2", scores, "--json").stdout)["score"]["language"] == "zh"


def test_a_post_without_an_id_by_its_line(scores):
    assert json.loads(explain("--id", "scores.jsonl:4", scores, "--json").stdout)["text"].startswith("la borne")
    assert explain("--id", "None", scores).exit_code == 2  # no row has this id; one has none
    assert "is not text" in explain("--id", "null", scores).stdout


def test_unscored_files_of_any_format(tmp_path):
    path = tmp_path / "posts.csv"
    path.write_text(f"post_id;正文\nx;{POST}\n")
    assert json.loads(explain("--id", "x", path, "--json").stdout)["text"] == POST
    path.write_text(f"id,body,message\nx,{POST},no\n")
    assert explain("--id", "x", path).exit_code == 2
    assert json.loads(explain("--id", "x", path, "--text", "body", "--json").stdout)["text"] == POST


def test_a_hostile_post_of_a_file(scores):
    done = explain("--id", "2", scores)
    assert done.exit_code == 0
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "control characters undone" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["--id", "a9", "scores.jsonl"], 2, "scores.jsonl: no post with the id 'a9'"),
        (["--id", "scores.jsonl:6", "scores.jsonl"], 2, "scores.jsonl:6: "),
        (["--id", "a1", "nowhere.jsonl"], 3, "nowhere.jsonl: can't be read"),
        (["--id", "a1", "scores.jsonl", "--text", "body"], 2, "no column 'body'"),
        (["scores.jsonl"], 2, "scores.jsonl is a file: say which of its posts with --id"),
        ([], 2, "POST"),
    ],
)
def test_errors_are_one_line_with_their_code(scores, arguments, code, why):
    done = explain(*arguments)
    assert (done.exit_code, done.stdout) == (code, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_bundle_and_rate_reach_the_detector(monkeypatch, detector):
    asked = []
    monkeypatch.setattr(command, "_load", lambda *given: asked.append(given) or detector)
    assert explain(POST, "--bundle", "mine", "--fpr", "0.05").exit_code == 0
    assert asked == [("mine", 0.05)]


def test_a_rate_that_the_bundle_lacks(monkeypatch, bundle, tmp_path):
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    bundle.save_pretrained("base")
    done = explain(POST, "--bundle", "base", "--fpr", "0.00001")
    assert done.exit_code == 2
    assert "no threshold at a false-positive rate of 1e-05" in done.stderr
