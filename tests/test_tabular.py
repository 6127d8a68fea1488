"""Scores as columns, and the detector as a classifier of scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from autowritten.errors import UsageError
from autowritten.score import SCORE_COLUMNS

POSTS = [
    "sold the old charger and bought a new one, it broke on the second day of course",
    "multiple owners report sudden power loss on the motorway and the maker keeps quiet about it",
    "Voil\u00e0 encore une borne en panne devant la gare, personne ne vient la r\u00e9parer",
    "the landlord never answers the phone and the heating has been off since last tuesday",
    None,
]


def test_a_table_has_one_row_for_each_post(detector):
    table = detector.score_table(POSTS)
    assert table.schema.names == list(SCORE_COLUMNS)
    assert table.num_rows == 5
    assert table.to_pydict()["verdict"] == [str(score.verdict) for score in detector.score_many(POSTS)]


def test_a_pandas_frame_keeps_its_index_and_its_own_columns(detector):
    frame = pd.DataFrame({"post": POSTS, "language": list("abcde")}, index=[5, 3, 9, 1, 0])
    scored = detector.score_frame(frame, text="post")
    assert list(scored.index) == [5, 3, 9, 1, 0]
    assert list(scored.columns) == ["post", "input_language", *SCORE_COLUMNS]
    assert list(scored["input_language"]) == list("abcde")
    again = detector.score_frame(scored, text="post")
    assert {"input_language", "input_input_language", "input_probability"} <= set(again.columns)
    with pytest.raises(UsageError, match=r"no column 'text'\. The columns are: post, language"):
        detector.score_frame(frame)
    with pytest.raises(UsageError, match="not a data frame"):
        detector.score_frame(POSTS)


def test_a_polars_frame_comes_back_as_one(detector):
    polars = pytest.importorskip("polars")
    scored = detector.score_frame(polars.DataFrame({"text": POSTS}))
    assert scored.columns == ["text", *SCORE_COLUMNS]


def test_a_data_set_can_be_scored_again_and_again(detector):
    from datasets import Dataset

    data = Dataset.from_dict({"text": POSTS[:2]})
    for _ in range(3):
        data = detector.score_dataset(data)
    assert {"probability", "input_probability", "input_input_probability"} <= set(data.column_names)


def test_it_is_a_fitted_classifier(detector):
    probabilities = detector.predict_proba(POSTS)
    assert probabilities.shape == (5, 2)
    np.testing.assert_allclose(probabilities[:4].sum(1), 1.0)
    assert np.isnan(probabilities[4]).all()
    assert list(detector.classes_) == ["human", "machine"]
    assert set(detector.predict(POSTS)) <= {"human", "machine", "undecided"}
    assert detector.predict([]).shape == (0,)
    assert detector.predict_proba([]).shape == (0, 2)


def test_it_ends_a_pipeline(detector):
    pipeline = make_pipeline(FunctionTransformer(lambda posts: [str(post).strip() for post in posts]), detector)
    np.testing.assert_allclose(pipeline.predict_proba(POSTS[:4]), detector.predict_proba(POSTS[:4]))


def test_scikit_learn_can_calibrate_it(detector):
    labels = np.array(["human", "machine"] * 10)
    posts = [f"{post} number {n}" for n in range(5) for post in POSTS[:4]]
    calibrated = CalibratedClassifierCV(FrozenEstimator(detector)).fit(posts, labels)
    assert calibrated.predict_proba(posts[:3]).shape == (3, 2)


def test_a_lone_string_is_not_a_list_of_posts(detector):
    for lone in ("one post", b"one post"):
        with pytest.raises(ValueError, match="use score for one post"):
            detector.score_many(lone)


def test_what_it_is_can_be_read(detector, bundle):
    assert repr(detector) == "Detector('tiny 0', mode='full', fpr=0.01)"
    assert len(repr(bundle)) < 120
    score = detector.score(POSTS[0])
    assert len(repr(score)) < 250
    assert "<script>" not in score._repr_html_()
    assert score.verdict in score._repr_html_()


def test_a_share_of_machine_posts_moves_probabilities_and_no_verdict(bundle, gemma):
    from autowritten import Detector

    rare = Detector(bundle, gemma, 0.01, share_machine=0.01)
    even = Detector(bundle, gemma, 0.01)
    for low, high in zip(rare.score_many(POSTS[:4]), even.score_many(POSTS[:4]), strict=True):
        assert low.probability < high.probability
        assert (low.verdict, low.human_rarity, low.share_machine) == (high.verdict, high.human_rarity, 0.01)
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="share of machine posts"):
            Detector(bundle, gemma, 0.01, share_machine=share)
