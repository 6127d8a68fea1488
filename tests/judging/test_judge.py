"""From a logit to a probability and a verdict."""

import dataclasses
import json

import numpy as np
import pytest

from autowritten.judging.judge import Judge
from autowritten.judging.rarity import HumanRarity
from autowritten.judging.thresholds import Threshold, Thresholds
from autowritten.score import Reason, Verdict


@pytest.fixture
def judge():
    """Machine from 2, human up to 1, but even odds at 0.5."""
    rarity = HumanRarity.of(np.append(np.linspace(-3.0, 1.0, 890), [1.95] * 9), ["en"] * 899, [20] * 899)
    return Judge(0.9, -0.45, Thresholds(rarity, (Threshold(0.05, "any", "any", 900, 1.0),)), 8)


@pytest.mark.filterwarnings("error")
def test_probabilities_rise_with_the_logit_without_overflow(judge):
    logits = np.array([-1e6, -2.0, -1.0, 0.0, 1.0, 1e6])
    found = judge.probabilities(logits)
    np.testing.assert_allclose(found[1:5], 1 / (1 + np.exp(-(0.9 * logits[1:5] - 0.45))))
    assert (np.diff(found) > 0).all()
    assert 0 <= found[0] <= found[-1] <= 1


@pytest.mark.parametrize(
    ("logit", "tokens", "said"),
    [
        (2.0, 20, (Verdict.MACHINE, Reason.ABOVE_THRESHOLD)),
        (1.9, 20, (Verdict.UNDECIDED, Reason.BETWEEN_THRESHOLDS)),
        (0.8, 20, (Verdict.UNDECIDED, Reason.BETWEEN_THRESHOLDS)),  # under the human threshold, but likelier machine
        (0.4, 20, (Verdict.HUMAN, Reason.BELOW_THRESHOLD)),
        (9.0, 7, (Verdict.UNDECIDED, Reason.TOO_SHORT)),
    ],
)
def test_verdicts(judge, logit, tokens, said):
    assert judge.verdict(logit, "en", tokens, 0.01) == said


def test_without_a_human_threshold_nothing_is_called_human(judge):
    blind = dataclasses.replace(judge, thresholds=Thresholds(judge.thresholds.rarity, ()))
    assert blind.verdict(-50.0, "en", 20, 0.01)[0] is Verdict.UNDECIDED


def test_fit_is_calibrated_at_even_odds_and_round_trips():
    rng = np.random.default_rng(0)
    machine = np.repeat([0, 1], [6000, 2000])
    logits = rng.normal(np.where(machine == 1, 1.0, -1.0))  # log-odds are twice the value
    fitted = Judge.fit(logits, machine, ["en"] * 8000, [20] * 8000, miss_rate=0.05, min_tokens=8)
    assert fitted.slope == pytest.approx(2.0, abs=0.1)
    assert fitted.intercept == pytest.approx(0.0, abs=0.1)
    assert fitted.thresholds.rates == (0.05, 0.01, 0.005, 0.001)
    assert Judge.from_dict(json.loads(json.dumps(fitted.as_dict())), fitted.thresholds.rarity) == fitted


def test_a_share_of_machine_posts_other_than_half_moves_the_probability_as_bayes_has_it(judge):
    even = judge.probabilities(np.array([1.0]))[0]
    rare = judge.probabilities(np.array([1.0]), share_machine=0.01)[0]
    assert rare / (1 - rare) == pytest.approx(even / (1 - even) / 99)


def test_a_post_is_machine_exactly_where_it_is_as_rare_as_the_rate(judge):
    for logit in np.linspace(-4, 4, 41):
        for rate in (0.3, 0.05, 0.01, 0.0017):
            machine = judge.verdict(float(logit), "en", 20, rate)[0] is Verdict.MACHINE
            assert machine == (judge.human_rarity(float(logit), "en", 20) <= rate)
    assert judge.human_rarity(9.0, "en", 7) is None
