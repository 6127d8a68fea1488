"""The shipped bundle and the real embedded model on the example posts."""

import json
import math
import shutil
import subprocess
import sys

import pytest

from autowritten import Detector, Reason, Verdict
from autowritten.bundle import DEFAULT, shipped
from autowritten.text import mask, normalise, prose
from tests.update_reference import REFERENCE, exact, examples

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(
        not (shipped() / DEFAULT / "config.json").is_file(),
        reason=f"models/{DEFAULT} is not trained yet: run training/run.sh",
    ),
]
REASONS = {
    Verdict.MACHINE: {Reason.ABOVE_THRESHOLD},
    Verdict.HUMAN: {Reason.BELOW_THRESHOLD},
    Verdict.UNDECIDED: {Reason.BETWEEN_THRESHOLDS, Reason.TOO_SHORT},
}


@pytest.fixture(scope="module")
def real():
    return Detector.load()


@pytest.fixture(scope="module")
def precise():
    return exact()


@pytest.fixture(scope="module")
def posts():
    return examples()


@pytest.fixture(scope="module")
def scores(real, posts):
    return list(real.score_many([post["text"] for post in posts]))


def test_every_example_gets_a_sensible_score(real, posts, scores):
    assert len(scores) == len(posts)
    for post, score in zip(posts, scores, strict=True):
        if not post["text"]:
            assert (score.probability, score.verdict, score.reason) == (None, Verdict.UNDECIDED, Reason.EMPTY)
            continue
        assert 0 < score.probability < 1, post["id"]
        assert score.reason in REASONS[score.verdict], post["id"]
        written = real.backbone.tokenise([prose(mask(normalise(post["text"]).text))])[0]
        assert (score.reason is Reason.TOO_SHORT) == (len(written) < real.judge.min_tokens), post["id"]
        assert 0 < score.surprisal.mean < 20, post["id"]
        assert score.surprisal.perplexity == pytest.approx(math.exp(score.surprisal.mean))
        assert score.model == real.name
        json.dumps(score.as_dict(), allow_nan=False)
    assert {"zh", "fr", "en"} <= {score.language for score in scores}


def test_scores_are_those_pinned(precise, posts, scores):
    """Regenerate with `python -m tests.update_reference` if a change is meant."""
    assert REFERENCE.is_file(), "no reference: run python -m tests.update_reference"
    pinned = json.loads(REFERENCE.read_text(encoding="utf-8"))
    assert pinned["model"] == precise.name
    assert pinned["sha256"] == precise.bundle.config["sha256"], "another bundle: run python -m tests.update_reference"
    assert list(pinned["scores"]) == [post["id"] for post in posts]
    for post, score, quick in zip(posts, precise.score_many([p["text"] for p in posts]), scores, strict=True):
        expected = pinned["scores"][post["id"]]
        for name in ("verdict", "reason", "language", "tokens"):
            assert getattr(score, name) == expected[name], (post["id"], name)
        if score.surprisal is None:
            continue
        assert score.logit == pytest.approx(expected["logit"], abs=1e-3), post["id"]
        assert score.classifier_logit == pytest.approx(expected["classifier_logit"], abs=1e-3), post["id"]
        assert score.surprisal.mean == pytest.approx(expected["surprisal"], abs=1e-3), post["id"]
        # whatever number type this machine is fastest in
        assert quick.probability == pytest.approx(score.probability, abs=0.03), post["id"]


def test_a_post_alone_equals_the_post_in_a_batch(real, posts, scores):
    for i in range(0, len(posts), 7):
        alone = real.score(posts[i]["text"])
        assert alone.logit == pytest.approx(scores[i].logit, abs=1e-4)
        assert alone.surprisal.mean == pytest.approx(scores[i].surprisal.mean, abs=1e-4)
        assert (alone.verdict, alone.reason) == (scores[i].verdict, scores[i].reason)


def test_explain_joins_to_the_text_and_sums_to_the_logit(real, posts):
    explanation = real.explain(posts[0]["text"])
    assert "".join(token.text for token in explanation.tokens) == explanation.text
    assert sum(explanation.contributions.values()) == pytest.approx(explanation.score.logit, abs=1e-6)


def test_bad_posts(real):
    reasons = [score.reason for score in real.score_many([None, 3, "", "\ud800\0", "x" * 1_000_000])]
    assert reasons == [Reason.NOT_TEXT, Reason.NOT_TEXT, Reason.EMPTY, Reason.EMPTY, Reason.TOO_LONG]


def test_the_exported_classifier_says_what_the_detector_says(precise, posts, tmp_path):
    pytest.importorskip("peft")
    from transformers import pipeline

    from autowritten.sequence_classifier import export

    export(precise, tmp_path / "classifier")  # a gigabyte: pytest keeps three runs, so it goes at once
    classify = pipeline("text-classification", str(tmp_path / "classifier"), top_k=None, function_to_apply="none")
    shutil.rmtree(tmp_path / "classifier")
    scores = precise.score_many([post["text"] for post in posts])
    chosen = [(p, s) for p, s in zip(posts, scores, strict=True) if 8 <= s.tokens <= 100][:8]
    for post, score in chosen:
        found = {item["label"]: item["score"] for item in classify([mask(normalise(post["text"]).text)])[0]}
        assert found["machine"] == pytest.approx(score.classifier_logit, abs=1e-3)
        assert found["human"] == 0.0


def test_fast_mode_is_the_classifier_half(posts, scores):
    fast = Detector.load(fast=True)
    for score, full in zip(fast.score_many([post["text"] for post in posts]), scores, strict=True):
        assert score.reason in (full.reason, *REASONS[score.verdict])
        if full.classifier_logit is not None:
            assert score.logit == pytest.approx(full.classifier_logit, abs=1e-4)


def test_scoring_needs_no_transformers():
    """Importing it would take longer than opening the model."""
    code = "import sys; from autowritten import Detector; Detector.load().score('a post'); print('transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.split() == ["False"]
