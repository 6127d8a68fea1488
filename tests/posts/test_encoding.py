"""The table of encodings: what exports come in, told and read without a word from the user."""

import pytest

from autowritten.errors import UsageError
from autowritten.posts import PostFile, ReadOptions, Reject, Row
from autowritten.posts.encoding import HANDLER, check_encoding, detect_encoding, escape_bad_bytes

ZH = "这车刹车又失灵了，昨天差点出事，4S店还说没问题，大家千万别买！"
FR = "Honnêtement, je ne comprends pas : le véhicule a été révisé à Orléans, ça marche très bien."
EN = "The brakes failed again — “normal”, says the dealer."
MIXED = f"{EN} {ZH} 😀"

TABLE = [
    ("utf-8", "utf-8", MIXED),
    ("utf-8-sig", "utf-8-sig", MIXED),
    ("utf-16", "utf-16", MIXED),
    ("utf-16-le", "utf-16-le", MIXED),
    ("utf-16-be", "utf-16-be", MIXED),
    ("utf-16-le", "utf-16-le", ZH),
    ("utf-32", "utf-32", MIXED),
    ("gb18030", "gb18030", f"{EN} {ZH}"),
    ("gbk", "gb18030", ZH),
    ("gb2312", "gb18030", ZH),
    ("cp1252", "cp1252", FR),
    ("cp1252", "cp1252", EN),
    ("latin-1", "cp1252", FR),
    ("ascii", "utf-8", "plain words only, nothing else"),
]


@pytest.mark.parametrize(("written", "told", "text"), TABLE)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "txt"])
def test_the_table_of_encodings(tmp_path, written, told, text, kind):
    rows = [text, text[::-1], "short"]
    path = tmp_path / f"posts.{kind}"
    body = {
        "csv": "id,text\n" + "".join(f'{n},"{row}"\n' for n, row in enumerate(rows)),
        "jsonl": "".join(f'{{"id": {n}, "text": "{row}"}}\n' for n, row in enumerate(rows)).replace('"normal"', "x"),
        "txt": "".join(f"{row}\n" for row in rows),
    }[kind]
    path.write_bytes(body.encode(written))
    file = PostFile(str(path))
    assert file.encoding == told
    assert [item.data["text"] for item in file] == rows
    assert told == "utf-8" or told in file.describe()


@pytest.mark.parametrize("encoding", ["cp1251", "big5", "shift_jis", "euc_kr"])
def test_others_are_asked_for_rather_than_guessed_wrong(tmp_path, encoding):
    text = {
        "cp1251": "Тормоза снова отказали",
        "big5": "這車煞車又失靈",
        "shift_jis": "ブレーキがまた",
        "euc_kr": "브레이크가 또",
    }
    path = tmp_path / "posts.txt"
    path.write_bytes((text[encoding] + "\n").encode(encoding) * 20)
    try:
        told = PostFile(str(path)).encoding
    except UsageError as error:
        assert "--encoding" in str(error)  # noqa: PT017 - either outcome but a silent cp1252 is right
    else:
        assert told != "cp1252"
    assert next(iter(PostFile(str(path), ReadOptions(encoding=encoding)))).data["text"] == text[encoding]


def test_unknown_encoding_name():
    for name in ("utf-88", "base64"):
        with pytest.raises(UsageError, match="--encoding"):
            check_encoding(name)


def test_one_broken_line_does_not_change_the_encoding(tmp_path):
    good = f'{{"text": "{ZH}"}}\n'.encode()
    path = tmp_path / "posts.jsonl"
    path.write_bytes(good * 5 + b'{"text": "\xff\xfe broken \x80 and a backslash \\\\"}\n' + good)
    items = list(PostFile(str(path)))
    assert [type(item) for item in items] == [Row] * 5 + [Reject] + [Row]
    assert (items[5].line, items[5].reason) == (6, "bad_encoding")
    assert "\\xff\\xfe broken \\x80 and a backslash \\\\\\\\" in escape_bad_bytes(items[5].raw)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-32-be", "gb18030", "cp1252", "shift_jis"])
def test_decoding_never_fails(encoding):
    for junk in (b"\xff\xfe\x00\x81", b"ab\x81\n\x8d", bytes(range(256)), b"\x00\xd8\x00"):
        assert junk.decode(encoding, HANDLER)
    assert escape_bad_bytes(b"ab\x81\\".decode("cp1252", HANDLER)) == "ab\\x81\\\\"


def test_a_sample_cut_within_a_character_is_still_utf8():
    body = ("中" * 100).encode()
    assert all(detect_encoding(body[:cut]) == "utf-8" for cut in range(90, 300))
