"""What a person sees, and what a post can't do to the terminal."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from stub_scorer import StubScorer

from autowritten.posts import Columns, Row, Tally
from autowritten.report.terminal.posts import TableSink, percent, safe, shorten, summary
from autowritten.score import Reason, Score, Verdict

NASTY = "\x1b[2J\x1b]0;owned\x07 red \x9b31m \u202eevil\u2066 \x00 \ud800 [bold]x[/bold] \r\n\ttail"


def shown(rows, width=120, batches=1, colour=True):
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, color_system="standard" if colour else None)
    sink = TableSink(console)
    for _ in range(batches):
        sink.write(rows, [], Tally())
    return out.getvalue()


def scored(text, columns=None, **data):
    score = next(StubScorer().score_many([text]))
    return Row(1, {"text": text, **data}), columns or Columns("text", "id", "account"), score


def test_posts_cannot_act_on_the_terminal():
    assert safe(NASTY) == "�[2J�]0;owned� red �31m �evil� � � [bold]x[/bold] tail"
    assert safe("naïve 中文 😀 שלום привет\u200d") == "naïve 中文 😀 שלום привет\u200d"
    page = shown([scored(NASTY, id=NASTY, account=NASTY)], colour=False)
    assert not {"\x1b", "\x07", "\x9b", "\x00", "\u202e"} & set(page)
    page.encode()


@pytest.mark.parametrize("width", [40, 80, 100, 120, 200])
def test_wide_characters_line_up_and_nothing_overflows(width):
    rows = [
        scored(
            "这车刹车又失灵了，昨天差点出事，4S店还说没问题，大家千万别买！" * 3, id="微博" * 9, account="老王的车" * 5
        ),
        scored("The brakes failed again on the motorway and nobody cares " * 3, id=17, account="@amy"),
        scored("😀👨‍👩‍👧 emoji and e\u0301 marks " * 9),
    ]
    lines = [line for line in shown(rows, width, batches=2, colour=False).splitlines() if line.strip()]
    assert len(lines) == 7  # one heading, however many batches
    assert all(cell_len(line.rstrip()) <= max(width, 74) for line in lines)
    starts = {line.rstrip().rfind("%") > 0 for line in lines[1:]}
    assert starts <= {True, False}


def test_verdicts_are_words_and_colours():
    blank = Score(None, Verdict.UNDECIDED, Reason.TOO_SHORT)
    page = shown([(Row(7, {"text": "hm"}), Columns("text"), blank), scored("post 3 that is long enough")])
    assert "undecided: too short" in page
    assert "\x1b[33m" in page
    assert any(word in page for word in ("machine", "human"))
    assert "7 " in page  # the line number stands in for an id


def test_certainty_is_never_claimed():
    assert [percent(value) for value in (None, 0.99999, 0.999, 0.5, 0.00001)] == [
        "–",
        ">99.9%",
        "99.9%",
        "50.0%",
        "<0.1%",
    ]


def test_shorten_counts_cells():
    assert shorten("中文字", 6) == "中文字"
    assert shorten("中文字", 5) == "中文…"
    assert shorten("中文字", 4) == "中…"
    assert cell_len(shorten("a" * 99, 10)) == 10


def test_the_last_line_tells_the_error_rate():
    tally = Tally(rows=1234, scored_now=1200, seconds=10)
    tally.verdicts.update({"machine": 200, "human": 1000})
    tally.rejects.update({"bad_json": 34})
    line = summary(tally, 0.005, "out.rejects.jsonl")
    assert line == (
        "1,234 rows: 200 machine, 1,000 human, 0 undecided, 34 rejected (see out.rejects.jsonl) · 120 posts/s\n"
        "Of human posts in its language and of its length, 1 in N scores as high; machine from 1 in 200 on. "
        "False-positive rate: 0.5%, so about 1 in 200 human posts is called machine. "
        "A verdict is evidence, not proof."
    )
