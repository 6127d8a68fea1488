"""Accounts weighed together: who is named, how many are estimated, and that people are left alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autowritten.accounts.mixture import mixture, named, posts_needed

RHO = 0.15


def people(n, rng, size=(2, 9), stiff=0.0, shift=0.0):
    """Accounts of people; a share of them writes stiffly, one and a half standard deviations up."""
    found = []
    for _ in range(n):
        own = rng.normal(shift + 1.5 * (rng.random() < stiff), np.sqrt(RHO))
        found.append(rng.normal(own, np.sqrt(1 - RHO), rng.integers(*size)))
    return found


def machines(n, rng, posts=6, mean=2.0, cover=0):
    return [np.append(rng.normal(mean, 1.1, posts), rng.normal(0.0, 1.0, cover)) for _ in range(n)]


def test_where_there_are_only_people_nobody_is_named_in_nearly_all_files():
    rng = np.random.default_rng(0)
    for shift in (0.0, 0.8):
        files = [mixture(people(150, rng, shift=shift)) for _ in range(60)]
        hit = [named(found.posterior, 0.05).any() for found in files]
        assert np.mean(hit) <= 0.05, shift


def test_people_who_write_stiffly_are_seldom_named():
    rng = np.random.default_rng(5)
    files = [mixture(people(150, rng, stiff=0.03)) for _ in range(60)]
    calls = np.concatenate([named(found.posterior, 0.05) for found in files])
    assert calls.mean() <= 0.005  # of all accounts; a stiff one is named in one of ten files


def test_machine_accounts_are_named_and_hardly_a_person_is():
    rng = np.random.default_rng(1)
    caught, wrong, shares = [], [], []
    for _ in range(12):
        found = mixture(people(190, rng) + machines(10, rng, mean=2.3))
        calls = named(found.posterior, 0.05)
        caught.append(calls[190:].mean())
        wrong.append(calls[:190].sum() / max(calls.sum(), 1))
        shares.append(found.share)
    assert np.mean(caught) >= 0.8
    assert np.mean(wrong) <= 0.08
    assert 0.03 <= np.mean(shares) <= 0.08


def test_cover_weakens_the_evidence_and_more_posts_strengthen_it():
    rng = np.random.default_rng(2)
    crowd = people(190, rng)

    def caught(**kind):
        return named(mixture(crowd + machines(10, rng, **kind)).posterior, 0.05)[190:].mean()

    assert caught(posts=12) >= caught(posts=3) - 0.05
    assert caught(posts=6, cover=6) <= caught(posts=6) + 0.05
    assert caught(posts=10) >= 0.9


def test_known_people_set_the_measure():
    rng = np.random.default_rng(3)
    flooded = people(40, rng) + machines(60, rng, mean=2.2)  # the bulk is machines: by itself it hides them
    alone, beside = mixture(flooded), mixture(flooded, people=people(100, rng))
    assert alone.shift > 0.5
    assert beside.shift < 0.3
    assert named(beside.posterior, 0.05)[40:].mean() >= 0.8


def test_a_few_accounts_and_none():
    empty = mixture([])
    assert (empty.share, empty.posterior.shape) == (0.0, (0,))
    rng = np.random.default_rng(4)
    assert named(mixture(machines(3, rng, posts=10, mean=2.5)).posterior, 0.05).all()
    assert not named(mixture(people(3, rng)).posterior, 0.05).any()


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=40), st.floats(0.0, 0.3))
def test_the_mean_local_rate_of_those_named_keeps_the_rate(values, fdr):
    posterior = np.array(values)
    calls = named(posterior, fdr)
    if calls.any():
        assert (1.0 - posterior[calls]).mean() <= fdr + 1e-12
        assert posterior[calls].min() > 0.5
        assert posterior[~calls].max(initial=0.0) <= posterior[calls].min()


def test_posts_needed():
    assert posts_needed(-1.0, 5, 0.05, 0.05) is None
    assert posts_needed(0.0, 5, 0.05, 0.05) is None
    few, many = (posts_needed(3.0, 3, share, 0.05) for share in (0.3, 0.01))
    assert 0 < few < many
    assert posts_needed(99.0, 3, 0.05, 0.05) == 0
    assert posts_needed(3.0, 3, 0.0, 0.05) == pytest.approx(many)
