"""From a logit to a probability and a verdict."""

import dataclasses
import json

import numpy as np
import pytest

from autowritten.judging.judge import Judge
from autowritten.judging.thresholds import Threshold, Thresholds
from autowritten.score import Reason, Verdict


@pytest.fixture
def judge():
    """Machine from 2, human up to 1, but even odds at 0.5."""
    above, below = Threshold(0.01, "any", "any", 900, 2.0), Threshold(0.05, "any", "any", 900, 1.0)
    return Judge(0.9, -0.45, Thresholds((above,), (below,)), 8)


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
    blind = dataclasses.replace(judge, thresholds=Thresholds(judge.thresholds.machine, ()))
    assert blind.verdict(-50.0, "en", 20, 0.01)[0] is Verdict.UNDECIDED


def test_fit_is_calibrated_at_even_odds_and_round_trips():
    rng = np.random.default_rng(0)
    machine = np.repeat([0, 1], [6000, 2000])
    logits = rng.normal(np.where(machine == 1, 1.0, -1.0))  # log-odds are twice the value
    fitted = Judge.fit(logits, machine, ["en"] * 8000, [20] * 8000, rates=(0.05, 1e-9), miss_rate=0.05, min_tokens=8)
    assert fitted.slope == pytest.approx(2.0, abs=0.1)
    assert fitted.intercept == pytest.approx(0.0, abs=0.1)
    assert fitted.thresholds.rates == (0.05,)
    assert Judge.from_dict(json.loads(json.dumps(fitted.as_dict()))) == fitted
