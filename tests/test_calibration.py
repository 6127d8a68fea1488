"""Thresholds from a user's own human posts."""

import dataclasses
import json

import numpy as np
import pytest

from autowritten import calibration
from autowritten.bundle import Bundle, BundleError, reference
from autowritten.calibration import calibrate, collect, likeness, needed
from autowritten.detector import Detector
from autowritten.judging.humans import Humans
from autowritten.judging.thresholds import ThresholdError
from autowritten.rates import conformal_rate_interval

POSTS = [
    "the charger at the station broke down again",
    "la borne de la station est en panne",
    "充电桩又坏了，没有人来修",
]


def humans(logits, seed=0, languages=("zh", "fr", "en", "de")):
    rng = np.random.default_rng(seed)
    n = len(logits)
    return Humans.of(logits, 2 * logits, rng.choice(languages, n), rng.integers(8, 200, n))


def drawn(n, seed, shift=0.0):
    return humans(np.random.default_rng(seed).normal(shift, 1.0, n), seed)


@pytest.mark.parametrize(("rate", "posts"), [(0.01, 99), (0.05, 19), (0.001, 999), (0.5, 1), (0.3, 3)])
def test_posts_needed(bundle, rate, posts):
    assert needed(rate) == posts
    source = {"bundle": "x", "sha256": "y"}
    made = calibrate(bundle, source, drawn(posts, 0), rate, "mine")
    made.judge().thresholds.check(rate)
    with pytest.raises(ThresholdError, match=rf"at least {posts:,} human posts .* there are {posts - 1:,}"):
        calibrate(bundle, source, drawn(posts - 1, 0), rate, "mine")


@pytest.mark.parametrize("rate", [0.0, 1.0, -0.1, 7.0, float("nan")])
def test_a_rate_is_a_share(rate):
    with pytest.raises(ThresholdError, match="between 0 and 1"):
        needed(rate)


def test_the_rate_holds_on_further_posts_and_its_spread_is_told(bundle):
    rates = []
    for seed in range(60):
        made = calibrate(bundle, {}, drawn(400, seed), 0.05, "mine")
        rates.append(calibration.base_rates(made, drawn(2000, 1000 + seed))["0.05"])
    assert 0.04 < np.mean(rates) <= 0.053  # a little under it: a narrow group and the wider one must both agree
    low, high = conformal_rate_interval(400, 0.05)
    assert 0.02 < low < 0.05 < high < 0.08


def test_posts_of_one_kind_are_not_told_apart():
    p = [likeness(drawn(150, seed), drawn(900, 100 + seed)).p for seed in range(200)]
    assert np.mean(np.array(p) < 0.05) <= 0.09
    assert likeness(drawn(500, 1), drawn(900, 2)).higher == pytest.approx(0.5, abs=0.06)


def test_posts_of_another_kind_are_told_apart():
    found = likeness(drawn(300, 0, shift=0.5), drawn(900, 1))
    assert found.p < 1e-4
    assert found.higher == pytest.approx(0.638, abs=0.04)  # Phi(0.5 / sqrt 2)


def test_a_heavier_tail_alone_is_told():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=600)
    logits[:60] = np.abs(logits[:60]) + 2.5
    logits[60:120] = -np.abs(logits[60:120]) - 2.5  # as many below, so that ranks stay even
    found = likeness(humans(logits), drawn(900, 1))
    assert found.higher == pytest.approx(0.5, abs=0.05)
    assert found.p < 0.001


def test_another_mix_of_languages_and_lengths_is_no_other_kind():
    """Chinese scores two higher than German here, in both sets; one set is mostly Chinese."""

    def mixed(n, share, seed):
        rng = np.random.default_rng(seed)
        chinese = rng.random(n) < share
        logits = rng.normal(size=n) + 2.0 * chinese
        return Humans.of(logits, logits, np.where(chinese, "zh", "de"), np.full(n, 20))

    assert likeness(mixed(400, 0.9, 0), mixed(900, 0.1, 1)).p > 0.01


def test_nothing_to_compare_with_says_nothing():
    found = likeness(humans(np.ones(5), languages=("zh",)), humans(np.ones(5), languages=("fr",)))
    assert (found.p, found.higher) == (1.0, 0.5)


def test_equal_logits_say_nothing():
    found = likeness(humans(np.ones(50)), humans(np.ones(80)))
    assert (found.p, found.higher) == (1.0, 0.5)


def test_collecting_counts_each_text_once(detector):
    posts = [POSTS[0], "no", POSTS[1], POSTS[0], POSTS[0] + " @someone", POSTS[0] + " @else", ""]
    found = collect(detector, posts)
    assert len(found.humans) == 3  # the two that differ in whom they mention are one text
    assert found.places.tolist() == [0, 2, 4]
    assert (found.repeats, found.short) == (2, 2)
    assert set(found.highest(9)) == {0, 2, 4}
    score = detector.score(POSTS[0])
    assert found.humans.logits["full"][0] == pytest.approx(score.logit)
    assert found.humans.logits["fast"][0] == pytest.approx(score.classifier_logit)


@pytest.fixture
def base(bundle, tmp_path):
    folder = tmp_path / "base"
    bundle.save_pretrained(folder)
    return folder


@pytest.fixture
def mine(bundle, base, tmp_path):
    made = calibrate(bundle, reference(base), drawn(300, 3), 0.02, "mine")
    made.documents["MODEL_CARD.md"] = "mine"
    made.save_pretrained(tmp_path / "mine")
    return tmp_path / "mine"


def test_a_calibrated_bundle_is_small_and_reads_back(bundle, mine, gemma):
    assert sorted(p.name for p in mine.iterdir()) == [
        "MODEL_CARD.md", "calibration.json", "config.json", "humans.safetensors", "thresholds.json",
    ]  # fmt: skip
    again = Bundle.from_pretrained(mine)
    assert again.name == "mine on tiny 0"
    assert again.config["fpr"] == 0.02
    assert again.judge().thresholds.rates == (0.05, 0.01, 0.005)
    again.judge().thresholds.check(0.02)
    assert again.judge().slope == bundle.judge().slope
    assert again.judge(fast=True).thresholds.human == bundle.judge(fast=True).thresholds.human
    assert len(again.humans) == 300
    np.testing.assert_array_equal(again.fusion.weight, bundle.fusion.weight)
    scores = [Detector(b, gemma, 0.01).score(POSTS[0]) for b in (bundle, again)]
    assert scores[0].probability == scores[1].probability
    assert scores[1].model == "mine on tiny 0"


def test_calibrating_again_refers_to_the_same_base(base, mine):
    assert reference(mine) == reference(base)


def test_another_base_is_refused(base, mine):
    config = json.loads((base / "config.json").read_text())
    (base / "config.json").write_text(json.dumps(config | {"version": "2"}))
    with pytest.raises(BundleError, match="calibrated on another version"):
        Bundle.from_pretrained(mine)


def test_a_base_that_is_gone_is_named(base, mine):
    base.rename(base.with_name("elsewhere"))
    with pytest.raises(BundleError, match=r"mine was calibrated on .*base'?, which is not there"):
        Bundle.from_pretrained(mine)


@pytest.mark.parametrize("name", ["thresholds.json", "humans.safetensors", "calibration.json"])
def test_a_touched_file_is_refused_by_name(mine, name):
    (mine / name).write_bytes((mine / name).read_bytes() + b" ")
    with pytest.raises(BundleError, match=f"{name} does not match the digest"):
        Bundle.from_pretrained(mine)


def test_a_bundle_can_not_refer_to_itself(mine):
    config = json.loads((mine / "config.json").read_text())
    config["base"]["bundle"] = str(mine)
    (mine / "config.json").write_text(json.dumps(config))
    with pytest.raises(BundleError, match="another version"):
        Bundle.from_pretrained(mine)


def test_probabilities_need_no_humans_of_the_base(bundle):
    few = dataclasses.replace(bundle, humans=drawn(0, 0))
    assert calibrate(few, {}, drawn(99, 0), 0.01, "mine").calibration["likeness"]["p"] == 1.0
