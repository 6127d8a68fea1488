"""`autowritten accounts` as a user meets it, with the thresholds of a random bundle."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from autowritten.cli import app


def row(name, n, logit):
    return {
        "id": f"{name}-{n}", "author": name, "text": f"post {n} of {name}", "probability": 0.5, "logit": logit,
        "verdict": "undecided", "reason": "between_thresholds", "language": "en", "tokens": 20, "model": "tiny 0",
    }  # fmt: skip


ROWS = [
    *(row("bot", n, 9.0 + n / 100) for n in range(30)),
    *(row(f"person{a}", n, -3.0) for a in range(8) for n in range(10)),
    row("new", 0, 9.0),
]


@pytest.fixture
def scores(scored_file):
    return scored_file(ROWS)


def accounts(*arguments):
    return CliRunner().invoke(
        app, ["accounts", *map(str, arguments), "--bundle", "base"], env={"COLUMNS": "160", "TERM": "dumb"}
    )


def write_csv(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_most_telling_accounts_and_how_far_to_trust_it(scores):
    done = accounts(scores)
    assert done.exit_code == 0, done.output
    assert "10 accounts: 1 called machine, 8 undecided, 1 with too few posts." in done.stdout
    bot = next(line for line in done.stdout.splitlines() if line.startswith("bot"))
    assert "30 of 30" in bot
    assert "post 29 of bot" in bot
    words = " ".join(done.stdout.split())
    assert "False-discovery rate: 5%" in words
    assert "evidence, not proof" in words
    assert "account in 'author'" in done.stderr
    assert "WARNING" not in done.stderr


def test_every_format_says_the_same(scores):
    assert accounts(scores, "-o", "a.jsonl").exit_code == 0
    assert accounts(write_csv(Path("scores.csv"), ROWS), "-o", "a.csv", "-q").stderr == ""
    assert accounts(scores, "-o", "a.parquet").exit_code == 0
    lines = [json.loads(line) for line in Path("a.jsonl").read_text().splitlines()]
    table = pq.read_table("a.parquet").to_pylist()
    with open("a.csv", newline="", encoding="utf-8-sig") as file:
        cells = list(csv.DictReader(file))
    assert len(lines) == len(table) == len(cells) == 10
    assert lines[0]["account"] == "bot"
    assert lines[0]["telling"][0] == {"id": "bot-29", "logit": 9.29, "text": "post 29 of bot"}
    for line, typed, text in zip(lines, table, cells, strict=True):
        assert typed == line | {"telling": json.dumps(line["telling"], separators=(",", ":"))}
        assert text["account"] == line["account"]
        assert float(text["p_value"]) == line["p_value"]
        assert json.loads(text["telling"]) == line["telling"]
    assert not list(Path().glob("*.tmp"))


def test_settings_reach_the_verdicts(scores):
    accounts(scores, "-o", "a.jsonl", "--min-posts", "1", "--fpr", "0.01", "--fdr", "0")
    found = {one["account"]: one for one in map(json.loads, Path("a.jsonl").read_text().splitlines())}
    assert found["new"]["reason"] == "not_enough_evidence"
    assert (found["bot"]["verdict"], found["bot"]["expected"]) == ("undecided", 0.01)


def test_fast_scores_use_the_fast_judge(scores):
    scores.write_text("".join(json.dumps(each | {"model": "tiny 0 (fast)", "logit": 2.0}) + "\n" for each in ROWS))
    done = accounts(scores)
    assert done.exit_code == 0
    assert "WARNING" not in done.stderr


def test_scores_of_another_bundle_are_warned_of(scores):
    scores.write_text("".join(json.dumps(each | {"model": "other \u001b 7"}) + "\n" for each in ROWS))
    done = accounts(scores)
    assert done.exit_code == 0
    assert "WARNING: scored by other \N{REPLACEMENT CHARACTER} 7, but judged here by tiny 0" in done.stderr


@pytest.mark.parametrize("lacking", ["author", "logit", "language", "tokens"])
def test_columns_that_are_not_there(scores, lacking):
    kept = [{key: value for key, value in each.items() if key != lacking} for each in ROWS]
    scores.write_text("".join(json.dumps(each) + "\n" for each in kept))
    done = accounts(scores)
    assert done.exit_code == 2
    assert ("--account" if lacking == "author" else repr(lacking)) in done.stderr
    assert "The columns are: 'id', " in done.stderr


def test_the_account_column_can_be_named(scores):
    nested = [{"from": {"name": each["author"]}, **each} for each in ROWS]
    for each in nested:
        del each["author"]
    scores.write_text("".join(json.dumps(each) + "\n" for each in nested))
    assert accounts(scores).exit_code == 2
    done = accounts(scores, "--account", "from.name")
    assert done.exit_code == 0
    assert "10 accounts" in done.stdout


def test_rows_that_cannot_be_read_are_counted(scores):
    with scores.open("a") as file:
        file.write("broken\n" + json.dumps(row(None, 0, 1.0)) + "\n" + json.dumps(row("x", 0, "high")) + "\n")
    done = accounts(scores)
    assert done.exit_code == 1
    assert "3 rows could not be read or have no account, and were left out." in done.stderr
    assert "10 accounts" in done.stdout


def test_unscored_rows_are_posts_without_a_say(scores):
    write_csv(Path("more.csv"), [row("bot", 99, ""), row("bot", 98, "nan")])
    done = accounts(scores, "more.csv", "-o", "a.jsonl")
    assert done.exit_code == 0
    bot = json.loads(Path("a.jsonl").read_text().splitlines()[0])
    assert (bot["posts"], bot["scored"]) == (32, 30)


@pytest.mark.parametrize(("output", "code"), [("a.xlsx", 2), ("nowhere/a.csv", 3)])
def test_where_nothing_can_be_written(scores, output, code):
    done = accounts(scores, "-o", output)
    assert done.exit_code == code
    assert output in done.stderr
    assert done.stdout == ""


def test_a_rate_that_the_bundle_lacks(scores):
    done = accounts(scores, "--fpr", "0.00001")
    assert done.exit_code == 2
    assert "no threshold at a false-positive rate of 1e-05" in done.stderr


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_hostile_names_and_posts(scores, form):
    with scores.open("a") as file:
        for n in range(6):
            each = row("evil\u001b[31m [bold]\ud800", n, 9.0) | {"text": f"\u001b]0;x\u0007 {n} \ud800 [red]"}
            file.write(json.dumps(each) + "\n")
    done = accounts(scores, "-o", f"a.{form}")
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.stdout
    assert "[bold]" in done.stdout
    assert Path(f"a.{form}").stat().st_size > 0
