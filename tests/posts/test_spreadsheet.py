"""CSV for people: no cell of it is a formula, however the spreadsheet cuts it into cells."""

import csv
import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowritten.posts.spreadsheet import harmless, write_spreadsheet

BLANKS = ("", " ", "\u00a0", "\ufeff", "\u200b", "\u2060", "\u3000", "\t", "\x00", '"', " \u200b \u00a0")
BEFORE = ("", "hello;", "hello\t", "hello\n", "x;;", 'say ";', "a,b;c\r")


def written(cell):
    file = io.BytesIO()
    write_spreadsheet(file, ["a", "b"], [["first", cell]])
    return file.getvalue().decode("utf-8-sig")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_a_formula_is_text_whatever_stands_before_it(separator, sign):
    for blank, before in itertools.product(BLANKS, BEFORE):
        table = written(f"{before}{blank}{sign}cmd|'/C calc'!A0;bye")
        assert "'/C calc'!A0" in table
        for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator):
            assert not [cell for cell in row if cell.lstrip("".join(BLANKS)).startswith(sign)]


@given(st.text(st.sampled_from('=+-@;\t\n\r ,"\u200b\ufeffx1'), max_size=12))
def test_no_text_makes_a_formula(text):
    table = written(text)
    for separator in ",;\t":
        for row in csv.reader(io.StringIO(table, newline=""), delimiter=separator):
            for cell in row:
                start = cell.lstrip(' \t\r\n\u200b\ufeff"')
                number = cell.strip().replace("_", "")
                assert not start.startswith(tuple("=+-@")) or number == text.strip().replace("_", "")


def test_every_text_is_quoted_and_numbers_are_not():
    file = io.BytesIO()
    write_spreadsheet(file, ["id", "=n"], [["1", 2.5], ["-3.5", None]])
    assert file.getvalue() == b'\xef\xbb\xbf"id","\'=n"\r\n"1",2.5\r\n"-3.5",""\r\n'


def test_characters_that_act_are_written_as_escapes():
    assert harmless("a\x1b[2J \x9b2J \u202eevil \ud800\t\n") == "a\\x1b[2J \\x9b2J \\u202eevil \ud800\t\n"
