"""Links and hashtags posted at the same moment."""

import random

from autowritten.campaigns import find_in_columns
from autowritten.campaigns.marks import marks, moments

HOUR = 3600.0


def test_links_and_hashtags_are_read():
    assert marks("see https://www.Example.org/a/b/?utm_source=x#top #Now!") == {"example.org/a/b", "#now"}
    assert marks("http://t.co/abc，真的 #奥蕾莉亚# 好") == {"t.co/abc", "#奥蕾莉亚"}
    assert marks("nothing here, C# and http") == set()


def test_a_moment_is_a_minute_with_more_than_one_account():
    accounts = ["a", "b", "c", "a", "d"]
    rows, labels, names = moments(accounts, ["x #tag"] * 5, [0.0, 59.0, 61.0, 62.0, 500.0])
    assert names == ["#tag", "#tag"]
    assert sorted(zip(labels.tolist(), rows.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 2), (1, 3)]
    assert moments(["a", "a"], ["x #tag"] * 2, [0.0, 1.0])[2] == []
    assert moments(["a", "b"], ["x #tag"] * 2, [0.0, None])[2] == []


def crowd(together):
    """Posts of 300 people who use one hashtag all evening, and of 8 who post the same link in the same minutes or not."""
    draw = random.Random(3)
    rows = [(f"h{draw.randrange(300)}", f"what a match {n} #final", draw.uniform(0, 3 * HOUR)) for n in range(3000)]
    for turn in range(6):
        start = draw.uniform(0, 200 * HOUR)
        for n in range(8):
            when = start + draw.uniform(0, 50) if together else draw.uniform(0, 200 * HOUR)
            said = " ".join("".join(draw.choices("abcdefgh", k=6)) for _ in range(9))
            rows.append((f"c{n}", f"{said} https://news.example/{turn}", when))
    return [list(column) for column in zip(*rows, strict=True)]


def test_accounts_that_post_the_same_links_together_are_a_campaign():
    accounts, texts, times = crowd(together=True)
    (found,) = find_in_columns(accounts, texts, times=times)
    assert sorted(found.accounts) == [f"c{n}" for n in range(8)]
    assert (found.moments, found.clusters) == (6, 0)
    assert "within a minute of each other, 6 times" in found.why
    assert "news.example/" in found.template


def test_a_busy_evening_or_the_same_links_at_other_times_are_none():
    accounts, texts, times = crowd(together=False)
    assert find_in_columns(accounts, texts, times=times) == []
