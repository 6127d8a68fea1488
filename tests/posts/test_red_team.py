"""What a red team lost or crashed when reading files, each found again."""

import bz2
import gzip
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from autowritten.errors import UsageError
from autowritten.posts import ReadOptions, Reject, open_posts
from autowritten.posts import read_text as reading
from autowritten.posts.encoding import detect_encoding

CHINESE = "这是一个测试，我们在这里写一些普通的话，看看结果如何"


def read(path, **options):
    (file,) = open_posts([str(path)], ReadOptions(**options))
    items = list(file)
    rows = [item.data for item in items if not isinstance(item, Reject)]
    return file, rows, [item for item in items if isinstance(item, Reject)]


def test_one_stray_byte_does_not_turn_utf8_further_on_into_another_encoding(tmp_path):
    path = tmp_path / "glued.txt"
    path.write_bytes(
        b"plain english line\n" * 20_000 + b"caf\xe9 at the start\n" + "j’ai mangé à Orléans\n".encode() * 3000
    )
    path.write_bytes(b"caf\xe9 first\n" + path.read_bytes())
    file, rows, rejects = read(path)
    assert file.encoding == "utf-8"
    assert (len(rows), [item.reason for item in rejects]) == (23_000, ["bad_encoding"] * 2)
    assert rows[-1] == {"text": "j’ai mangé à Orléans"}


def test_western_files_are_still_read_as_they_were(tmp_path):
    path = tmp_path / "latin.txt"
    path.write_bytes("j'ai mangé à Orléans\n".encode("cp1252") * 30_000)
    assert read(path)[0].encoding == "cp1252"


@pytest.mark.parametrize(
    "data",
    [
        b"id,text\n1,ab\0cd efgh ijkl\n2,good post here ok\n",
        b'{"text": "a\0b c d"}\n{"text": "good post"}\n',
        b"a\0b\nc\n",
    ],
)
def test_zero_bytes_do_not_make_utf16(tmp_path, data):
    path = tmp_path / "zero"
    path.write_bytes(data)
    file, rows, rejects = read(path)
    assert file.encoding == "utf-8"
    assert len(rows) + len(rejects) == 2


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("form", ["csv", "jsonl", "lines"])
@pytest.mark.parametrize(
    "text", [CHINESE, "J’ai mangé à Orléans, et vous ?", "Сегодня опять отключили воду", "한국어 게시물입니다"]
)
def test_utf16_without_a_mark_is_detected_in_every_script(tmp_path, codec, form, text):
    rows = {
        "csv": "id,text\r\n" + "".join(f'{n},"{text}"\r\n' for n in range(30)),
        "jsonl": "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for _ in range(30)),
        "lines": (text + "\n") * 30,
    }[form]
    path = tmp_path / f"x.{form}"
    path.write_bytes(rows.encode(codec))
    file, found, rejects = read(path, format=form)
    assert (file.encoding, len(found), rejects) == (codec, 30, [])
    assert found[0]["text"] == text


@pytest.mark.parametrize(
    "text", [CHINESE, "plain english words and more", "déjà vu à Orléans", "漢字とかな", "🙂🙃 ok", "繁體中文測試一下"]
)
def test_utf8_is_never_taken_for_utf16(text):
    for size in range(1, 40):
        assert detect_encoding((text + "\n").encode() * size) == "utf-8"


@pytest.mark.parametrize("form", ["lines", "csv"])
def test_a_long_line_in_a_file_of_lone_carriage_returns_costs_itself(tmp_path, monkeypatch, form):
    monkeypatch.setattr(reading, "LINE_LIMIT", 1000)
    path = tmp_path / "cr.txt"
    path.write_bytes(b"text\rfirst\r" + b"x" * 2500 + b"\r" + b"line\r" * 100)
    _, rows, rejects = read(path, format=form, text="text")
    assert len(rows) == 101 + (form == "lines")
    assert [item.reason for item in rejects] == ["too_long"]


@pytest.mark.parametrize("depth", [100, 190, 480, 600, 990, 1500, 100_000])
@pytest.mark.parametrize("column", ["x", "text"])
@pytest.mark.parametrize("form", ["jsonl", "json"])
def test_nesting_of_any_depth_is_a_matter_of_its_row(tmp_path, depth, column, form):
    deep = json.dumps({"text": "fine"})[:-1] + f', "{column}": ' + "[" * depth + "]" * depth + "}"
    good = [json.dumps({"text": f"good post {n}"}) for n in range(3)]
    lines = [good[0], deep, *good[1:]]
    path = tmp_path / f"x.{form}"
    path.write_text("\n".join(lines) if form == "jsonl" else "[" + ",\n".join(lines) + "]")
    _, rows, rejects = read(path, text="text")
    assert [row["text"] for row in rows if row["text"] in [f"good post {n}" for n in range(3)]] == [
        f"good post {n}" for n in range(3)
    ]
    assert len(rows) + len(rejects) == 4
    assert len(rejects) == (depth >= 200)


def test_one_element_that_is_too_long_is_one_reject(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LINE_LIMIT", 200_000)
    odd = 'a "quoted" \\ } { ] [ \n' * 40_000
    rows = [{"text": "one"}, {"text": odd, "more": [{"x": odd}]}, {"text": "two"}, {"text": "three"}]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(rows))
    _, found, rejects = read(path)
    assert [row["text"] for row in found] == ["one", "two", "three"]
    assert [(item.reason, item.length > 1_000_000) for item in rejects] == [("too_long", True)]


def test_one_cell_that_is_too_long_is_one_reject(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LINE_LIMIT", 1000)
    path = tmp_path / "x.csv"
    path.write_text('id,text\n1,"' + "x" * 3000 + '\nsecond line of the cell\nthird"\n2,fine\n', newline="")
    _, rows, rejects = read(path)
    assert rows == [{"id": "2", "text": "fine"}]
    assert [(item.reason, item.line) for item in rejects] == [("too_long", 2)]


def test_a_struct_with_twin_names_is_read(tmp_path):
    twin = pa.StructArray.from_arrays([pa.array([1, 2]), pa.array(["a", "b"])], names=["x", "x"])
    listed = pa.ListArray.from_arrays([0, 1, 2], twin)
    pq.write_table(pa.table({"text": ["one", "two"], "odd": twin, "list": listed}), tmp_path / "x.parquet")
    _, rows, rejects = read(tmp_path / "x.parquet")
    assert rejects == []
    assert [row["text"] for row in rows] == ["one", "two"]
    assert rows[1]["odd"] == {"x": 2, "x_2": "b"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"encoding": "utf-16"}, "without a byte-order mark: say --encoding utf-16-le"),
        ({"format": "csv", "delimiter": "ab"}, "a delimiter is one character, not 'ab'"),
        ({"format": "csv", "delimiter": '"'}, "a delimiter is one character"),
        ({"format": "csv", "delimiter": ""}, "a delimiter is one character"),
    ],
)
def test_wrong_options_are_one_clear_line(tmp_path, options, words):
    path = tmp_path / "x.csv"
    path.write_text("id,text\n1,fine\n")
    with pytest.raises(UsageError, match=words):
        read(path, **options)


def test_parquet_under_another_format_is_one_clear_line(tmp_path):
    pq.write_table(pa.table({"text": ["one"]}), tmp_path / "x.csv")
    with pytest.raises(UsageError, match="this is a Parquet file, not csv"):
        read(tmp_path / "x.csv", format="csv")


def _zip(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "text\none\n")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bz2.compress(b"text\none\n"), "bunzip2"),
        (gzip.compress(gzip.compress(b"text\none\n")), "gzip in gzip"),
        (_zip("posts.csv"), "zip archive"),
        (_zip("xl/workbook.xml"), "Excel workbook"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "old Excel"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    ],
)
def test_other_kinds_of_files_get_advice(tmp_path, data, words):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(UsageError, match=words):
        read(tmp_path / "x")


@pytest.mark.parametrize("indent", [None, 1])
def test_a_wrapped_export_is_told_where_its_posts_are(tmp_path, indent):
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"meta": {"n": 2}, "data": [{"text": "one"}, {"text": "two"}]}, indent=indent))
    with pytest.raises(UsageError, match=r"posts in 'data'.*jq -c '\.data\[\]'"):
        read(path)
