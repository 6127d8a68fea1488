"""Both halves in one logit."""

import dataclasses
import json

import numpy as np
import pytest

from autowritten.features import NAMES
from autowritten.fusion import CLIP_LOGIT, INPUTS, Fusion, design
from autowritten.judging.groups import LANGUAGES

LANGUAGE = ["zh", "fr", "en", "de", "und", "zh"]
TOKENS = [3, 8, 20, 40, 100, 500]


@pytest.fixture
def fusion(bundle):
    return bundle.fusion


@pytest.fixture
def features():
    return np.random.default_rng(1).normal(size=(6, len(NAMES)))


@pytest.fixture
def inputs(fusion, features):
    """Inputs of six posts."""
    return design(fusion.band, np.random.default_rng(2).normal(size=6) * 3, features, LANGUAGE, TOKENS)


def test_design_is_in_the_order_of_its_names(fusion, features):
    said = np.array([-50.0, -1.0, 0.0, 1.0, 2.0, 50.0])
    inputs = design(fusion.band, said, features, LANGUAGE, TOKENS)
    assert inputs.shape == (6, len(INPUTS))
    column = {name: inputs[:, i] for i, name in enumerate(INPUTS)}
    np.testing.assert_array_equal(column["classifier"], [-CLIP_LOGIT, -1, 0, 1, 2, CLIP_LOGIT])
    distance = fusion.band.distance(features, LANGUAGE, TOKENS)
    for i, name in enumerate(NAMES):
        np.testing.assert_array_equal(column[name], distance[:, i])
        np.testing.assert_array_equal(column[f"|{name}|"], np.abs(distance[:, i]))
    np.testing.assert_array_equal(column["language:zh"], [1, 0, 0, 0, 0, 1])
    np.testing.assert_array_equal(column["language:other"], [0, 0, 0, 1, 1, 0])
    np.testing.assert_array_equal(sum(column[f"language:{x}"] for x in LANGUAGES), 1)


def test_a_hand_worked_logit(fusion, inputs):
    weight = np.zeros((len(INPUTS), 2))
    weight[0] = 1.0, -1.0
    two = dataclasses.replace(
        fusion, weight=weight, bias=np.array([1.0, 0.0]), output=np.array([2.0, 5.0]), output_bias=0.5
    )
    inputs = inputs[:2]
    inputs[:, 0] = 3.0, -2.0
    np.testing.assert_allclose(two.logits(inputs), [2 * 4 + 0.5, 5 * 2 + 0.5])


def test_contributions_sum_to_the_logit(fusion, inputs):
    logits = fusion.logits(inputs)
    for i in range(6):
        contributions = fusion.contributions(inputs[i])
        assert set(contributions) == {"average", "classifier", "interaction", *NAMES}
        assert sum(contributions.values()) == pytest.approx(logits[i], abs=1e-9)


def test_a_post_at_every_average_has_no_contributions(fusion):
    inputs = np.zeros(len(INPUTS))
    contributions = fusion.contributions(inputs)
    assert contributions.pop("average") == pytest.approx(fusion.logits(inputs[None])[0])
    assert list(contributions.values()) == pytest.approx([0.0] * len(contributions))


def test_the_perplexity_half_does_not_hear_the_classifier(fusion, inputs):
    others = inputs.copy()
    others[:, 0] = -others[:, 0]
    np.testing.assert_array_equal(fusion.perplexity_logits(inputs), fusion.perplexity_logits(others))
    assert (inputs[:, 0] != 0).all()  # the caller's array is left as it was


def test_a_post_alone_gets_the_logit_it_gets_among_others(fusion, inputs):
    alone = [fusion.logits(inputs[i : i + 1])[0] for i in range(6)]
    np.testing.assert_allclose(alone, fusion.logits(inputs), atol=1e-12)


def test_no_posts(fusion):
    assert design(fusion.band, np.zeros(0), np.zeros((0, len(NAMES))), [], []).shape == (0, len(INPUTS))


def test_round_trip(fusion, inputs):
    settings = json.loads(json.dumps(Fusion.settings()))
    again = Fusion.from_tensors(settings, fusion.tensors())
    np.testing.assert_array_equal(again.logits(inputs), fusion.logits(inputs))
    with pytest.raises(ValueError, match="other inputs"):
        Fusion.from_tensors({**settings, "inputs": list(INPUTS[1:])}, fusion.tensors())
