"""The metrics against hand-worked examples and scikit-learn."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from autowritten.evaluation import metrics

settings.register_profile("patient", deadline=None)  # a busy machine is no failure
settings.load_profile("patient")

rows = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=4, max_size=60).filter(
    lambda items: {label for label, _ in items} == {0, 1}
)


def test_auroc_by_hand():
    # Pairs (human, machine): (0,1) won, (0,2) won, (1,1) tied, (1,2) won -> 3.5 of 4.
    assert metrics.auroc([0, 0, 1, 1], [0, 1, 1, 2]) == 3.5 / 4
    assert metrics.auroc([0, 1], [5, 5]) == 0.5
    assert metrics.auroc([1, 0], [-np.inf, np.inf]) == 0.0


@given(rows)
def test_auroc_is_scikit_learns(items):
    labels, scores = zip(*items, strict=True)
    assert metrics.auroc(labels, scores) == pytest.approx(sk.roc_auc_score(labels, scores))


@given(rows, st.sampled_from([0.3, 0.4, 0.5, 0.9]))
def test_tpr_at_fpr_is_the_best_point_of_the_roc(items, fpr):
    labels, scores = zip(*items, strict=True)
    if labels.count(0) < metrics.human_rows_needed(fpr):
        with pytest.raises(metrics.TooFewRows):
            metrics.tpr_at_fpr(labels, scores, fpr)
        return
    false, true, _ = sk.roc_curve(labels, scores, drop_intermediate=False)
    assert metrics.tpr_at_fpr(labels, scores, fpr) == pytest.approx(true[false <= fpr + 1e-9].max())


def test_tpr_at_fpr_does_not_split_ties():
    human = [0.0] * 98 + [9.0, 9.0]  # any threshold that flags one of the two flags both: 2% > 1%
    labels = [0] * 100 + [1] * 4
    scores = [*human, 10.0, 9.0, 9.0, 1.0]
    assert metrics.tpr_at_fpr(labels, scores, 0.01) == 0.25
    assert metrics.tpr_at_fpr(labels, scores, 0.02) == 1.0


def test_saturated_scores_catch_nothing():
    assert metrics.tpr_at_fpr([0] * 100 + [1] * 100, [1.0] * 200, 0.05) == 0.0


def test_close_scores_are_not_rounded():
    scores = [0.0] * 99 + [1.0] + [np.nextafter(1.0, 2.0)]
    assert metrics.tpr_at_fpr([0] * 100 + [1], scores, 0.01) == 1.0
    assert metrics.auroc([0] * 100 + [1], scores) == 1.0


@pytest.mark.parametrize(("fpr", "needed"), [(0.01, 100), (0.05, 20), (0.001, 1000), (0.03, 34), (0.07, 15)])
def test_too_few_human_rows_are_refused(fpr, needed):
    assert metrics.human_rows_needed(fpr) == needed
    labels, scores = [0] * needed + [1], list(range(needed + 1))
    assert metrics.tpr_at_fpr(labels, scores, fpr) == 1.0
    with pytest.raises(metrics.TooFewRows, match=str(needed)):
        metrics.tpr_at_fpr(labels[1:], scores[1:], fpr)


def test_one_class_is_refused():
    with pytest.raises(metrics.TooFewRows):
        metrics.auroc([0, 0], [1, 2])
    with pytest.raises(metrics.TooFewRows):
        metrics.auroc([], [])


@pytest.mark.parametrize(
    ("labels", "scores"), [([0, 1], [1.0]), ([0, 2], [1, 2]), ([0, 1], [1.0, float("nan")]), ([[0, 1]], [[1, 2]])]
)
def test_bad_input_is_an_error(labels, scores):
    with pytest.raises(ValueError, match=r"vectors|labels|NaN"):
        metrics.auroc(labels, scores)


@given(rows)
def test_threshold_metrics_are_scikit_learns(items):
    labels, scores = zip(*items, strict=True)
    said = [int(score >= 1) for score in scores]
    assert metrics.accuracy(labels, scores, 1) == pytest.approx(sk.accuracy_score(labels, said))
    assert metrics.f1(labels, scores, 1) == pytest.approx(sk.f1_score(labels, said, zero_division=0))


def test_c_at_1_rewards_abstention_over_error():
    labels = [0, 0, 1, 1]
    assert metrics.c_at_1(labels, [0, 0, 1, 0]) == 0.75  # nothing left open: accuracy
    assert metrics.c_at_1(labels, [0, 0, 1, metrics.ABSTAIN]) == (3 + 1 * 3 / 4) / 4
    assert metrics.c_at_1(labels, [metrics.ABSTAIN] * 4) == 0.0
    with pytest.raises(ValueError, match="decision"):
        metrics.c_at_1(labels, [0, 0, 1, 0.5])


def test_brier_by_hand():
    assert metrics.brier([0, 1], [0.5, 0.5]) == 0.25
    assert metrics.brier([0, 1], [0.2, 0.6]) == pytest.approx((0.04 + 0.16) / 2)
    with pytest.raises(ValueError, match="outside"):
        metrics.brier([0, 1], [0.2, 1.2])


def test_ece_by_hand():
    # Two bins of two: (mean .15, share 0) and (mean .8, share .5).
    assert metrics.ece([0, 0, 0, 1], [0.1, 0.2, 0.7, 0.9], bins=2) == pytest.approx(0.5 * 0.15 + 0.5 * 0.3)
    assert metrics.ece([0, 1] * 50, [0.5] * 100) == 0.0


def test_ece_does_not_depend_on_the_order_of_ties():
    rng = np.random.default_rng(0)
    probabilities = rng.integers(0, 5, 200) / 5
    labels = rng.integers(0, 2, 200)
    order = rng.permutation(200)
    assert metrics.ece(labels, probabilities) == pytest.approx(metrics.ece(labels[order], probabilities[order]))


def test_reliability_keeps_every_post():
    rng = np.random.default_rng(0)
    probabilities = rng.random(1000)
    probability, share, mass = metrics.reliability(rng.random(1000) < probabilities, probabilities, bins=10)
    assert mass.sum() == 1000
    assert mass.min() >= 99
    assert np.all(np.diff(probability) > 0)
    assert np.abs(share - probability).max() < 0.15


def _example(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    return labels, rng.normal(size=n) + labels


def test_bootstrap_agrees_with_plain_resampling():
    labels, scores = _example(300)
    scores = np.round(scores, 1)  # with ties
    human, machine = scores[labels == 0], scores[labels == 1]
    rng = np.random.default_rng(1)

    def resampled():
        h, m = rng.choice(human, human.size)[:, None], rng.choice(machine, machine.size)
        return np.mean((m > h) + (m == h) / 2)

    plain = [resampled() for _ in range(1000)]
    found = metrics.bootstrap_interval(labels, scores, metrics.auroc_of_counts)
    assert found == pytest.approx(np.quantile(plain, [0.025, 0.975]), abs=0.01)
    low, high = found
    assert low < metrics.auroc(labels, scores) < high


def test_bootstrap_is_seeded_and_does_not_depend_on_row_order():
    labels, scores = _example(400)
    order = np.random.default_rng(5).permutation(400)
    first = metrics.bootstrap_interval(labels, scores, metrics.tpr_at_fpr_of_counts(0.05))
    assert first == metrics.bootstrap_interval(labels[order], scores[order], metrics.tpr_at_fpr_of_counts(0.05))
    assert first != metrics.bootstrap_interval(labels, scores, metrics.tpr_at_fpr_of_counts(0.05), seed=1)


def test_bootstrap_refuses_what_the_metric_refuses():
    labels, scores = _example(60)
    with pytest.raises(metrics.TooFewRows):
        metrics.bootstrap_interval(labels, scores, metrics.tpr_at_fpr_of_counts(0.01))


def test_bootstrap_is_quick():
    labels, scores = _example(3000)
    begin = time.process_time()
    metrics.bootstrap_interval(labels, scores, metrics.auroc_of_counts)
    assert time.process_time() - begin < 3  # processor seconds; about 0.1


@given(st.integers(2, 50), st.integers(1, 7))
def test_chunks_of_resamples_add_up(total, size):
    parts = metrics._split(total, size)
    assert sum(parts) == total
    assert max(parts) <= size
