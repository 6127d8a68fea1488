"""An honest account can't be made a member of a campaign by others who copy it."""

import random

import pytest

from autowritten.campaigns import find_in_columns

HOUR = 3600.0


def vocabulary(size, seed=7):
    draw = random.Random(seed)
    return ["".join(draw.choices("abcdefghijklmnoprstuvw", k=7)) for _ in range(size)]


def crowd(seed=0, people=60, posts=10):
    """People who post each for themselves: (account, text, time)."""
    draw = random.Random(seed)
    words = vocabulary(3000)
    return [
        (f"person{p}", " ".join(draw.sample(words, 14)), draw.random() * 200 * HOUR)
        for p in range(people)
        for _ in range(posts)
    ]


def found_in(posts):
    accounts, texts, times = zip(*posts, strict=True)
    return find_in_columns(accounts, texts, times=times)


@pytest.mark.parametrize("copied", [1, 2, 3, 5, 10, 20, 30])
@pytest.mark.parametrize("bots", [6, 10])
def test_copying_an_account_does_not_make_it_a_member(copied, bots):
    posts = crowd()
    draw = random.Random(1)
    victim = [("victim", text, time) for _, text, time in crowd(seed=9, people=3)]
    posts += victim
    for bot in range(bots):
        posts += [
            (f"bot{bot}", text + draw.choice(["", "!", " ok"]), time + draw.uniform(30, 3 * HOUR))
            for _, text, time in victim[:copied]
        ]
    for campaign in found_in(posts):
        assert "victim" not in campaign.accounts
        assert all(posts[row][0] != "victim" for row in campaign.rows)
        assert {f"bot{bot}" for bot in range(bots)} >= set(campaign.accounts)
    if copied >= 10 and bots == 10:
        (campaign,) = found_in(posts)
        assert len(campaign.accounts) == bots
        assert campaign.copied == ("victim",)


@pytest.mark.parametrize("mark", ["#ourstreet", "https://example.org/a-page"])
def test_stealing_a_hashtag_or_a_link_does_not_make_its_owner_a_member(mark):
    posts = crowd()
    victim = [("victim", text, time) for _, text, time in crowd(seed=9, people=3)]
    victim[4] = ("victim", f"{victim[4][1]} {mark}1", victim[4][2])
    victim[8] = ("victim", f"{victim[8][1]} {mark}2", victim[8][2])
    posts += victim
    draw = random.Random(2)
    for bot in range(10):
        for n, place in ((1, 4), (2, 8)):
            text = " ".join(draw.sample(vocabulary(500, 11), 9))
            posts.append((f"bot{bot}", f"{text} {mark}{n}", victim[place][2] + draw.uniform(5, 40)))
    for campaign in found_in(posts):
        assert "victim" not in campaign.accounts


def test_the_members_of_a_campaign_stay_whoever_was_first():
    posts = crowd()
    draw = random.Random(3)
    for _ in range(6):
        base = " ".join(draw.sample(vocabulary(400, 12), 14))
        start = draw.random() * 100 * HOUR
        posts += [
            (f"bot{bot}", f"{base} {draw.choice(['', 'now', 'really'])}", start + draw.random() * HOUR)
            for bot in range(12)
        ]
    (campaign,) = found_in(posts)
    assert len(campaign.accounts) >= 11
