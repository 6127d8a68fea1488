"""`autowritten report` as a user meets it, with the thresholds of a random bundle."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autowritten.cli import app


def row(name, n, logit):
    return {
        "id": f"{name}-{n}", "author": name, "date": "2025-05-11T08:00:00Z", "text": f"post {n} of {name}",
        "probability": 0.5, "logit": logit, "verdict": "machine" if logit > 6 else "undecided", "reason": "x",
        "language": "en", "tokens": 20, "model": "tiny 0",
    }  # fmt: skip


ROWS = [row("bot", n, 9.0 + n / 100) for n in range(30)] + [row("person", n, 1.0) for n in range(10)]


@pytest.fixture
def scores(scored_file):
    return scored_file(ROWS)


def report(*arguments):
    return CliRunner().invoke(
        app,
        ["report", *map(str, arguments), "--bundle", "base", "--shade", "0"],
        env={"COLUMNS": "160", "TERM": "dumb"},
    )


def test_a_page_is_written(scores):
    done = report(scores, "-o", "report.html")
    assert done.exit_code == 0, done.output
    assert "account in 'author'" in done.stderr
    assert "report.html: 40 posts" in done.stderr
    assert "WARNING" not in done.stderr
    page = Path("report.html").read_text("utf-8")
    assert "scores.jsonl" in page
    assert ">bot</bdi>" in page
    assert not list(Path().glob("*.tmp"))


def test_csv_gives_the_same_page(scores):
    with open("scores.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, list(ROWS[0]))
        writer.writeheader()
        writer.writerows(ROWS)
    assert report(scores, "-o", "a.html").exit_code == 0
    assert report("scores.csv", "-o", "b.html", "-q").stderr == ""
    assert Path("a.html").read_text("utf-8") == Path("b.html").read_text("utf-8").replace("scores.csv", "scores.jsonl")


@pytest.mark.parametrize(("language", "words"), [("zh", "是线索，不是证明。"), ("fr", "Un indice, pas une preuve.")])
def test_other_languages(scores, language, words):
    assert report(scores, "-o", "report.html", "--lang", language, "--title", "Mon & titre").exit_code == 0
    page = Path("report.html").read_text("utf-8")
    assert f'<html lang="{language}">' in page
    assert words in page
    assert "<title>Mon &amp; titre</title>" in page


def test_rows_that_cannot_be_read_are_counted(scores):
    with scores.open("a") as file:
        file.write("broken\n" + json.dumps(row("x", 0, 1.0) | {"verdict": "robot"}) + "\n")
        file.write(json.dumps(row("x", 0, 1.0) | {"logit": "high"}) + "\n")
    done = report(scores, "-o", "report.html")
    assert done.exit_code == 1
    assert "3 rows could not be read" in done.stderr
    assert "3 rows could not be read" in Path("report.html").read_text("utf-8")


def test_verdicts_of_another_bundle_are_warned_of(scores):
    scores.write_text("".join(json.dumps(each | {"logit": -each["logit"]}) + "\n" for each in ROWS))
    done = report(scores, "-o", "report.html")
    assert done.exit_code == 0
    assert "WARNING: 30 verdicts do not follow from the thresholds of tiny 0: say --bundle" in done.stderr


@pytest.mark.parametrize(
    ("output", "code", "why"),
    [("report.pdf", 2, "the report is written as .html"), ("nowhere/report.html", 3, "there is no folder 'nowhere'")],
)
def test_where_nothing_can_be_written(scores, output, code, why):
    done = report(scores, "-o", output)
    assert done.exit_code == code
    assert why in done.stderr


@pytest.mark.parametrize("lacking", ["verdict", "logit", "model"])
def test_files_that_were_not_scored(scores, lacking):
    scores.write_text("".join(json.dumps({k: v for k, v in each.items() if k != lacking}) + "\n" for each in ROWS))
    done = report(scores, "-o", "report.html")
    assert done.exit_code == 2
    assert f"no column {lacking!r}: give files that `autowritten score` wrote" in done.stderr
    assert not Path("report.html").exists()


def test_nothing_to_report_on(scores):
    scores.write_text("broken\n")
    done = report(scores, "-o", "report.html")
    assert done.exit_code == 2
    assert "no column 'probability'" in done.stderr
    assert not Path("report.html").exists()
