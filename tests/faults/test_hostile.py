"""Hostile rows and damaged files: every row comes out once, nothing crashes, nothing is said in a traceback.

The small size runs by default; `pytest -m faults` runs 4,000 rows and 600 files.
"""

import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stub_scorer import StubScorer

from autowritten.errors import AutowrittenError
from autowritten.posts import OutputFile, ReadOptions, Reject, open_posts, score_files
from autowritten.report.terminal.posts import safe

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=[]), max_size=40)  # lone surrogates and controls too
NASTY = st.sampled_from(
    [
        "=cmd|' /C calc'!A0",
        "\x1b[2J",
        "\x00",
        "\ud800",
        "\u202eabc",
        '"',
        '""',
        "a\r\nb",
        "\u2028",
        "{}",
        "[",
        "x" * 5000,
        "",
        " ",
    ]
)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT | NASTY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=5,
)
ROW = st.fixed_dictionaries({"text": ANY_TEXT | NASTY | VALUE}, optional={"id": VALUE, "verdict": VALUE, "x,y": VALUE})
RAW_LINE = st.binary(max_size=60).map(lambda junk: junk.replace(b"\n", b" "))
SIZES = [pytest.param(12, id="small"), pytest.param(200, id="full", marks=pytest.mark.faults)]


def score(folder, path, name="out.jsonl", **options):
    """Score a file into `folder`; return the tally, checked against what was written."""
    files = open_posts([str(path)], ReadOptions(text="text", **options))
    out = folder / name
    with OutputFile(out, {}, restart=True) as sink:
        tally = score_files(files, StubScorer(), sink, tally=sink.tally)
        sink.finish()
    assert tally.rows == tally.verdicts.total() + tally.rejects.total()
    rejects = out.with_name(f"{name}.rejects.jsonl")
    told = [json.loads(line) for line in rejects.read_bytes().splitlines()] if rejects.exists() else []
    assert len(told) == tally.rejects.total()
    assert rejects.read_bytes().isascii() if told else True
    if name.endswith("jsonl"):
        lines = out.read_bytes().splitlines()
        assert [type(json.loads(line)) for line in lines] == [dict] * tally.verdicts.total()
    elif name.endswith("csv"):
        with out.open(newline="", encoding="utf-8") as file:
            assert sum(1 for _ in csv.reader(file)) == tally.verdicts.total() + 1 or not tally.verdicts
    else:
        assert pq.read_metadata(out).num_rows == tally.verdicts.total()
    return tally


@pytest.mark.parametrize("examples", SIZES)
def test_hostile_rows(tmp_path, examples):
    """20 rows an example (4,000 at full size), well-formed JSON among raw junk, into every output format."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(ROW.map(lambda row: json.dumps(row).encode()) | RAW_LINE, min_size=20, max_size=20))
    def check(lines):
        path = tmp_path / "in.jsonl"
        lines.insert(0, b'{"text": "a good row first, or junk may well spell the magic bytes of an archive"}')
        path.write_bytes(b"\n".join(lines) + b"\n")
        expected = sum(1 for line in lines if line.decode("utf-8", "surrogateescape").strip())  # but for blank lines
        for name in ("out.jsonl", "out.csv", "out.parquet"):
            tally = score(tmp_path, path, name, encoding="utf-8")
            assert tally.rows == expected

    check()


@pytest.mark.parametrize("examples", SIZES)
def test_hostile_cells(tmp_path, examples):
    """Rows of any text through CSV in and out: what goes in comes out."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(ANY_TEXT | NASTY, ANY_TEXT | NASTY), min_size=1, max_size=20))
    def check(rows):
        rows = [tuple(cell.encode("utf-8", "replace").decode() for cell in row) for row in rows]
        path = tmp_path / "in.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("text", "b"), *rows])
        tally = score(tmp_path, path, "out.csv", delimiter=",", encoding="utf-8")
        assert (tally.rows, tally.rejects) == (len(rows), {})
        with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
            assert [(row["text"], row["b"]) for row in csv.DictReader(file)] == rows

    check()


def whole_files():
    rows = [{"id": str(n), "text": f"post {n}, “quoted”; 中文 and\nmore", "n": n} for n in range(60)]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    arrow = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), arrow)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return {
        "a.jsonl": lines.encode(),
        "a.json": json.dumps(rows, ensure_ascii=False, indent=1).encode(),
        "a.csv": table.getvalue().encode(),
        "b.csv": table.getvalue().encode("gb18030"),
        "c.csv": table.getvalue().encode("utf-16"),
        "a.txt": lines.encode(),
        "a.parquet": arrow.getvalue(),
        "a.jsonl.gz": gzip.compress(lines.encode(), mtime=0),
        "a.jsonl.zst": pa.compress(lines.encode(), "zstd", asbytes=True),
    }


WHOLE = whole_files()
CHANGE = st.tuples(
    st.sampled_from(["flip", "cut", "drop", "insert", "double"]), st.floats(0, 1), st.binary(min_size=1, max_size=8)
)


def mutate(data, changes):
    for kind, where, junk in changes:
        at = int(where * len(data))
        if kind == "flip":
            data = data[:at] + junk + data[at + len(junk) :]
        elif kind == "cut":
            data = data[:at]
        elif kind == "drop":
            data = data[:at] + data[at + len(junk) :]
        elif kind == "insert":
            data = data[:at] + junk + data[at:]
        else:
            data = data[: at + 200] + data[at:]
    return data


@pytest.mark.parametrize(
    "examples", [pytest.param(25, id="small"), pytest.param(600, id="full", marks=pytest.mark.faults)]
)
def test_mutated_files(tmp_path, examples):
    """A damaged file is read to its last row, or refused in one line that names it."""

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(WHOLE)), st.lists(CHANGE, min_size=1, max_size=4))
    def check(name, changes):
        path = tmp_path / name
        path.write_bytes(mutate(WHOLE[name], changes))
        try:
            tally = score(tmp_path, path)
        except AutowrittenError as error:
            refused = str(error)
            assert name in refused
            assert len(safe(refused)) < 5000
            return
        if name in ("a.jsonl", "a.txt"):  # here a row is a line, so the sum is known beforehand
            lines = path.read_bytes().split(b"\n")
            blank = name == "a.jsonl"
            decoded = [line.decode("utf-8", "replace") for line in lines]
            counted = sum(1 for line in decoded if line.strip()) if blank else len(lines) - (lines[-1] == b"")
            assert (
                tally.rows in (counted, *range(counted - 1, counted + 2))
                or open_posts([str(path)])[0].encoding != "utf-8"
            )

    check()


def test_a_flip_in_json_lines_costs_one_row(tmp_path):
    """Set every byte of one line to junk, one after the other: all other rows are still scored."""
    lines = WHOLE["a.jsonl"].splitlines(keepends=True)
    middle = lines[30]
    for at in range(len(middle) - 1):
        broken = middle[:at] + b"\xff" + middle[at + 1 :]
        path = tmp_path / "in.jsonl"
        path.write_bytes(b"".join([*lines[:30], broken, *lines[31:]]))
        items = list(open_posts([str(path)])[0])
        assert [item.line for item in items if isinstance(item, Reject)] == [31]
        assert len(items) == 60
