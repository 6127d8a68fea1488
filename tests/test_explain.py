"""`autowritten explain` with the shipped bundle and the real embedded model."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from autowritten.bundle import DEFAULT, shipped
from autowritten.cli import app
from autowritten.cli import explain as command
from autowritten.detector import Detector
from autowritten.explain.occlusion import without
from tests.update_reference import examples

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        not (shipped() / DEFAULT / "config.json").is_file(),
        reason=f"models/{DEFAULT} is not trained yet: run training/run.sh",
    ),
]
CHOSEN = ("p12", "p16", "p19", "p28")  # Chinese, French, English, German


@pytest.fixture(scope="module")
def real():
    return Detector.load()


@pytest.fixture(scope="module")
def told(real):
    posts = {post["id"]: post["text"] for post in examples()}
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "_load", lambda bundle, fpr: real)
        for name in CHOSEN:
            done = CliRunner().invoke(app, ["explain", posts[name], "--json"])
            assert done.exit_code == 0, done.output
            found[name] = json.loads(done.stdout)
    return found


def test_words_are_whole(told):
    """A post of the examples is cut at its spaces, or between Chinese characters."""
    texts = {name: [word["text"].strip() for word in one["words"]] for name, one in told.items()}
    for one in told.values():
        assert "".join(word["text"] for word in one["words"]) == one["text"]
    assert {"propriétaires", "négociable"} <= set(texts["p16"])
    assert {"Multiple", "afterthought"} <= set(texts["p19"])
    assert {"突然", "关注"} <= set(texts["p12"])
    assert "gerührt" in texts["p28"]


def test_pulls_add_up_and_verdicts_follow(real, told):
    for one in told.values():
        assert sum(one["contributions"].values()) == pytest.approx(one["score"]["logit"], abs=1e-6)
        assert one["evidence"]["peers"]["n"] >= 50
        assert one["evidence"]["measured"]["promised"] == one["false_positive_rate"]
        at_rate = {outcome["rate"]: outcome["verdict"] for outcome in one["evidence"]["outcomes"]}
        assert at_rate[0.01] == one["score"]["verdict"]
    assert told["p12"]["score"]["verdict"] == "machine"
    assert told["p12"]["evidence"]["classifier"] > 0


def test_the_words_named_are_those_the_classifier_goes_by(real, told):
    """Without a third of the words that pull to its side the classifier is less sure than without the other end."""
    for name, one in told.items():
        side = np.sign(one["score"]["classifier_logit"])
        words = sorted(one["attribution"]["words"], key=lambda word: -side * word["effect"])
        third = len(words) // 3
        ends = [sorted((word["start"], word["end"]) for word in part) for part in (words[:third], words[-third:])]
        highest, lowest = real.classifier_logits([without(one["text"], spans) for spans in ends])
        assert side * highest < side * lowest, name
