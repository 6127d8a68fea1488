"""What the report says of all posts together."""

import pytest

from autowritten.report.html import data
from autowritten.score import Verdict
from autowritten.scored import verdict_rate
from tests.report.scored_posts import START, post, unscored

DAY = 86_400.0


def test_counts_and_what_to_expect_by_mistake(bundle):
    posts = [post(bundle, logit=99.0), post(bundle, logit=0.5), post(bundle, logit=99.0, tokens=3), unscored()]
    total = data.total(posts)
    assert total.counts == {Verdict.MACHINE: 1, Verdict.UNDECIDED: 3}
    assert (total.posts, total.judged) == (4, 2)
    assert total.expected(0.01) == pytest.approx(0.02)


@pytest.mark.parametrize("rate", [0.05, 0.01])
@pytest.mark.parametrize("fast", [False, True])
def test_the_rate_is_told_by_the_verdicts(bundle, rate, fast):
    posts = [post(bundle, logit=place / 20 - 3, rate=rate, fast=fast) for place in range(200)]
    assert verdict_rate(posts, bundle) == (rate, 0)


def test_verdicts_of_another_bundle_are_counted(bundle):
    posts = [post(bundle, logit=place / 20 - 3) for place in range(200)]
    human = [each for each in posts if each.verdict is not Verdict.MACHINE]
    human[0].verdict = human[1].verdict = Verdict.MACHINE
    assert verdict_rate(posts, bundle) == (0.01, 2)


def test_posts_that_cannot_tell_have_the_default_rate(bundle):
    assert verdict_rate([post(bundle, logit=99.0), unscored()], bundle) == (0.01, 0)


def test_rare_languages_are_put_together(bundle):
    codes = ["en"] * 40 + [f"x{number}" for number in range(20) for _ in range(20 - number)]
    groups = data.by_language([post(bundle, language=code) for code in codes])
    assert [group.name for group in groups][:2] == ["en", "x0"]
    assert groups[-1].name == "other"
    assert len(groups) == 12
    assert sum(group.posts for group in groups) == len(codes)


def test_distribution_holds_both_ends(bundle):
    posts = [post(bundle, probability=p) for p in (0.0, 0.049, 0.05, 0.999, 1.0)] + [unscored()]
    groups = data.distribution(posts)
    assert [group.posts for group in groups] == [2, 1] + [0] * 17 + [2]
    assert (groups[0].name, groups[-1].name) == ("0–5", "95–100")


def test_threshold_range_is_that_of_the_posts(bundle):
    posts = [post(bundle, logit=place / 50 - 1, tokens=tokens) for place in range(400) for tokens in (9, 40)]
    low, high = data.threshold_range(posts, bundle, 0.01)
    machine = [each.probability for each in posts if each.verdict is Verdict.MACHINE]
    assert 0.0 < low <= high < 1.0
    assert low <= min(machine)
    assert all(each.verdict is Verdict.MACHINE for each in posts if each.probability >= high)
    assert data.threshold_range([unscored()], bundle, 0.01) is None


@pytest.mark.parametrize(
    ("days", "unit", "bars", "first"),
    [
        (0.0, "hour", 1, "2025-05-11 08:00"),
        (2.0, "hour", 49, "2025-05-11 08:00"),
        (30.0, "day", 31, "2025-05-11"),
        (300.0, "week", 44, "2025-05-05"),
        (1500.0, "month", 50, "2025-05-01"),
        (6000.0, "year", 17, "2025-01-01"),
    ],
)
def test_time_is_cut_so_that_bars_are_few_and_none_is_missing(bundle, days, unit, bars, first):
    posts = [post(bundle, time=START), post(bundle, time=START + days * DAY), unscored()]
    told, groups = data.over_time(posts)
    assert (told, len(groups), groups[0].name) == (unit, bars, first)
    assert sum(group.posts for group in groups) == 2


def test_no_times_no_bars(bundle):
    assert data.over_time([unscored()])[1] == []


def test_accounts_are_pooled_as_the_accounts_command_does(bundle):
    posts = [post(bundle, f"post {n}", 9.0, account="bot") for n in range(30)] + [post(bundle, account=None)]
    found = data.pooled_accounts(posts, bundle)
    assert [(one.account, one.posts) for one in found.accounts] == [("bot", 30)]
    assert (found.fpr, found.fdr) == (0.05, 0.05)
    assert data.pooled_accounts([unscored()], bundle) is None


def test_posts_know_their_campaign(bundle):
    text = "multiple owners report sudden power loss on the {} motorway, the maker must answer to its customers now"
    flood = [
        post(bundle, text.format(road), 9.0, account=f"bot{bot}", id=f"{bot}-{road}")
        for bot in range(8)
        for road in ("northern", "southern", "western", "eastern")
    ]
    others = ["what a lovely morning by the canal", "my landlord never answers the phone", "lol no"]
    posts = [post(bundle, text, account=text) for text in others] + flood
    (found,) = data.campaigns(posts, bundle)
    assert len(found.campaign.accounts) == 8
    assert found.examples[0] in {each.text for each in flood}
    assert [posts[place] for place in found.places] == flood
