"""Every format, every way it breaks: each row comes out once, in order."""

import csv
import gzip
import io
import json
import lzma
import os
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts import PostFile, ReadOptions, Reject, open_posts
from autowritten.posts import read_text as readers
from autowritten.posts.source import expand

ROWS = [
    {"id": str(n), "text": text} for n, text in enumerate(["one", "two\nlines", 'a "quote"', "", "五, 六；七\u2028八"])
]


def write(path, data):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return str(path)


def jsonl(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def table(rows, delimiter=","):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(path, **options):
    return list(PostFile(str(path), ReadOptions(**options)))


def summed(items):
    return [(item.line, item.reason) if isinstance(item, Reject) else (item.line, item.data["text"]) for item in items]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("a.jsonl", jsonl(ROWS)),
        ("a.ndjson", jsonl(ROWS)),
        ("a.json", json.dumps(ROWS)),
        ("a.json", json.dumps(ROWS, indent=2)),
        ("a.json", jsonl(ROWS)),
        ("a.json", "\n".join(json.dumps(row, indent=1) for row in ROWS)),
        ("a.csv", table(ROWS)),
        ("a.csv", table(ROWS, ";")),
        ("a.csv", table(ROWS, "|")),
        ("a.csv", "sep=;\r\n" + table(ROWS, ";")),
        ("a.tsv", table(ROWS, "\t")),
        ("a.csv", table(ROWS, "\t")),
        ("a.csv", table(ROWS).replace("\r\n", "\n")),
        ("unknown", jsonl(ROWS)),
        ("unknown", json.dumps(ROWS)),
        ("unknown.dat", table(ROWS)),
    ],
)
def test_formats(tmp_path, name, body):
    assert [item.data for item in read(write(tmp_path / name, body) and tmp_path / name)] == ROWS


@pytest.mark.parametrize("suffix", ["gz", "xz", "zst", "misnamed"])
def test_compression_is_told_by_the_bytes(tmp_path, suffix):
    body = jsonl(ROWS).encode()
    if suffix == "zst":
        packed = pa.compress(body, "zstd", asbytes=True)
    else:
        packed = lzma.compress(body) if suffix == "xz" else gzip.compress(body) + gzip.compress(b"")
    path = tmp_path / f"posts.jsonl.{suffix}"
    path.write_bytes(packed)
    file = PostFile(str(path))
    assert [item.data for item in file] == ROWS
    assert f"({file.source.compression})" in file.describe()


def test_parquet_keeps_rows_and_turns_values_into_json(tmp_path):
    columns = {
        "text": pa.array(["one", None, "三"]).dictionary_encode(),
        "when": pa.array([1, None, 1746100800123456789], pa.timestamp("ns")),
        "money": pa.array(["1.10", "2.00", None]).cast(pa.decimal128(9, 2)),
        "raw": pa.array([b"plain", b"\xff", None]),
        "tags": pa.array([["a"], [], None]),
        "n": pa.array([1, 2, 3]),
    }
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    items = read(tmp_path / "a.parquet")
    assert items[0].data == {
        "text": "one", "when": "1970-01-01 00:00:00.000000001", "money": "1.10", "raw": "plain", "tags": ["a"], "n": 1
    }  # fmt: skip
    assert (items[1].line, items[1].reason) == (2, "bad_encoding")
    assert items[2].data["when"] == "2025-05-01 12:00:00.123456789"


def test_parquet_with_text_that_is_not_utf8(tmp_path):
    bad = pa.Array.from_buffers(pa.string(), 2, pa.array([b"\xff\xfe", b"good"]).buffers())
    pq.write_table(pa.table({"text": bad}), tmp_path / "a.parquet")
    assert summed(read(tmp_path / "a.parquet")) == [(1, "bad_encoding"), (2, "good")]


def test_damaged_files_are_named_in_one_line(tmp_path):
    pq.write_table(pa.table({"text": [os.urandom(20).hex() for _ in range(5000)]}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    write(tmp_path / "cut.parquet", whole[: len(whole) // 2])
    write(tmp_path / "hole.parquet", whole[:60_000] + bytes(30_000) + whole[90_000:])
    packed = gzip.compress(jsonl([{"text": os.urandom(20).hex()} for _ in range(50_000)]).encode())
    write(tmp_path / "cut.jsonl.gz", packed[:-1000])
    zipped = pa.compress(jsonl([{"text": os.urandom(20).hex()} for _ in range(50_000)]).encode(), "zstd", asbytes=True)
    write(tmp_path / "cut.jsonl.zst", zipped[:-1000])
    for name in ("cut.parquet", "hole.parquet", "cut.jsonl.gz", "cut.jsonl.zst", "missing.jsonl"):
        with pytest.raises(AutowrittenError, match=name) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert caught.value.exit_code == 3
    with pytest.raises(AutowrittenError, match=r"[Ii]s a directory"):
        read(tmp_path)
    with pytest.raises(AutowrittenError, match="no file matches"):
        expand([str(tmp_path / "*.nope")])


def test_bad_json_lines(tmp_path):
    lines = [
        '{"text": "good"}', "", "{", "[1]", '"text"', "nul", '{"text": "x"} y', '{"text": NaN}', "[" * 100_000,
        '{"text": ' + "1" * 5000 + "}", '{"text": "last, with no end of line"}',
    ]  # fmt: skip
    items = read(write(tmp_path / "a.jsonl", "\n".join(lines)))
    told = [(item.line, item.reason if isinstance(item, Reject) else item.data["text"]) for item in items]
    assert told == [
        (1, "good"), (3, "bad_json"), (4, "not_an_object"), (5, "not_an_object"), (6, "bad_json"), (7, "bad_json"),
        (8, None), (9, "bad_json"), (10, "bad_json"), (11, "last, with no end of line"),
    ]  # fmt: skip


def test_a_broken_array_loses_only_the_broken_element(tmp_path):
    good = [{"text": f"post {n}"} for n in range(9)]
    parts = [json.dumps(row) for row in good]
    parts[4] = '{"text": "bro"ken}'
    body = "[\n" + ",\n".join(parts) + "\n]"
    expected = [(n + 2, f"post {n}" if n != 4 else "bad_json") for n in range(9)]
    assert summed(read(write(tmp_path / "a.json", body))) == expected
    one_line = "[" + ",".join(parts) + "]"
    assert [text for _, text in summed(read(write(tmp_path / "b.json", one_line)))] == [text for _, text in expected]
    cut = json.dumps(good)[:-12]
    assert [text for _, text in summed(read(write(tmp_path / "c.json", cut)))][-2:] == ["post 7", "bad_json"]


def test_array_elements_across_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "_CHUNK", 7)
    rows = [{"text": "x" * n, "n": n * 111} for n in range(30)]
    for body in (json.dumps(rows), json.dumps(rows, indent=3), jsonl(rows)):
        assert [item.data for item in readers.read_json(io.StringIO(body))] == rows


def test_overlong_lines_cost_no_memory_and_no_neighbour(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "LINE_LIMIT", 1000)
    lines = ['{"text": "a"}', '{"text": "' + "x" * 5000 + '"}', '{"text": "b"}']
    items = read(write(tmp_path / "a.jsonl", "\n".join(lines) + "\n"))
    assert summed(items) == [(1, "a"), (2, "too_long"), (3, "b")]
    assert items[1].length == 5013
    items = read(write(tmp_path / "a.csv", "id,text\n1,a\n2," + "x" * 5000 + "\n3,b\n"))
    assert summed(items) == [(2, "a"), (3, "too_long"), (4, "b")]


def test_an_open_quote_costs_one_row(tmp_path):
    body = 'id,text\n1,"never closed\n2,two\n3,"three"\n4,"two\nlines"\n5,"st"ray"\n6,six\n7,"open at the end\n8,eight'
    assert summed(read(write(tmp_path / "a.csv", body))) == [
        (2, "bad_row"), (3, "two"), (4, "three"), (5, "two\nlines"), (7, "bad_row"), (8, "six"), (9, "bad_row"),
        (10, "eight"),
    ]  # fmt: skip


def test_ragged_csv(tmp_path):
    items = read(write(tmp_path / "a.csv", "text,a,b\n\none\ntwo,2,3,4\nthree,2,3,,\n"))
    assert items[0].data == {"text": "one"}
    assert (items[1].line, items[1].reason, items[1].raw) == (4, "bad_row", "two,2,3,4\n")
    assert items[2].data == {"text": "three", "a": "2", "b": "3"}


def test_header_names_are_made_unique(tmp_path):
    assert readers.unique_names(["text", "", "text", "text_2", " a "]) == [
        "text",
        "column_2",
        "text_2",
        "text_2_2",
        "a",
    ]
    assert read(write(tmp_path / "a.csv", "text,text\n1,2\n"))[0].data == {"text": "1", "text_2": "2"}


def test_plain_lines_keep_blank_ones(tmp_path):
    assert summed(read(write(tmp_path / "a.txt", "one\r\n\n three \nfour"))) == [
        (1, "one"),
        (2, ""),
        (3, " three "),
        (4, "four"),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt", "a"])
def test_empty_files(tmp_path, name):
    assert read(write(tmp_path / name, "")) == []


def test_only_a_header(tmp_path):
    file = PostFile(write(tmp_path / "a.csv", "id;full_text\n"))
    assert (list(file), file.columns.text, file.delimiter) == ([], "full_text", ";")


def test_globs_in_order_and_literal_stars(tmp_path):
    for name in ("b.jsonl", "a.jsonl", "x*.jsonl"):
        write(tmp_path / name, jsonl([{"text": name}]))
    files = open_posts([f"{tmp_path}/[ab].jsonl", f"{tmp_path}/x*.jsonl"])
    assert [next(iter(file)).data["text"] for file in files] == ["a.jsonl", "b.jsonl", "x*.jsonl"]
    with pytest.raises(AutowrittenError, match="only once"):
        expand(["-", "-"])


def test_a_pipe_is_read_once(tmp_path):
    fifo = str(tmp_path / "fifo")
    os.mkfifo(fifo)
    rows = [{"text": f"post {n} " + "x" * 50} for n in range(20_000)]  # more than the sample
    feeder = threading.Thread(target=lambda: Path(fifo).write_bytes(jsonl(rows).encode()))
    feeder.start()
    file = PostFile(fifo)
    assert [item.data for item in file] == rows
    feeder.join()
    with pytest.raises(AutowrittenError, match="only once"):
        list(file)


def test_wrong_use(tmp_path):
    path = write(tmp_path / "a.csv", "a,b\n1,2\n")
    with pytest.raises(UsageError, match="--text"):
        read(path)
    with pytest.raises(UsageError, match="no format 'xml'"):
        read(path, format="xml", text="a")
