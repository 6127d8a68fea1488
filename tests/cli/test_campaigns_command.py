"""`autowritten campaigns` as a user meets it."""

import csv
import json
import random
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from autowritten.cli import app
from training.generate.template import campaign


def rows():
    """Return 400 posts of 80 people and 60 of a campaign of 15 accounts, scored."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(300)]
    out = [
        {"author": f"h{n % 80}", "text": " ".join(draw.choices(words, k=12)), "logit": -2.0, "tokens": 20}
        for n in range(400)
    ]
    out += [
        {"author": f"c{n % 15}", "text": text, "logit": 9.0, "tokens": 20}
        for n, text in enumerate(campaign("en", 11, 60))
    ]
    for n, row in enumerate(out):
        row |= {"id": f"p{n}", "language": "en", "model": "autowritten-1 0.1.0"}
        row["created_at"] = f"2025-05-{1 + n % 9:02d}T08:00:00Z"
    draw.shuffle(out)
    return out


@pytest.fixture
def scores(tmp_path, monkeypatch):
    """The posts in a folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    path = Path("scores.jsonl")
    path.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    return path


def campaigns(*arguments, **options):
    return CliRunner().invoke(
        app, ["campaigns", *map(str, arguments)], env={"COLUMNS": "100", "TERM": "dumb"}, **options
    )


def test_the_campaign_is_shown_with_how_far_to_trust_it(scores):
    done = campaigns(scores)
    assert done.exit_code == 0, done.output
    words = " ".join(done.stdout.split())
    assert "1 campaign in 460 posts of 95 accounts." in words
    assert "15 accounts posted" in words
    assert "100% of it is flagged as machine-written, where people have 5%" in words
    assert "Portland" in words
    assert "2025-05-01 08:00" in words
    assert "evidence, not proof" in words


def test_every_format_names_the_same_accounts(scores):
    for form in ("json", "csv", "graphml"):
        assert campaigns(scores, "-o", f"c.{form}", "-q").stderr == ""
    (found,) = json.loads(Path("c.json").read_text(encoding="utf-8"))
    assert found["posts"] == len(found["post_ids"]) == sum(each["posts"] for each in found["accounts"])
    assert (found["scored"], found["machine"]) == (found["posts"], found["posts"])
    assert found["start"] <= found["end"]
    assert {each["text"] for each in found["examples"]} <= {row["text"] for row in rows()}
    names = {each["account"]: each["posts"] for each in found["accounts"]}
    assert set(names) == {f"c{n}" for n in range(15)}
    with open("c.csv", encoding="utf-8-sig", newline="") as file:
        assert {row["account"]: int(row["posts"]) for row in csv.DictReader(file)} == names
    graph = ET.parse("c.graphml").getroot()  # noqa: S314 - our own file
    space = "{http://graphml.graphdrawing.org/xmlns}"
    assert {node.get("id") for node in graph.iter(f"{space}node")} == {"campaign 1", *(f"account {n}" for n in names)}
    assert len(list(graph.iter(f"{space}edge"))) == 15
    assert not list(Path().glob("*.tmp"))


def test_no_campaign(scores):
    scores.write_text("".join(json.dumps(row) + "\n" for row in rows() if row["author"].startswith("h")))
    done = campaigns(scores, "-o", "c.json")
    assert done.exit_code == 0
    assert "No campaign in 400 posts of 80 accounts." in done.stdout
    assert json.loads(Path("c.json").read_text()) == []


def test_from_stdin_without_times_and_scores(scores):
    text = "".join(json.dumps({"author": row["author"], "text": row["text"]}) + "\n" for row in rows())
    done = campaigns("-", input=text)
    assert done.exit_code == 0, done.output
    assert "1 campaign in 460 posts" in done.stdout
    assert "flagged" not in done.stdout


def test_rows_that_cannot_be_used_are_counted(scores):
    with scores.open("a") as file:
        file.write("broken\n" + json.dumps({"author": None, "text": "x"}) + "\n")
    done = campaigns(scores)
    assert done.exit_code == 1
    assert "2 rows could not be read or have no account, and were left out." in done.stderr


def test_scores_of_another_model_are_told(scores):
    scores.write_text(scores.read_text().replace("autowritten-1 0.1.0", "another 2.0"))
    assert "WARNING: scored by another 2.0, but judged here by autowritten-1" in campaigns(scores).stderr


def test_settings_reach_the_search(scores):
    assert "where people have 1%" in " ".join(campaigns(scores, "--fpr", "0.01").stdout.split())
    assert campaigns(scores, "--fpr", "0.00001").exit_code == 2
    assert "No campaign" in campaigns(scores, "--min-accounts", "16").stdout
    assert "No campaign" in campaigns(scores, "--min-posts", "50").stdout


@pytest.mark.parametrize(("output", "code"), [("c.xlsx", 2), ("nowhere/c.csv", 3)])
def test_where_nothing_can_be_written(scores, output, code):
    done = campaigns(scores, "-o", output)
    assert done.exit_code == code
    assert output in done.stderr


def test_no_account_column(scores):
    scores.write_text('{"text": "x", "number": 1}\n')
    done = campaigns(scores)
    assert done.exit_code == 2
    assert "--account" in done.stderr


@pytest.mark.parametrize("form", ["json", "csv", "graphml"])
def test_hostile_names_and_posts(scores, form):
    evil = "\u001b]0;x\u0007[red]\ud800<b>"
    with scores.open("a") as file:
        for n, text in enumerate(campaign("fr", 9, 40)):
            file.write(json.dumps({"author": f"e{n % 10}{evil}", "text": f"{text} {evil}", "id": evil}) + "\n")
    done = campaigns(scores, "-o", f"c.{form}")
    assert done.exit_code == 0, done.output
    assert "2 campaigns" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\x07" not in done.stdout
    assert "[red]" in done.stdout
    if form == "graphml":
        ET.parse("c.graphml")  # noqa: S314 - our own file
