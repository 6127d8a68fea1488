"""The band that people's posts keep to."""

import numpy as np
import pytest

from autowritten.human_band import CLIP, HumanBand
from autowritten.judging.groups import LANGUAGES, language_group, length_band, length_name


@pytest.mark.parametrize(
    ("tokens", "name"),
    [(0, "<8"), (7, "<8"), (8, "8-15"), (15, "8-15"), (16, "16-31"), (127, "64-127"), (128, "128+"), (10**6, "128+")],
)
def test_length_bands(tokens, name):
    assert length_name(length_band(tokens)) == name


def test_languages_without_a_band_share_one():
    assert [language_group(x) for x in ("zh", "fr", "en", "de", "und")] == ["zh", "fr", "en", "other", "other"]


def test_a_large_group_has_its_own_mean_and_spread():
    rng = np.random.default_rng(0)
    features = np.vstack([rng.normal(5, 2, (5000, 2)), rng.normal(-5, 1, (5000, 2))])
    band = HumanBand.fit(features, ["zh"] * 5000 + ["fr"] * 5000, [20] * 10_000)
    np.testing.assert_allclose(band.mean[LANGUAGES.index("zh"), length_band(20)], 5, atol=0.2)
    np.testing.assert_allclose(band.std[LANGUAGES.index("fr"), length_band(20)], 1, atol=0.3)
    distance = band.distance(np.array([[5.0, 7.0]]), ["zh"], [20])
    np.testing.assert_allclose(distance, [[0, 1]], atol=0.1)


def test_a_group_without_posts_leans_on_the_wider_one():
    rng = np.random.default_rng(0)
    features = rng.normal(3, 1, (1000, 1))
    band = HumanBand.fit(features, ["zh"] * 1000, [20] * 1000)
    assert band.mean[LANGUAGES.index("en"), length_band(200), 0] == pytest.approx(features.mean())
    assert band.std[LANGUAGES.index("en"), length_band(200), 0] == pytest.approx(features.std())


def test_pseudo_posts_weigh_as_forty():
    features = np.concatenate([np.zeros((960, 1)), np.ones((40, 1))])
    band = HumanBand.fit(features, ["zh"] * 960 + ["fr"] * 40, [20] * 1000)
    overall = 0.04
    language = (40 + 40 * overall) / 80
    assert band.mean[LANGUAGES.index("fr"), length_band(20), 0] == pytest.approx((40 + 40 * language) / 80)
    assert band.mean[LANGUAGES.index("fr"), length_band(8), 0] == pytest.approx(language)


def test_distances_are_clipped_on_both_sides_and_finite_without_spread():
    band = HumanBand.fit(np.ones((100, 1)), ["en"] * 100, [20] * 100)
    distance = band.distance(np.array([[1.0], [1e9], [-1e9]]), ["en"] * 3, [20] * 3)
    np.testing.assert_allclose(distance[:, 0], [0, CLIP, -CLIP])
    assert band.distance(np.zeros((0, 1)), [], []).shape == (0, 1)


def test_settings_name_the_axes():
    band = HumanBand.fit(np.ones((3, 2)), ["en"] * 3, [20] * 3)
    settings = HumanBand.settings()
    assert band.mean.shape == band.std.shape == (len(settings["languages"]), len(settings["lengths"]) + 1, 2)
