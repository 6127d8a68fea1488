"""Posts pooled by account: the statistics against their definitions, and what is said of accounts."""

import math

import pyarrow as pa
import pytest

from autowritten.accounts.pool import (
    LOGIT_RHO,
    AccountReason,
    score_accounts,
)
from autowritten.errors import UsageError
from autowritten.judging.thresholds import ThresholdError
from autowritten.score import Verdict
from autowritten.scored import FLAG_RATE, from_rows


def rows(name, logits, **more):
    return [
        {"account": name, "id": f"{name}{n}", "text": f"post number {n} of {name}", "logit": logit, "language": "en",
         "tokens": 20, "model": "tiny 0", **more}
        for n, logit in enumerate(logits)
    ]  # fmt: skip


def posts(name, logits, **more):
    return list(from_rows(rows(name, logits, **more)))


def test_accounts_get_a_verdict_but_never_human(bundle):
    people = [row for n in range(20) for row in posts(f"person{n}", [-3.0] * 29 + [9.0])]
    found = score_accounts([*people, *posts("bot", [9.0] * 30), *posts("new", [9.0])], bundle)
    by_name = {one.account: one for one in found}
    assert [one.account for one in found][:1] == ["bot"]
    assert found[-1].account == "new"
    bot, person, new = by_name["bot"], by_name["person7"], by_name["new"]
    assert (bot.verdict, bot.reason) == (Verdict.MACHINE, AccountReason.MORE_THAN_CHANCE)
    assert (person.verdict, person.reason) == (Verdict.UNDECIDED, AccountReason.NOT_ENOUGH_EVIDENCE)
    assert (new.verdict, new.reason, new.q_value) == (Verdict.UNDECIDED, AccountReason.TOO_FEW_POSTS, None)
    assert (person.posts, person.scored, person.flagged, person.expected) == (30, 30, 1, FLAG_RATE)
    assert person.share_low < person.share < person.share_high
    assert bot.probability > 0.95 > 0.5 > person.probability
    assert (bot.posts_needed, person.posts_needed, new.probability) == (0, None, None)
    assert bot.p_binomial < bot.p_value < bot.q_value <= 0.01
    assert bot.q_value == pytest.approx(21 * bot.p_value)


def test_the_ratio_is_divided_by_the_design_effect(bundle):
    judge = bundle.judge()
    logits = [0.5, -1.0, 2.0, 0.1, 0.2, -0.4]
    (one,) = score_accounts(posts("a", logits), bundle)
    odds = sum(judge.slope * logit + judge.intercept for logit in logits)
    assert one.log_likelihood_ratio == pytest.approx(odds / (1 + 5 * LOGIT_RHO))
    (free,) = score_accounts(posts("a", logits), bundle, logit_rho=0.0)
    assert free.log_likelihood_ratio == pytest.approx(odds)


def test_repeats_and_short_and_unscored_posts_do_not_count(bundle):
    some = [
        *posts("a", [9.0] * 3, text="Follow @me http://x.example/1"),
        *posts("a", [9.0], text="Follow @you http://x.example/2"),
        *posts("a", [9.0], tokens=7),
        *posts("a", [None], tokens=0),
        *posts("a", [1.0, -1.0]),
    ]
    (one,) = score_accounts(some, bundle)
    assert (one.posts, one.scored) == (8, 3)
    assert [post.logit for post in one.telling] == [9.0, 1.0, -1.0]
    assert one.telling[1].id == "a0"
    (nothing,) = score_accounts(posts("b", [None] * 9), bundle)
    assert (nothing.share, nothing.p_value, nothing.log_likelihood_ratio) == (None, 1.0, 0.0)


def test_only_the_three_most_telling_posts_are_kept_and_cut(bundle):
    many = posts("a", [float(n % 7) for n in range(30)])
    many[6].text = "long " * 1000
    (one,) = score_accounts(many, bundle)
    assert [(post.id, post.logit) for post in one.telling] == [("a6", 6.0), ("a13", 6.0), ("a20", 6.0)]
    assert len(one.telling[0].text) == 1000


def test_fast_scores_are_judged_by_fast_thresholds(bundle):
    full, fast = (bundle.judge(mode).thresholds.machine_at(0.05, "en", 20).logit for mode in (False, True))
    between = (full + fast) / 2
    found = {one.account: one for one in score_accounts(
        [*posts("full", [between] * 6), *posts("fast", [between] * 6, model="tiny 0 (fast)")], bundle
    )}  # fmt: skip
    assert (found["full"].flagged, found["fast"].flagged) == (6, 0)


def test_a_table_is_read_like_rows_and_their_order_does_not_matter(bundle):
    some = [*rows("a", [9.0] * 9), *rows("b", [-2.0] * 9)]
    found = score_accounts(from_rows(some), bundle)
    assert score_accounts(from_rows(pa.Table.from_pylist(some)), bundle) == found
    backwards = score_accounts(from_rows(some[::-1]), bundle)
    assert [(one.account, one.p_value, one.q_value) for one in backwards] == [
        (one.account, one.p_value, one.q_value) for one in found
    ]
    assert score_accounts([], bundle) == []


def test_an_account_is_plain_types(bundle):
    (one,) = score_accounts(posts("a", [9.0] * 9), bundle)
    told = one.as_dict()
    assert (told["verdict"], told["reason"], type(told["verdict"])) == ("machine", "more_than_chance", str)
    assert told["telling"][0] == {"id": "a0", "logit": 9.0, "text": "post number 0 of a"}


@pytest.mark.parametrize("options", [{"fdr": 1.0}, {"flag_rho": -0.1}, {"logit_rho": 1.0}, {"fdr": math.nan}])
def test_what_is_no_rate(bundle, options):
    with pytest.raises(UsageError, match="lies between 0 and 1"):
        score_accounts([], bundle, **options)


def test_a_rate_that_the_bundle_lacks(bundle):
    with pytest.raises(ThresholdError, match="no threshold at a false-positive rate of 1e-05"):
        score_accounts([], bundle, fpr=1e-5)
