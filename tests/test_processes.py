"""One detector in several threads, in forked children and in processes of their own; and posts that come slowly."""

import multiprocessing
import pickle
import threading
import time

import pytest
import torch

from autowritten import Detector
from autowritten.lm import backbone as backbones

POSTS = [f"multiple owners report sudden power loss on motorway number {n} and the maker keeps quiet" for n in range(6)]
LIMIT = 60.0  # seconds: a child that hangs is a failure, not an endless test
_shared = None


def logits(posts):
    return [score.logit for score in _shared.score_many(posts)]


@pytest.fixture
def loaded(bundle, gemma_folder, tmp_path, monkeypatch):
    """A detector that was loaded from a folder, with two threads of torch."""
    bundle.save_pretrained(tmp_path / "tiny")
    monkeypatch.setattr(backbones, "dense_copy", lambda source: gemma_folder)
    monkeypatch.setattr(backbones, "best_dtype", lambda device: torch.float32)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.randn(400, 400) @ torch.randn(400, 400)  # so that the threads are there
    yield Detector.load(tmp_path / "tiny")
    torch.set_num_threads(before)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_forked_child_does_not_hang(loaded):
    global _shared
    _shared = loaded
    expected = logits(POSTS)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for part in range(2):
            assert pool.apply_async(logits, [POSTS]).get(LIMIT) == pytest.approx(expected, abs=1e-4), part
    assert logits(POSTS) == pytest.approx(expected)


def test_a_data_set_is_scored_by_several_processes(loaded):
    from datasets import Dataset

    data = Dataset.from_dict({"text": POSTS})
    found = data.map(lambda row: {"logit": loaded.score(row["text"]).logit}, num_proc=2, new_fingerprint="fork")
    assert found["logit"] == pytest.approx([score.logit for score in loaded.score_many(POSTS)], abs=1e-4)


def test_it_is_pickled_as_what_it_was_loaded_from(loaded, detector, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    small = pickle.dumps(loaded)
    assert len(small) < 2_000
    again = pickle.loads(small)  # noqa: S301 - our own
    assert repr(again) == repr(loaded)
    assert again.score(POSTS[0]).logit == pytest.approx(loaded.score(POSTS[0]).logit, abs=1e-6)
    with pytest.raises(TypeError, match="made of parts"):
        pickle.dumps(detector)


def test_threads_share_a_detector(loaded):
    expected = [score.logit for score in loaded.score_many(POSTS)]
    found = {}

    def work(n):
        found[n] = [score.logit for score in loaded.score_many(POSTS[n % 3 :])]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT)
    assert len(found) == 8
    for n, values in found.items():
        assert values == pytest.approx(expected[n % 3 :], abs=1e-4)


def test_posts_that_come_slowly_are_scored_as_they_come(loaded):
    answered = threading.Event()

    def slowly():
        yield POSTS[0]
        assert answered.wait(LIMIT), "the second post was waited for before the first was scored"
        yield POSTS[1]

    scores = loaded.score_many(slowly(), pause=0.05)
    first = next(scores)
    answered.set()
    assert [first.logit, next(scores).logit] == pytest.approx(
        [loaded.score(post).logit for post in POSTS[:2]], abs=1e-4
    )
    assert list(scores) == []


def test_an_error_of_the_source_comes_after_the_posts_before_it(loaded):
    def broken():
        yield POSTS[0]
        raise OSError("the line went dead")

    scores = loaded.score_many(broken(), pause=0.05)
    next(scores)
    with pytest.raises(OSError, match="went dead"):
        next(scores)


def test_whoever_stops_taking_scores_leaves_no_reader_behind(loaded):
    def endless():
        while True:
            time.sleep(0.001)
            yield POSTS[0]

    before = threading.active_count()
    scores = loaded.score_many(endless(), pause=0.05)
    next(scores)
    scores.close()
    deadline = time.monotonic() + LIMIT
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before
