"""Features: hand-worked values, and a finite number for every text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autowritten import features
from autowritten.lm.surprisal import TokenStatistics


def statistics(surprisal, rank=None, entropy=None, variance=None):
    n = len(surprisal)

    def row(values, default):
        return np.array([default] * n if values is None else values, dtype=np.float32)

    return TokenStatistics(-row(surprisal, 0), row(rank, 1), row(entropy, 1), row(variance, 1))


S = statistics([1, 2, 3, 6], rank=[1, 4, 50, 5000], entropy=[2, 2, 2, 4], variance=[1, 1, 1, 6])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_likelihood", -3.0),
        ("log_likelihood_std", np.sqrt(3.5)),
        ("log_rank", np.log(4 * 50 * 5000) / 4),
        ("top_1", 0.25),
        ("top_10", 0.5),
        ("top_100", 0.75),
        ("top_1000", 0.75),
        ("entropy", 2.5),
        ("entropy_std", np.sqrt(0.75)),
        ("lrr", 12 / np.log(1e6)),
        ("curvature", (-12 + 10) / 3),
        ("burstiness", (np.sqrt(3.5) - 3) / (np.sqrt(3.5) + 3)),
        ("surprisal_low", 1.3),
        ("surprisal_high", 5.1),
        ("typicality", 1.0),
        ("entropy_correlation", 6 / np.sqrt(14 * 3)),
        ("surprisal_skewness", (-8 - 1 + 0 + 27) / 4 / 3.5**1.5),
        ("surprisal_kurtosis", (16 + 1 + 0 + 81) / 4 / 3.5**2 - 3),
        ("surprisal_change", 5 / 3),
        ("surprisal_change_std", np.std([1, 1, 3])),
        ("surprisal_second_std", 1.0),
        ("surprisal_second_entropy", np.log(2)),
        ("surprisal_second_autocorrelation", 0.0),
    ],
)
def test_hand_worked(name, value):
    assert getattr(features, name)(S) == pytest.approx(value, abs=1e-5)


def test_every_perplexity_feature_is_hand_worked():
    assert {f.__name__ for f in features.PERPLEXITY} <= {mark[0] for mark in test_hand_worked.pytestmark[0].args[1]}


def test_autocorrelation_of_a_zigzag():
    assert features.surprisal_second_autocorrelation(statistics([0, 1, 0, 1, 0, 1, 0, 1])) == pytest.approx(-1)


def test_lrr_where_every_token_was_the_first_guess():
    assert features.lrr(statistics([0.5, 0.5])) == pytest.approx(1 / np.log(2))


def test_binoculars():
    assert features.binoculars(S, np.array([2, 2, 2, 2], dtype=np.float32)) == pytest.approx(1.5)
    assert features.binoculars(statistics([]), np.zeros(0, dtype=np.float32)) == 0


def test_surface():
    assert features.distinct_characters("aaaa") == pytest.approx(1 / 3)
    assert features.distinct_characters("a") == 0
    assert features.punctuation_share("好，吗？") == 0.5
    assert features.clause_variation("ab, ab.") == pytest.approx(0.5 / 2.5)  # "ab" and " ab"
    assert features.clause_variation("no marks") == 0
    assert features.compression("a" * 1000) < 0.1
    assert features.token_length("four", statistics([1, 1])) == 2
    assert features.log_tokens(S) == pytest.approx(np.log(5))


def test_names_are_in_the_order_of_the_values():
    values = dict(zip(features.NAMES, features.extract("some text", S), strict=True))
    assert len(values) == len(set(features.NAMES))
    for f in features.PERPLEXITY:
        assert values[f.__name__] == f(S)
    for f in features.SURFACE:
        assert values[f.__name__] == f("some text")
    assert values["token_length"] == 9 / 4


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("surprisal", [0.0, 1e-7, 5.0])
@pytest.mark.filterwarnings("error")
def test_finite_on_few_tokens(n, surprisal):
    assert np.isfinite(features.extract("x" * n, statistics([surprisal] * n))).all()


@pytest.mark.filterwarnings("error")
def test_second_differences_too_close_for_bins():
    s = statistics([0, 0, 1, np.nextafter(np.float32(3), np.float32(4))])  # second differences 1 and 1.0000002
    assert features.surprisal_second_entropy(s) == 0


@given(
    st.text(max_size=50),
    hnp.arrays(np.float32, st.tuples(st.just(4), st.integers(0, 40)), elements=st.floats(0, 100, width=32)),
)
@pytest.mark.filterwarnings("error")
def test_finite_whatever_the_post(text, matrix):
    s = TokenStatistics(-matrix[0], np.floor(matrix[1] * 2000) + 1, matrix[2], matrix[3])
    values = dict(zip(features.NAMES, features.extract(text, s), strict=True))
    assert np.isfinite(list(values.values())).all()
    for share in ("top_10", "top_100", "top_1000", "distinct_characters", "punctuation_share"):
        assert 0 <= values[share] <= 1
    for correlation in ("entropy_correlation", "surprisal_second_autocorrelation", "burstiness"):
        assert -1.001 <= values[correlation] <= 1.001
    assert values["top_10"] <= values["top_100"] <= values["top_1000"]


def test_perplexity_ratio_compares_whole_texts_whatever_the_tokens():
    one = TokenStatistics(*np.array([[-2.0, -4.0], [1, 1], [1, 1], [1, 1]], dtype=np.float32))
    other = TokenStatistics(*np.array([[-1.0, -1.0, -1.0], [1, 1, 1], [1, 1, 1], [1, 1, 1]], dtype=np.float32))
    empty = TokenStatistics(*np.zeros((4, 0), dtype=np.float32))
    assert features.perplexity_ratio(one, other) == pytest.approx(2.0)
    assert features.perplexity_ratio(one, empty) == 0.0
