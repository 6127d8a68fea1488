"""Charts, packed posts, and the choice of posts that are shaded."""

import base64
import gzip
import json
from collections import Counter

import pytest

from autowritten.report.html import charts, packed
from autowritten.report.html import shaded as evidence
from autowritten.report.html.data import Group
from autowritten.score import Reason, Verdict
from tests.report.scored_posts import HOSTILE, many, post, unscored


def unpack(block):
    return json.loads(gzip.decompress(base64.b64decode(block)))


def test_parts_of_a_bar_stand_on_each_other():
    group = Group("day", Counter({Verdict.MACHINE: 3, Verdict.HUMAN: 5}))
    chart = charts.stacked([group, Group("next")])
    machine, human = chart.bars[0].parts
    assert (machine.verdict, human.verdict) == (Verdict.MACHINE, Verdict.HUMAN)
    assert machine.y + machine.height == charts.HEIGHT
    assert human.y + human.height == pytest.approx(machine.y)
    assert human.y == charts.HEIGHT * (1 - 8 / chart.top)
    assert chart.bars[1].parts == ()
    assert chart.labels == ("day", "next")


def test_many_bars_have_few_labels():
    assert charts.stacked([Group(str(n)) for n in range(9)]).labels == ("0", "4", "8")


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 4), (9, 10), (22, 24), (81, 100), (101, 120), (4567, 5000)]
)
def test_the_top_of_an_axis_is_round(most, top):
    assert charts.nice(most) == top
    assert top % 2 == 0


def test_packed_posts_come_back(bundle):
    posts = many(bundle, 40)
    (block,) = packed.blocks(posts, {})
    columns = unpack(block)
    assert columns["id"][-1] == "0"
    assert [list(Verdict)[number] for number in columns["verdict"]] == [each.verdict for each in posts]
    assert [list(Reason)[number] for number in columns["reason"]] == [each.reason for each in posts]
    assert columns["logit"][-1] is None
    assert len({len(column) for column in columns.values()}) == 1
    assert packed.blocks(posts, {}) == [block]


def test_posts_are_cut_into_blocks_in_order(bundle):
    posts = [post(bundle, id=str(n)) for n in range(packed.BLOCK + 1)]
    first, second = map(unpack, packed.blocks(posts, {}))
    assert (len(first["id"]), second["id"]) == (packed.BLOCK, [str(packed.BLOCK)])


def test_hostile_texts_are_made_visible():
    seen = [packed.visible(text) for text in HOSTILE]
    assert seen[0] == HOSTILE[0]  # escaping is the template's work
    assert seen[2] == "right �ot tfel� and �isolated�"
    assert seen[3] == "escape �[31mred�[0m and bell � and nul �"
    assert seen[4] == "lone � surrogate � halves"
    assert packed.visible("a\r\nb\rc\td") == "a\nb\nc\td"


def test_a_very_long_post_is_cut_and_says_so(bundle):
    columns = unpack(packed.blocks([post(bundle, HOSTILE[5])], {})[0])
    assert len(columns["text"][0]) == packed.LONGEST
    assert columns["cut"] == [len(HOSTILE[5]) - packed.LONGEST]


def test_names_are_one_short_line():
    assert packed.name("a\n b\u202e") == "a b�"
    assert len(packed.name("x" * 500)) == 120


def test_inline_json_cannot_end_its_element():
    text = packed.inline({"a": "</script><!--\ud800\u2028"})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><!--\ufffd\u2028"}


def test_the_most_telling_posts_are_chosen(bundle):
    posts = [post(bundle, f"m{n}", 50.0 - n) for n in range(20)]
    posts += [post(bundle, f"u{n}", 0.9, verdict=Verdict.UNDECIDED) for n in range(5)]
    posts += [post(bundle, f"h{n}", -5.0 - n, verdict=Verdict.HUMAN) for n in range(5)]
    posts.append(unscored())
    chosen = [posts[place].text for place in evidence.choose(posts, 10)]
    assert chosen == ["m0", "m1", "m2", "m3", "m4", "m5", "u0", "u1", "h3", "h4"]
    assert evidence.choose(posts, 0) == []
    assert len(evidence.choose(posts, 1000)) == 30


def test_repeats_and_endless_posts_are_not_chosen(bundle):
    posts = [post(bundle, "same", 9.0), post(bundle, "same", 9.0), post(bundle, "endless", 9.0, tokens=5_000)]
    assert evidence.choose(posts, 10) == [0]


def test_words_of_a_walk_join_to_the_post_as_read(bundle, detector):
    posts = [post(bundle, "the charger broke down again, @someone"), post(bundle, "充电桩又坏了")]
    walked = dict(evidence.walk(posts, [0, 1], detector.explain))
    assert "".join(word[0] for word in walked[0]) == "the charger broke down again, @user"
    assert "".join(word[0] for word in walked[1]) == "充电桩又坏了"
    assert {word[1] for words in walked.values() for word in words} <= {0, 1, 2, 3}
    assert all(word[2] >= 1 and word[3] >= 0 for words in walked.values() for word in words)
