"""Leaving words out, on classifiers whose workings are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autowritten.explain.occlusion import SPANS, attribute, spans, without

WORDS = ["good", " morning", ",", " dear", " customers", "!"]
WEIGHTS = {"good": 0.5, "morning": -1.0, "dear": 2.0, "customers": 3.0}


def additive(texts):
    """A classifier that adds up what its words weigh."""
    return np.array([sum(weight for word, weight in WEIGHTS.items() if word in text) for text in texts])


def test_of_an_additive_classifier_every_word_gets_its_weight():
    found = attribute(WORDS, additive)
    assert [(one.text, one.effect) for one in found] == [
        ("good", 0.5), (" morning", -1.0), (",", 0.0), (" dear", 2.0), (" customers", 3.0), ("!", 0.0),
    ]  # fmt: skip
    assert sum(one.effect for one in found) == additive(["".join(WORDS)])[0]


def test_deleting_the_highest_words_first_makes_the_logit_fall_the_most():
    found = sorted(attribute(WORDS, additive), key=lambda one: -one.effect)
    text = "".join(WORDS)
    logits = []
    for chosen in (found[:2], found[2:4], found[-2:]):
        left_out = sorted((one.start, one.end) for one in chosen)
        logits.append(additive([without(text, left_out)])[0])
    assert logits == sorted(logits)
    assert logits[0] == -0.5


def test_what_two_words_say_together_neither_says_alone():
    """The known blind spot of leaving one out."""
    found = attribute(["now", " now"], lambda texts: np.array([float("now" in text) for text in texts]))
    assert [one.effect for one in found] == [0.0, 0.0]


@given(st.lists(st.text(min_size=1, max_size=4), max_size=200))
def test_spans_are_whole_words_side_by_side(words):
    cut = spans(words)
    text = "".join(words)
    assert len(cut) == min(len(words), SPANS)
    assert "".join(text[start:end] for start, end in cut) == text
    starts = {0, *np.cumsum([len(word) for word in words]).tolist()}
    assert {place for span in cut for place in span} <= starts
    sizes = [len(part) for part in np.array_split(np.arange(len(words)), max(len(cut), 1))]
    assert max(sizes) - min(sizes) <= 1


def test_a_long_post_costs_no_more_walks_than_there_may_be_spans():
    asked = []

    def classifier(texts):
        asked.extend(texts)
        return np.zeros(len(texts))

    assert len(attribute(["word "] * 1000, classifier)) == SPANS
    assert len(asked) == SPANS + 1


@pytest.mark.parametrize("words", [[], ["alone"]])
def test_nothing_is_said_of_a_post_of_one_word(words):
    def never(texts):
        raise AssertionError(texts)

    assert attribute(words, never) == []


def test_of_the_detectors_own_classifier(detector):
    words = ["the charger", " at the station", " broke down again"]
    found = attribute(words, detector.classifier_logits)
    text = "".join(words)
    expected = [
        detector.classifier_logits([text])[0] - detector.classifier_logits([text.replace(word, "", 1)])[0]
        for word in words
    ]
    assert [one.effect for one in found] == pytest.approx(expected, abs=1e-4)
    assert detector.classifier_logits([text])[0] == pytest.approx(detector.score(text).classifier_logit, abs=1e-4)
