"""Nobody is made a member of a campaign by what others do."""

import random

import numpy as np
import pytest

from autowritten.campaigns import find_in_columns
from autowritten.campaigns.framing import firsts
from training.generate.template import campaign

DAY = 86_400.0
HOUR = 3600.0
SYLLABLES = ("ka", "lo", "mi", "ne", "ru", "sa", "tu", "vi", "bra", "den", "fol", "gat", "hin", "jor", "pel", "zom")
WORDS = [a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES]
BOTS = 10
POSTS = 30


def text(draw):
    return " ".join(draw.choices(WORDS, k=14))


def people(draw):
    """600 posts of 100 accounts who have nothing to do with each other."""
    return [(f"h{n % 100}", text(draw), draw.uniform(0, 10 * DAY)) for n in range(600)]


def victim(draw, marked=""):
    return [("victim", f"{text(draw)}{marked and f' {marked}{n}'}", 8 * 3600.0 * (n + 1)) for n in range(POSTS)]


def find(rows):
    random.Random(9).shuffle(rows)
    accounts, texts, times = zip(*rows, strict=True)
    return find_in_columns(accounts, texts, times=times)


def parts(found):
    return {name for each in found for name in each.accounts}, {
        name for each in found for name in (*each.copied, *each.touched)
    }


BOT_NAMES = {f"bot{n}" for n in range(BOTS)}


@pytest.mark.parametrize("copied", [1, 2, 3, 5, 10, 20, 30])
@pytest.mark.parametrize("delay", [5.0, 6 * 3600.0])
def test_whose_posts_are_copied_is_no_member(copied, delay):
    draw = random.Random(copied)
    posts = victim(draw)
    rows = people(draw) + posts
    for bot in range(BOTS):
        rows += [(f"bot{bot}", said, when + draw.uniform(1, delay)) for _, said, when in posts[:copied]]
    members, hit = parts(find(rows))
    assert "victim" not in members
    if copied >= 3:
        assert members == BOT_NAMES
        assert hit == {"victim"}


@pytest.mark.parametrize("copied", [5, 10, 30])
def test_whose_posts_are_copied_in_other_words_is_no_member(copied):
    draw = random.Random(copied)
    posts = victim(draw)
    rows = people(draw) + posts
    for bot in range(BOTS):
        for _, said, when in posts[:copied]:
            words = said.split()
            words[draw.randrange(len(words))] = draw.choice(WORDS)
            rows.append((f"bot{bot}", " ".join(words), when + draw.uniform(1, 3600)))
    members, hit = parts(find(rows))
    assert "victim" not in members
    assert members >= BOT_NAMES
    assert "victim" in hit


@pytest.mark.parametrize("stolen", [1, 2, 5, 15, 30])
@pytest.mark.parametrize("mark", ["#mine", "https://my.example/"])
def test_whose_hashtags_or_links_are_stolen_within_the_minute_is_no_member(stolen, mark):
    draw = random.Random(stolen)
    posts = victim(draw, mark)
    rows = people(draw) + posts
    for _, said, when in draw.sample(posts, stolen):
        rows += [(f"bot{bot}", f"{text(draw)} {said.split()[-1]}", when + draw.uniform(1, 40)) for bot in range(BOTS)]
    members, hit = parts(find(rows))
    assert "victim" not in members
    if stolen >= 2:
        assert members == BOT_NAMES
        assert hit == {"victim"}


@pytest.mark.parametrize("foreseen", [2, 5, 8])
def test_whose_posts_are_foreseen_is_no_member(foreseen):
    """Bots that know when the victim posts its hashtag are first; it is still a small part of what the victim posts."""
    draw = random.Random(foreseen)
    posts = victim(draw, "#mine")
    rows = people(draw) + posts
    for _, said, when in posts[:foreseen]:
        rows += [(f"bot{bot}", f"{text(draw)} {said.split()[-1]}", when - draw.uniform(1, 40)) for bot in range(BOTS)]
    members, hit = parts(find(rows))
    assert (members, hit) == (BOT_NAMES, {"victim"})


def test_whose_few_posts_are_copied_without_times_is_no_member():
    draw = random.Random(3)
    posts = victim(draw)
    rows = people(draw) + posts
    for bot in range(BOTS):
        rows += [(f"bot{bot}", said, None) for _, said, _ in posts[:8]]
    accounts, texts, _ = zip(*rows, strict=True)
    members, hit = parts(find_in_columns(accounts, texts))
    assert (members, hit) == (BOT_NAMES, {"victim"})


@pytest.mark.parametrize("cover", [0, 4, 10])
def test_a_campaign_with_cover_keeps_its_members(cover):
    draw = random.Random(cover)
    rows = people(draw)
    rows += [(f"c{n % 20}", said, draw.uniform(0, 2 * DAY)) for n, said in enumerate(campaign("en", 5, 100))]
    rows += [(f"c{n}", text(draw), draw.uniform(0, 10 * DAY)) for n in range(20) for _ in range(cover)]
    members, hit = parts(find(rows))
    assert (members, hit) == ({f"c{n}" for n in range(20)}, set())


def test_a_campaign_of_copies_keeps_its_members():
    draw = random.Random(1)
    said = [text(draw) for _ in range(5)]
    rows = people(draw)
    rows += [(f"c{n}", each, draw.uniform(0, 2 * DAY)) for n in range(20) for each in said]
    members, hit = parts(find(rows))
    assert members | hit == {f"c{n}" for n in range(20)}
    assert len(hit) <= 1


def test_in_one_second_nobody_is_first():
    draw = random.Random(1)
    said = [text(draw) for _ in range(5)]
    rows = people(draw) + [(f"c{n}", each, DAY * number) for n in range(20) for number, each in enumerate(said)]
    assert parts(find(rows)) == ({f"c{n}" for n in range(20)}, set())


def test_first_is_who_posted_before_any_other():
    rows, labels = np.array([0, 1, 2, 3, 4, 5]), np.array([0, 0, 1, 1, 2, 2])
    accounts, wording = ["a", "b", "b", "a", "a", "a"], np.array([0, 0, 1, 2, 3, 4])
    assert firsts(rows, labels, accounts, wording, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], ()) == {0, 2}
    assert firsts(rows, labels, accounts, wording, [1.0, 1.0, 3.0, None, 5.0, 6.0], ()) == set()
    assert firsts(rows, labels, accounts, wording, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], {0, 1}) == set()
    assert firsts(rows, labels, accounts, wording, None, ()) == set()


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
    for found in found_in(posts):
        assert "victim" not in found.accounts
        assert all(posts[row][0] != "victim" for row in found.rows)
        assert {f"bot{bot}" for bot in range(bots)} >= set(found.accounts)
    if copied >= 10 and bots == 10:
        (found,) = found_in(posts)
        assert len(found.accounts) == bots
        assert found.copied == ("victim",)


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
    for found in found_in(posts):
        assert "victim" not in found.accounts


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
    (found,) = found_in(posts)
    assert len(found.accounts) >= 11
