"""The audit finds planted shortcuts, leaves clean sets alone, and says what to do by its rule."""

import numpy as np
import pandas as pd
import pytest

from autowritten.evaluation.metrics import auroc
from training import audit
from training.cues import CUES, cues, overlap_weights

WORDS = "the rain in town was late again and nobody told us why the bus did not come so we walked home"
COLUMNS = ["text", "label", "lang", "domain", "dataset", "pair_id", "account"]


def frame(dataset, label, n, ending="", lang="en", domain="tweet", seed=0):
    rng = np.random.default_rng([seed, label == "machine"])
    texts = [" ".join(rng.choice(WORDS.split(), rng.integers(8, 20))) + ending for _ in range(n)]
    return pd.DataFrame(
        {"text": texts, "label": label, "lang": lang, "domain": domain, "dataset": dataset}
        | {"pair_id": None, "account": None}
    )[COLUMNS]


def only(findings, dataset):
    return next(found for found in findings if found.dataset == dataset)


@pytest.fixture(scope="module")
def findings():
    parts = [
        frame("clean", "human", 80, seed=1),
        frame("clean", "machine", 80, seed=1),
        frame("full-stops", "human", 80, seed=2),
        frame("full-stops", "machine", 80, ending=".", seed=2),
        frame("links", "human", 80, ending=" https://t.co/Xyz12345", seed=3),
        frame("links", "machine", 80, seed=3),
        frame("bots", "machine", 80, seed=4),
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "FOLDS", 2)  # for time: the probes need little to find what was planted
        patch.setattr(audit, "BOOSTING_ROUNDS", 20)
        return audit.audit(pd.concat(parts, ignore_index=True), most_rows=160)


def test_a_clean_set_is_kept(findings):
    clean = only(findings, "clean")
    assert clean.decision == "keep"
    assert 0.3 < clean.cues_raw < 0.7
    assert clean.overlap > 0.5
    assert (clean.n_human, clean.n_machine, clean.borrowed) == (80, 80, "")


def test_a_planted_mark_is_found_named_and_can_be_stripped(findings):
    marked = only(findings, "full-stops")
    assert marked.cues_masked > 0.95
    assert marked.worst_cue in {"ends_with_mark", "full_stops", "ascii_marks"}
    assert marked.worst_auroc > 0.95
    assert marked.tfidf > 0.8
    assert marked.decision == "strip"
    assert "ends_with_mark" in marked.match


def test_masking_a_link_does_not_hide_that_there_is_one(findings):
    links = only(findings, "links")
    assert links.cues_masked > 0.95
    assert links.worst_auroc < 0.05  # a mark of the human side
    assert links.cues_stripped < 0.7
    assert links.decision == "strip"


def test_a_set_of_one_class_borrows_the_other_and_says_so(findings):
    bots = only(findings, "bots")
    assert bots.borrowed == "human"
    assert bots.n_human == bots.n_machine == 80
    assert "80+ | 80" in audit.table([bots])


def test_a_language_is_looked_at_as_a_whole(findings):
    assert only(findings, "(all)").lang == "en"


@pytest.mark.parametrize(
    ("probes", "borrowed", "decision"),
    [
        ((0.79, 0.79, 0.79, 0.8), "", "keep"),
        ((0.77, 0.77, 0.44, 0.5), "", "strip"),
        ((0.99, 0.99, 0.60, 0.1), "", "strip"),
        ((0.90, 0.79, 0.75, 0.8), "", "mask"),
        ((0.90, 0.90, 0.81, 0.3), "", "balance"),
        ((0.99, 0.99, 0.99, 0.1), "", "drop"),
        ((0.99, 0.99, 0.99, 0.1), "human", "balance"),
    ],
)
def test_the_rule(probes, borrowed, decision):
    assert audit.decide(*probes, borrowed) == decision


def test_a_pair_never_stands_on_both_sides_of_a_fold():
    labels, groups = np.tile([0, 1], 50), np.repeat(np.arange(50), 2)
    for train, test in audit._folds(labels, groups):
        assert not set(groups[train]) & set(groups[test])


def test_rows_are_drawn_evenly():
    rows = pd.concat([frame("big", "human", 90), frame("small", "human", 10)], ignore_index=True)
    assert audit._evenly(rows, 40, "dataset")["dataset"].value_counts().to_dict() == {"big": 30, "small": 10}


def test_platforms():
    assert audit.platform("tweet-2022-arabe") == "post"
    assert audit.platform("weibo-社会生活") == "post"
    assert audit.platform("car-forum-review") == "forum"
    assert audit.platform("review-hotel") == "review"
    assert audit.platform("arxiv") == "text"
    assert audit.platform(None) == "text"


def test_the_distance_of_equal_and_of_apart_scores():
    labels = np.array([0, 0, 1, 1])
    assert audit._largest_distance(labels, np.array([1.0, 2.0, 1.0, 2.0])) == 0.0
    assert audit._largest_distance(labels, np.array([1.0, 2.0, 3.0, 4.0])) == 1.0


def test_the_page_states_rule_table_and_digest(findings):
    page = audit.page(findings, "abc123")
    assert "`drop`" in page
    assert "abc123" in page
    assert "| full-stops | en |" in page
    assert not any(text in page for text in ("nobody told", "told us"))  # no rows


def test_cues_by_hand():
    def value(text, cue):
        return cues([text])[0, CUES.index(cue)]

    assert value("@user look http #now", "mentions") == 100 / 20
    assert value("@user look http #now", "links") == 100 / 20
    assert value("@user look http #now", "ends_with_tag_or_link") == 1
    assert value("好的。", "ends_with_mark") == 1
    assert value("好的", "ends_with_mark") == 0
    assert value("好的", "han") == 1
    assert value("so… 😂", "emoji") == 100 / 5
    assert value("AbC1", "upper_case") == 0.5
    assert value("", "characters") == 0
    assert cues([]).shape == (0, len(CUES))


def test_overlap_weights_even_the_cues_out():
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2
    columns = rng.normal(size=(400, 3)) + labels[:, None] * [1.0, 0.0, -0.5]
    weights = overlap_weights(columns, labels)
    means = [np.average(columns[labels == side], axis=0, weights=weights[labels == side]) for side in (0, 1)]
    assert means[0] == pytest.approx(means[1], abs=0.02)
    assert weights[labels == 0].sum() == pytest.approx(weights[labels == 1].sum())
    assert weights.min() >= 0
    assert weights.max() <= 1
    assert auroc(labels, columns[:, 0]) > 0.7
