"""What comes out: every column, exact numbers, valid files in every format."""

import csv
import json
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stub_scorer import StubScorer

from autowritten.errors import UsageError
from autowritten.posts import (
    SCORE_COLUMNS,
    OutputFile,
    Reject,
    encode_line,
    open_posts,
    reject_to_json,
    score_files,
    scored_row,
)
from autowritten.posts.write import output_format

LONG = "a post that is long enough to be scored"
SCORE = next(StubScorer().score_many([LONG]))


def run(tmp_path, source, out, **options):
    files = open_posts([str(source)])
    with OutputFile(tmp_path / out, {}, **options) as sink:
        tally = score_files(files, StubScorer(), sink, tally=sink.tally)
        sink.finish()
    assert tally.rows == tally.verdicts.total() + tally.rejects.total()
    return tmp_path / out, tally


def test_a_row_keeps_its_columns_and_gets_the_score():
    row = scored_row({"b": 1, "text": LONG}, SCORE)
    assert list(row) == ["b", "text", *SCORE_COLUMNS]
    assert (row["logit"], row["probability"]) == (SCORE.logit, SCORE.probability)
    assert row["surprisal_perplexity"] == SCORE.surprisal.perplexity


def test_columns_of_the_same_name_are_kept_apart():
    row = scored_row({"language": "fr", "input_language": "x", "text": LONG}, SCORE)
    assert (row["input_input_language"], row["input_language"], row["language"]) == ("fr", "x", "en")


def test_columns_can_be_trimmed_and_ordered():
    assert list(scored_row({"b": 1}, SCORE, ["verdict", "b", "none"]).items()) == [
        ("verdict", "human"),
        ("b", 1),
        ("none", None),
    ]


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (0.1 + 0.2, 0.1 + 0.2),
        (2**70, 2**70),
        ("\ud800 lone", "\ud800 lone"),
        (float("nan"), None),
        ([1, {"a": float("inf")}], [1, {"a": None}]),
        (datetime(2025, 5, 1, 12), "2025-05-01 12:00:00"),
        (Decimal("1.10"), "1.10"),
        (b"\xff", "\\xff"),
        ("\u2028\x00\x1b", "\u2028\x00\x1b"),
    ],
)
def test_json_is_valid_whatever_it_holds(value, back):
    line = encode_line({"x": value})
    assert line.count(b"\n") == 1
    assert json.loads(line.decode("utf-8"), parse_constant=pytest.fail) == {"x": back}


def test_rejects_are_plain_ascii_and_can_be_read_back():
    line = reject_to_json(Reject(3, "bad_json", "why", 'caf\udce9 \\ \x1b[31m "中"\r\n', file="a.jsonl"))
    assert line.isascii()
    assert b"\x1b" not in line
    row = json.loads(line)
    assert (row["file"], row["line"], row["reason"], row["escaped"]) == ("a.jsonl", 3, "bad_json", True)
    assert row["raw"] == 'caf\\xe9 \\\\ \x1b[31m "中"'
    assert json.loads(reject_to_json(Reject(1, "too_long", "", "x" * 100_000)))["characters"] == 100_000


def test_all_formats_hold_the_same(tmp_path):
    source = tmp_path / "in.jsonl"
    rows = [
        {"id": 1, "text": LONG, "price": 1.5, "ok": True},
        {"id": 2, "text": 'with "quotes", commas\nand lines \ud83d', "tags": ["a"], "price": 2},
        {"id": 2**80, "text": "中文" * 10, "late": "column", "ok": None},
        {"id": 4, "text": None},
    ]
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines, _ = run(tmp_path, source, "out.jsonl")
    table, _ = run(tmp_path, source, "out.csv")
    arrow, tally = run(tmp_path, source, "out.parquet")
    assert tally.rejects == {"missing_text": 1}
    expected = [json.loads(line) for line in lines.read_text().splitlines()]
    with table.open(newline="") as file:
        cells = list(csv.DictReader(file))
    found = pq.read_table(arrow).to_pylist()
    names = ["id", "text", "price", "ok", "tags", "late", *SCORE_COLUMNS]
    assert list(cells[0]) == list(found[0]) == names
    for row, cell, typed in zip(expected, cells, found, strict=True):
        assert float(cell["logit"]) == row["logit"] == typed["logit"]
        assert cell["text"] == typed["text"] == row["text"].encode("utf-8", "backslashreplace").decode()
        assert cell["id"] == typed["id"] == str(row["id"])  # one id is too large for int64
    assert [cell["ok"] for cell in cells] == ["true", "", ""]
    assert cells[1]["tags"] == found[1]["tags"] == '["a"]'


def test_parquet_to_parquet_keeps_types(tmp_path):
    columns = {
        "text": pa.array([LONG, "中" * 20]).dictionary_encode(),
        "when": pa.array([1, 1746100800123456789], pa.timestamp("ns", "UTC")),
        "day": pa.array([1, None], pa.date32()),
        "money": pa.array(["1.10", None]).cast(pa.decimal128(9, 2)),
        "small": pa.array([1.5, None], pa.float32()),
        "n": pa.array([2**62, 1]),
        "tags": pa.array([["a", "b"], []]),
        "raw": pa.array([b"abc", None]),
    }
    table = pa.table(columns)
    pq.write_table(table, tmp_path / "in.parquet")
    from autowritten.posts.read_parquet import parquet_types

    types = parquet_types(str(tmp_path / "in.parquet"), "in")
    out, _ = run(tmp_path, tmp_path / "in.parquet", "out.parquet", types=types)
    kept = pq.read_table(out).select(table.column_names)
    assert kept.schema.types == [pa.string(), *table.schema.types[1:]]
    assert kept.to_pylist() == table.to_pylist()


def test_a_wrong_type_hint_falls_back(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"text": LONG, "n": "many"}) + "\n")
    out, _ = run(tmp_path, source, "out.parquet", types={"n": pa.int64()})
    assert pq.read_table(out)["n"].to_pylist() == ["many"]


def test_spreadsheet_csv_defuses_formulas(tmp_path):
    source = tmp_path / "in.jsonl"
    texts = ["=HYPERLINK(1)", "+1 for this post", "-3.5", "@you there", "＝SUM(A1)", "\t=1+1", "plain = text"]
    source.write_text("".join(json.dumps({"=text": text, "text": text}) + "\n" for text in texts))
    out, _ = run(tmp_path, source, "out.csv", spreadsheet=True)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.DictReader(file))
    assert [row["text"] for row in cells] == [
        "'=HYPERLINK(1)", "'+1 for this post", "-3.5", "'@you there", "'＝SUM(A1)", "\t'=1+1", "plain = text"
    ]  # fmt: skip
    assert "'=text" in cells[0]
    plain, _ = run(tmp_path, source, "plain.csv")
    with plain.open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == texts


def test_output_format(tmp_path):
    assert output_format(tmp_path / "a.CSV") == "csv"
    assert output_format(tmp_path / "a.out", "parquet") == "parquet"
    for name, asked in (("a.xlsx", None), ("a.csv", "table")):
        with pytest.raises(UsageError, match=r"\.jsonl, \.csv or \.parquet"):
            output_format(tmp_path / name, asked)
