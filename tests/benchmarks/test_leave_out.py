import numpy as np
import pytest

from benchmarks.leave_out import within_language


def test_posts_are_compared_within_a_language_only():
    # Machine posts outscore the human ones of their own language everywhere, but French lies above Chinese as a whole.
    language = np.repeat(["zh", "zh", "fr", "fr"], 30)
    machine = np.tile(np.repeat([0, 1], 30), 2)
    scores = np.concatenate(
        [np.linspace(0, 1, 30), np.linspace(2, 3, 30), np.linspace(10, 11, 30), np.linspace(12, 13, 30)]
    )
    found = within_language(language, machine, scores)
    assert found["auroc"] == 1.0
    assert (found["n_human"], found["n_machine"]) == (60, 60)


def test_a_language_counts_by_its_machine_posts_and_a_small_one_not_at_all():
    language = np.repeat(["zh", "fr", "en"], [60, 120, 20])
    machine = np.concatenate([np.repeat([0, 1], 30), np.repeat([0, 1], [30, 90]), np.repeat([0, 1], 10)])
    rng = np.random.default_rng(0)
    scores = np.where(language == "zh", machine * 2.0, 0.0) + rng.random(200) * 0.5
    found = within_language(language, machine, scores)
    assert found["n_machine"] == 120
    chance = found["auroc"] * 120 - 30  # zh is ranked perfectly
    assert chance / 90 == pytest.approx(0.5, abs=0.15)
    assert found["auroc_low"] < found["auroc"] < found["auroc_high"]
