"""The one door, with a random model behind it."""

import itertools
import json

import numpy as np
import pytest
import torch

from autowritten import detector as detectors
from autowritten.bundle import BundleError
from autowritten.detector import Detector
from autowritten.errors import UsageError
from autowritten.judging.thresholds import ThresholdError
from autowritten.lm import backbone as backbones
from autowritten.score import Reason, Score, Verdict

LONG = "the charger at the station broke down again, and nobody came to fix it"
BAD = {
    "null": (None, Reason.NOT_TEXT),
    "number": (3.5, Reason.NOT_TEXT),
    "bytes": (b"text", Reason.NOT_TEXT),
    "list": (["text"], Reason.NOT_TEXT),
    "empty": ("", Reason.EMPTY),
    "blank": (" \n\t\u3000", Reason.EMPTY),
    "invisible": ("\u200b\u2060\ufeff", Reason.EMPTY),
    "nul": ("\0\0", Reason.EMPTY),
    "surrogate": ("\ud800", Reason.EMPTY),
    "megabyte": ("x" * 1_000_000, Reason.TOO_LONG),
    "word": ("the", Reason.TOO_SHORT),
}
HOSTILE = {
    "surrogate": "\ud83d the charger at the station \udc00 broke down",
    "nul": "the charger\0 at the station\0 broke down",
    "emoji": "🫨👩‍👩‍👧🏳️‍🌈" * 200,
    "marks": "Z" + "\u0301" * 1900,
    "special": "<bos><eos><pad>" * 20,
    "entities": "&amp;" * 300 + "&#xD800;" * 10 + "&#x110000;",
    "one character": "好" * 2000,
    "ligature": "\ufdfa" * 2000,
    "bidi": "\u202e" + LONG,
    "placeholders": "@user http " * 30,
}


def same(a, b, tolerance=1e-4):
    """Tell whether two scores are the same but for rounding."""
    left, right = a.as_dict(), b.as_dict()
    for values in (left, right):
        values |= values.pop("surprisal") or {}
    return left.keys() == right.keys() and all(
        left[k] == pytest.approx(right[k], rel=tolerance, abs=tolerance)
        if isinstance(left[k], float)
        else left[k] == right[k]
        for k in left
    )


@pytest.mark.parametrize("name", BAD)
def test_a_bad_post_is_a_score_with_a_reason(detector, name):
    post, reason = BAD[name]
    score = detector.score(post)
    assert (score.verdict, score.reason) == (Verdict.UNDECIDED, reason)
    assert (score.probability is None) == (reason is not Reason.TOO_SHORT)
    json.dumps(score.as_dict(), allow_nan=False)


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("error:.*overflow|.*invalid value")
def test_a_hostile_post_is_scored(detector, name):
    score = detector.score(HOSTILE[name])
    assert 0 <= score.probability <= 1
    assert score.windows == -(-score.tokens // 16)
    json.dumps(score.as_dict(), allow_nan=False)
    assert "".join(t.text for t in detector.explain(HOSTILE[name]).tokens) == detector.explain(HOSTILE[name]).text


def test_what_was_undone_is_told(detector):
    assert detector.score(HOSTILE["nul"]).obfuscation == {"control": 2}
    assert detector.score("\u200b").obfuscation == {"zero_width": 1}


def test_order_is_kept_and_a_post_alone_equals_the_post_in_a_stream(detector):
    rng = np.random.default_rng(0)
    words = LONG.split()
    posts = [" ".join(rng.choice(words, rng.integers(1, 60))) for _ in range(300)]
    posts[5], posts[150], posts[299] = None, "", "x" * 3000
    scores = list(detector.score_many(posts))
    assert len(scores) == 300
    assert [scores[i].reason for i in (5, 150, 299)] == [Reason.NOT_TEXT, Reason.EMPTY, Reason.TOO_LONG]
    for i in (*range(0, 300, 37), 5, 150, 299):
        assert same(scores[i], detector.score(posts[i])), posts[i]


def test_duplicates_are_walked_once_and_keep_their_own_obfuscation(detector, monkeypatch):
    walked = []
    walk = detector.backbone.walk
    monkeypatch.setattr(detector.backbone, "walk", lambda texts, **kw: walked.append(len(texts)) or walk(texts, **kw))
    disguised = LONG.replace("charger", "char\u200bger")
    scores = list(detector.score_many([LONG, "another post of some length", disguised, LONG]))
    assert walked == [2]
    monkeypatch.setattr(detectors, "CHUNK", 2)
    monkeypatch.setattr(detectors, "REMEMBERED", 2)
    posts = [LONG, "another post", "a third one", LONG, "a fourth", "another post"]
    assert list(detector.score_many(posts))[3] == scores[0]
    assert walked == [2, 2, 1, 2]  # LONG is remembered, the second by then forgotten
    assert scores[0] == scores[3]
    assert scores[2].logit == scores[0].logit
    assert (scores[0].obfuscation, scores[2].obfuscation) == ({}, {"zero_width": 1})


def test_an_endless_stream_is_read_as_it_is_scored(detector, monkeypatch):
    monkeypatch.setattr(detectors, "CHUNK", 4)
    read = itertools.count()
    posts = (f"post number {next(read)} about the station" for _ in itertools.repeat(0))
    scores = detector.score_many(posts, pause=None)
    assert all(isinstance(score, Score) for score in itertools.islice(scores, 10))
    assert next(read) == 12


def test_no_posts(detector):
    assert list(detector.score_many([])) == []
    assert list(detector.score_many(iter(()))) == []


def test_a_rate_the_bundle_does_not_support_is_refused_at_once(detector, bundle, gemma):
    for refused in (
        lambda: detector.score_many([], fpr=1e-5),
        lambda: detector.explain(LONG, fpr=1e-5),
        lambda: Detector(bundle, gemma, 1e-5),
    ):
        with pytest.raises(ThresholdError, match=r"support 0\.001 and up"):
            refused()


def test_verdicts_follow_the_thresholds(detector):
    rng = np.random.default_rng(1)
    words = LONG.split()
    posts = [" ".join(rng.choice(words, rng.integers(3, 40))) for _ in range(128)]
    thresholds = detector.thresholds
    slope, intercept = detector.judge.slope, detector.judge.intercept
    seen = set()
    for rate in (0.05, 0.01):
        for score in detector.score_many(posts, fpr=rate):
            seen.add(score.reason)
            machine = score.logit >= thresholds.machine_at(rate, score.language, score.tokens).logit
            human = score.probability < 0.5 and score.logit <= thresholds.human_at(score.language, score.tokens).logit
            expected = (
                Reason.TOO_SHORT if score.tokens < 8
                else Reason.ABOVE_THRESHOLD if machine
                else Reason.BELOW_THRESHOLD if human
                else Reason.BETWEEN_THRESHOLDS
            )  # fmt: skip
            assert score.reason is expected
            assert (score.verdict is Verdict.MACHINE) == (score.reason is Reason.ABOVE_THRESHOLD)
            assert (score.verdict is Verdict.HUMAN) == (score.reason is Reason.BELOW_THRESHOLD)
            assert score.probability == pytest.approx(1 / (1 + np.exp(-(slope * score.logit + intercept))))
    assert len(seen) >= 2


NO_WRITING = {
    "links": "https://t.co/a https://t.co/b https://t.co/c https://t.co/d https://t.co/e https://t.co/f " * 2,
    "mentions": "@one @two @three @four @five @six @seven @eight @nine @ten @eleven",
    "flags": "🇫🇷🇩🇪🇨🇳" * 20,
    "families": "👨\u200d👩\u200d👧" * 20,
    "code": "import os\nprint(os.getcwd())\nfor i in range(10):\n    print(i + 1)\n    x = f(i)",
    "figures": "12 345 678 !!! ... 9 10 11 12 13 14 ???",
    "a word among links": "look https://t.co/a https://t.co/b https://t.co/c https://t.co/d https://t.co/e 😀😀😀😀",
}


@pytest.mark.parametrize("name", NO_WRITING)
def test_links_mentions_emoji_and_code_are_no_text_to_judge(detector, name):
    score = detector.score(NO_WRITING[name])
    assert score.tokens >= detector.judge.min_tokens
    assert (score.verdict, score.reason, score.language) == (Verdict.UNDECIDED, Reason.TOO_SHORT, "und")
    assert (score.human_rarity, score.logit is None) == (None, False)


def test_writing_among_links_and_emoji_is_judged_by_all_of_it(detector):
    short = "see this one day of sun and rain"
    alone, among = detector.score_many([short, f"{short} https://t.co/a @someone 😀"])
    assert alone.reason is not Reason.TOO_SHORT
    assert among.reason is not Reason.TOO_SHORT
    assert among.tokens > alone.tokens


def test_the_same_text_in_lines_of_code_and_in_one_line_are_two_posts(detector):
    code = "def add(a, b):\n    return a + b\nadd(1, 2)\nprint(add)\nas we go on and on from here to there"
    lines = "def add(a, b):\n    return a + b\n    add(1, 2)\n    print(add)\n    as we go on and on from here to there"
    first, second = detector.score_many([code, lines])
    again = list(detector.score_many([lines, code]))
    assert (first, second) == (again[1], again[0])
    assert (first.logit, first.reason is Reason.TOO_SHORT, second.reason) == (second.logit, False, Reason.TOO_SHORT)


def test_explain(detector):
    explanation = detector.explain("Voil\u00e0 @someone: " + LONG + " https://example.org/x 🫨")
    assert "@user" in explanation.text
    assert "".join(token.text for token in explanation.tokens) == explanation.text
    assert len(explanation.tokens) == explanation.score.tokens
    assert np.mean([t.surprisal for t in explanation.tokens]) == pytest.approx(
        explanation.score.surprisal.mean, abs=1e-5
    )
    assert all(token.rank >= 1 for token in explanation.tokens)
    assert sum(explanation.contributions.values()) == pytest.approx(explanation.score.logit, abs=1e-6)
    assert explanation.false_positive_rate == 0.01
    assert (
        explanation.threshold
        == detector.thresholds.machine_at(0.01, explanation.score.language, explanation.score.tokens).logit
    )


@pytest.mark.parametrize("post", [None, "", "x" * 3000])
def test_explain_of_a_bad_post(detector, post):
    explanation = detector.explain(post)
    assert explanation.tokens == ()
    assert explanation.threshold is None
    assert explanation.score == detector.score(post)


def test_load(bundle, gemma_folder, tmp_path, monkeypatch, detector):
    bundle.save_pretrained(tmp_path / "tiny")
    monkeypatch.setattr(backbones, "dense_copy", lambda source: gemma_folder)
    monkeypatch.setattr(backbones, "best_dtype", lambda device: torch.float32)
    loaded = Detector.load(tmp_path / "tiny", fpr=0.05)
    assert loaded.name == "tiny 0"
    assert loaded.fpr == 0.05
    assert same(loaded.score(LONG, fpr=0.01), detector.score(LONG))
    with pytest.raises(ThresholdError):
        Detector.load(tmp_path / "tiny", fpr=1e-5)
    with pytest.raises(BundleError):
        Detector.load(tmp_path / "none")


def test_another_language_model_tells_surprisal_only(bundle, gpt2_folder, tmp_path):
    bundle.save_pretrained(tmp_path / "tiny")
    other = Detector.load(tmp_path / "tiny", lm=str(gpt2_folder))
    assert other.name == "surprisal of tiny-gpt2"
    score = other.score(LONG)
    assert (score.verdict, score.reason) == (Verdict.UNDECIDED, Reason.UNCALIBRATED)
    assert score.probability is score.logit is score.classifier_logit is None
    assert score.surprisal.mean > 0
    assert score.tokens >= 8
    explanation = other.explain(LONG)
    assert "".join(token.text for token in explanation.tokens) == LONG
    assert explanation.contributions == {}
    assert other.score(None).reason is Reason.NOT_TEXT


def test_fast_is_the_classifier_alone_with_a_judge_of_its_own(bundle, gemma_folder, tmp_path, monkeypatch, detector):
    bundle.save_pretrained(tmp_path / "tiny")
    monkeypatch.setattr(backbones, "dense_copy", lambda source: gemma_folder)
    monkeypatch.setattr(backbones, "best_dtype", lambda device: torch.float32)
    fast = Detector.load(tmp_path / "tiny", fast=True)
    assert fast.name == "tiny 0"
    score, full = fast.score(LONG), detector.score(LONG)
    assert score.classifier_logit == score.logit == pytest.approx(full.classifier_logit, abs=1e-5)
    assert score.surprisal is None
    assert (score.language, score.tokens, score.windows) == (full.language, full.tokens, full.windows)
    assert score.probability == pytest.approx(bundle.judge(fast=True).probabilities(np.array([score.logit]))[0])
    assert score.verdict == bundle.judge(fast=True).verdict(score.logit, score.language, score.tokens, 0.01)[0]
    assert fast.score("").reason is Reason.EMPTY
    with pytest.raises(UsageError, match="both halves"):
        fast.explain(LONG)
    with pytest.raises(UsageError, match="surprisal only"):
        Detector.load(tmp_path / "tiny", lm="somewhere", fast=True)


# ----------------------------------------------------------------------------------------------------------- datasets

ROWS = {
    "id": list(range(6)),
    "text": [None, "", "\u200b", LONG, "c\u200bharger " + LONG, "🫨"],
    "language": ["xx"] * 6,
}


@pytest.fixture
def datasets(tmp_path, monkeypatch):
    monkeypatch.setattr(detectors, "CHUNK", 2)  # the first batch has nothing to tell types by
    return pytest.importorskip("datasets")


@pytest.mark.parametrize("streamed", [False, True])
def test_score_dataset(detector, datasets, streamed):
    given = datasets.Dataset.from_dict(ROWS)
    scored = list(detector.score_dataset(given.to_iterable_dataset() if streamed else given))
    assert [row["id"] for row in scored] == ROWS["id"]
    assert [row["text"] for row in scored] == ROWS["text"]
    assert [row["input_language"] for row in scored] == ROWS["language"]
    for row, score in zip(scored, detector.score_many(ROWS["text"]), strict=True):
        assert (row["verdict"], row["reason"], row["language"]) == (score.verdict, score.reason, score.language)
        assert (row["tokens"], row["windows"], row["model"]) == (score.tokens, score.windows, score.model)
        assert json.loads(row["obfuscation"]) == score.obfuscation
        assert row["logit"] == pytest.approx(score.logit, abs=1e-4)
        assert row["surprisal_mean"] == (score.surprisal and pytest.approx(score.surprisal.mean, abs=1e-4))


def test_score_dataset_of_an_untyped_stream(detector, datasets):
    stream = datasets.IterableDataset.from_generator(lambda: ({"post": text} for text in ROWS["text"]))
    assert [row["reason"] for row in detector.score_dataset(stream, text_column="post")][:2] == ["not_text", "empty"]


def test_score_dataset_whose_text_column_has_a_scores_name(detector, datasets):
    scored = detector.score_dataset(datasets.Dataset.from_dict({"reason": [LONG]}), text_column="reason")
    assert scored[0]["input_reason"] == LONG
    assert scored[0]["tokens"] > 8


def test_score_dataset_without_rows_or_with_wrong_options(detector, datasets):
    given = datasets.Dataset.from_dict(ROWS)
    assert len(detector.score_dataset(given.select([]))) == 0
    with pytest.raises(UsageError, match=r"no column 'post'.*id, language, text"):
        detector.score_dataset(given, text_column="post")
    with pytest.raises(ThresholdError):
        detector.score_dataset(given, fpr=1e-5)
