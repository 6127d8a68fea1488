"""Which scored posts are flagged."""

from dataclasses import replace

import pytest

from autowritten.judging.thresholds import ThresholdError
from autowritten.scored import Flagger, ScoredPost, flag_rate, other_models

POST = ScoredPost("1", "a", None, "text", logit=99.0, language="en", tokens=20)


def test_a_post_is_flagged_or_not_or_cannot_be_judged(bundle):
    flagger = Flagger(bundle, 0.05)
    assert flagger.flag(POST) is True
    assert flagger.flag(replace(POST, logit=-99.0)) is False
    assert flagger.flag(replace(POST, logit=None)) is None
    assert flagger.flag(replace(POST, tokens=7)) is None
    assert flagger.flag(replace(POST, reason="too_short")) is None


def test_posts_of_the_fast_mode_have_thresholds_of_their_own(bundle):
    flagger = Flagger(bundle, 0.05)
    for mode in ("full", "fast"):
        threshold = bundle.judge(mode == "fast").thresholds.machine_at(0.05, "en", 20).logit
        assert flagger.threshold(replace(POST, mode=mode)) == threshold


def test_the_rate_is_the_one_asked_for_or_five_percent(bundle):
    assert flag_rate(bundle) == Flagger(bundle).rate == 0.05
    assert flag_rate(bundle, 0.01) == 0.01
    with pytest.raises(ThresholdError, match="no threshold at a false-positive rate of 1e-05"):
        flag_rate(bundle, 1e-5)


def test_posts_scored_by_another_bundle_get_a_warning(bundle):
    assert other_models({bundle.name, f"{bundle.name} (fast)", ""}, bundle) == ""
    assert "scored by other 2, but judged here by" in other_models({bundle.name, "other 2"}, bundle)
