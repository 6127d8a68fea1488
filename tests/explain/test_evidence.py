"""What is said of a verdict, against the numbers it comes from."""

import json
from dataclasses import replace

import numpy as np
import pytest

from autowritten.explain.evidence import FEWEST, GROUPS, gather
from autowritten.features import NAMES
from autowritten.judging.groups import LANGUAGES, length_band
from autowritten.score import Verdict

POST = "the charger at the station broke down again, and nobody came to fix it"


@pytest.fixture(scope="module")
def explanation(detector):
    return detector.explain(POST)


@pytest.fixture(scope="module")
def evidence(bundle, explanation):
    return gather(bundle, explanation)


def test_every_feature_is_in_one_group():
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(NAMES)


def test_effects_are_those_of_the_fusion(bundle, explanation, evidence):
    assert evidence.classifier == explanation.contributions["classifier"]
    assert {one.name: one.effect for one in evidence.comparisons} == {
        name: explanation.contributions[name] for name in NAMES
    }
    without_both = explanation.contributions["average"]
    blind = explanation.score.logit - evidence.perplexity  # the classifier alone, at people's average
    judge = bundle.judges["full"]
    assert evidence.without_perplexity == pytest.approx(judge.probabilities(np.array([blind]))[0])
    assert without_both != blind
    sizes = [abs(one.effect) for one in evidence.comparisons]
    assert sizes == sorted(sizes, reverse=True)


def test_the_leading_feature_pulls_as_its_group_does(evidence):
    effects = {one.name: one.effect for one in evidence.comparisons}
    assert {group.name for group in evidence.groups} == set(GROUPS)
    for group in evidence.groups:
        assert group.leading in GROUPS[group.name]
        assert effects[group.leading] * group.effect > 0 or all(
            effects[name] * group.effect <= 0 for name in GROUPS[group.name]
        )


def test_comparisons_are_shares_of_a_normal_distribution(bundle, explanation, evidence):
    score = explanation.score
    values = np.array([[explanation.features[name] for name in NAMES]])
    distance = bundle.fusion.band.distance(values, [score.language], [score.tokens])[0]
    for one in evidence.comparisons:
        assert one.distance == pytest.approx(distance[NAMES.index(one.name)])
        assert (one.below > 0.5) == (one.distance > 0)
        assert 0 <= one.below <= 1
    one_spread_above = gather(
        bundle, replace(explanation, features=explanation.features | {"entropy": _entropy_at(bundle, score, 1.0)})
    )
    below = {one.name: one.below for one in one_spread_above.comparisons}
    assert below["entropy"] == pytest.approx(0.8413, abs=1e-4)


def _entropy_at(bundle, score, distance):
    band, place = bundle.fusion.band, NAMES.index("entropy")
    group, length = LANGUAGES.index(score.language), length_band(score.tokens)
    return float(band.mean[group, length, place] + distance * band.std[group, length, place])


def test_peers_are_counted_one_by_one(bundle, detector):
    long = detector.explain(f"{POST}. " * 12)
    found, humans = gather(bundle, long).peers, bundle.humans
    assert (long.score.language, found.language, found.length) == ("en", "en", "128+")
    members = (humans.tokens >= 128) & (humans.languages == LANGUAGES.index("en"))
    assert found.n == members.sum() >= FEWEST
    logits = humans.logits["full"][members]
    assert found.called_machine == (logits >= long.threshold).sum()
    assert found.logit_below == (logits < long.score.logit).mean()
    assert found.classifier_below == (humans.logits["fast"][members] < long.score.classifier_logit).mean()
    assert found.low <= found.called_machine / found.n <= found.high


def test_too_few_peers_of_a_length_give_way_to_all_lengths(bundle, evidence):
    of_length = (bundle.humans.tokens < 16) & (bundle.humans.languages == LANGUAGES.index("en"))
    assert of_length.sum() < FEWEST
    assert (evidence.peers.language, evidence.peers.length) == ("en", "any")
    assert evidence.peers.n == (bundle.humans.languages == LANGUAGES.index("en")).sum()


def test_outcomes_are_the_verdicts_at_each_rate(detector, evidence):
    assert [one.rate for one in evidence.outcomes] == list(detector.thresholds.rates)
    for one in evidence.outcomes:
        assert one.verdict is detector.score(POST, fpr=one.rate).verdict
    probabilities = [one.probability for one in evidence.outcomes]
    assert probabilities == sorted(probabilities)


def test_human_starts_where_the_judge_says(bundle, explanation, evidence):
    judge, score = bundle.judges["full"], explanation.score
    for step, expected in ((-1e-6, Verdict.HUMAN), (1e-6, Verdict.UNDECIDED)):
        verdict, _ = judge.verdict(evidence.human_logit + step, score.language, score.tokens, 0.01)
        assert verdict is expected
    assert evidence.human_probability <= 0.5 + 1e-9


def test_what_is_lacking_and_what_was_measured(bundle, detector, evidence):
    assert (evidence.tokens_lacking, evidence.measured) == (0, None)
    short = detector.explain("the")
    assert gather(bundle, short).tokens_lacking == bundle.judges["full"].min_tokens - short.score.tokens > 0
    rates = [{"promised": 0.05, "measured": 0.04}, {"promised": 0.01, "measured": 0.02}]
    told = replace(bundle, calibration={"report": {"false_positive_rates": rates}})
    assert gather(told, detector.explain(POST)).measured == rates[1]


@pytest.mark.parametrize("post", [None, "", "\u200b"])
def test_no_evidence_without_a_score(bundle, detector, post):
    assert gather(bundle, detector.explain(post)) is None


def test_plain_types(evidence):
    told = json.loads(json.dumps(evidence.as_dict(), allow_nan=False))
    assert {one["verdict"] for one in told["outcomes"]} <= set(Verdict)
    assert told["human_logit"] == evidence.human_logit
    never = replace(evidence, human_logit=float("-inf"))
    assert never.as_dict()["human_logit"] is None
