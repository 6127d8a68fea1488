"""Campaigns among posts, and none where there is none."""

import random

import pyarrow as pa
import pytest

from autowritten.campaigns import Settings, find_in_columns
from training.generate.template import campaign

DAY = 86_400.0
SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sa", "tu", "vi", "bra", "den", "fol", "gat", "hin", "jor", "pel", "zom")
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]


def honest(number, draw):
    return [" ".join(draw.choices(WORDS, k=14)) for _ in range(number)]


@pytest.fixture
def crowd():
    """600 posts of 100 accounts who have nothing to do with each other, in random order, and 20 accounts of a campaign."""
    draw = random.Random(0)
    rows = [(f"h{n % 100}", text, draw.uniform(0, 10 * DAY), False) for n, text in enumerate(honest(600, draw))]
    for n, text in enumerate(campaign("en", 5, 80)):
        rows.append((f"c{n % 20}", text, draw.uniform(0, 2 * DAY), True))
    rows += [(f"c{n}", text, DAY, False) for n, text in enumerate(honest(20, draw))]
    draw.shuffle(rows)
    return [list(column) for column in zip(*rows, strict=True)]


def find(crowd, **options):
    accounts, texts, times, machine = crowd
    return find_in_columns(accounts, texts, times=times, machine=machine, **options)


def test_the_campaign_is_found_and_told(crowd):
    (found,) = find(crowd)
    assert sorted(found.accounts) == sorted(f"c{n}" for n in range(20))
    assert all(crowd[0][row].startswith("c") for row in found.rows)
    assert len(found.rows) >= 70
    assert found.rows == tuple(sorted(found.rows))
    assert 0 <= found.start <= found.end <= 2 * DAY
    assert found.machine == found.scored == len(found.rows)
    assert 0.7 < found.coordination < 0.85
    assert found.score > 0.99
    assert "‹" in found.template
    assert len({crowd[1][row] for row in found.examples}) == 3
    assert "20 accounts posted" in found.why
    assert "100% of it is flagged as machine-written, where people have 5%" in found.why


def test_columns_of_tables_do_as_well(crowd):
    names = ["accounts", "texts", "times", "machine"]
    table = pa.table(dict(zip(names, crowd, strict=True)))
    frame = table.to_pandas().iloc[::-1]  # an index that is not 0, 1, …
    assert find([table[name] for name in names]) == find(crowd)
    unknown = [*crowd[:2], [float("nan")] * len(crowd[0]), [None] * len(crowd[0])]
    assert find(unknown) == find([*crowd[:2], [None] * len(crowd[0]), [None] * len(crowd[0])])
    assert find([frame[name] for name in names])[0].accounts == find(crowd)[0].accounts


def test_order_of_rows_does_not_matter(crowd):
    turned = [column[::-1] for column in crowd]
    assert find(turned)[0].accounts == find(crowd)[0].accounts


def test_without_times_and_verdicts(crowd):
    (found,) = find_in_columns(crowd[0], crowd[1])
    assert (found.start, found.end, found.scored, found.machine) == (None, None, 0, 0)
    assert found.score == pytest.approx(found.coordination)
    assert "machine" not in found.why


def test_honest_posts_have_none(crowd):
    kept = [row for row in zip(*crowd, strict=True) if row[0].startswith("h")]
    assert find([list(column) for column in zip(*kept, strict=True)]) == []
    assert find_in_columns([], []) == []


def test_what_everybody_says_once_is_none():
    """A viral text, twice from a few accounts that repeat themselves."""
    text = "breaking news the bridge over the river is closed until monday morning"
    accounts = [f"a{n}" for n in range(200)] + [f"a{n}" for n in range(8)]
    texts = [text] * 200 + [f"{text} really"] * 8
    assert find_in_columns(accounts, texts) == []


def test_reposts_do_not_count():
    posts = campaign("en", 5, 80)
    accounts = [f"c{n % 20}" for n in range(80)]
    assert len(find_in_columns(accounts, posts)) == 1
    assert find_in_columns(accounts, [f"RT @x: {post}" for post in posts]) == []
    assert find_in_columns(accounts, [f"说得对//@某人:{post}" for post in posts]) == []


def test_posting_the_very_same_text_again_is_one_post():
    text = "our new summer collection is in the shops now, come and see it this week"
    accounts = [f"a{n % 10}" for n in range(60)]
    assert find_in_columns(accounts, [text] * 60) == []
    others = [text, "the sale of the winter collection ends on saturday evening, so do not miss it"]
    texts = [others[n // 10 % 2] for n in range(60)] + honest(900, random.Random(0))
    accounts += [f"h{n % 300}" for n in range(900)]
    assert [len(found.accounts) for found in find_in_columns(accounts, texts)] == [10]


def test_a_long_pause_parts_a_campaign(crowd):
    accounts, texts, times, machine = crowd
    late = [time + (300 * DAY if account in {f"c{n}" for n in range(10)} else 0.0)
            for account, time in zip(accounts, times, strict=True)]  # fmt: skip
    assert sorted(len(c.accounts) for c in find([accounts, texts, late, machine])) == [10, 10]
    assert len(find([accounts, texts, late, machine], settings=Settings(window=None))) == 1


def test_fewest_accounts(crowd):
    assert find(crowd, settings=Settings(min_accounts=21)) == []
    assert len(find(crowd, settings=Settings(min_accounts=20))) == 1


def test_two_campaigns_are_two():
    accounts, texts = [], []
    for number, name in ((5, "a"), (11, "b")):
        accounts += [f"{name}{n % 12}" for n in range(60)]
        texts += campaign("fr", number, 60)
    assert sorted(c.accounts[0][0] for c in find_in_columns(accounts, texts)) == ["a", "b"]
