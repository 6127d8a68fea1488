"""What a detector does with tables, and as a classifier of scikit-learn: thin over `score_many`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from autowritten.errors import UsageError
from autowritten.judging.thresholds import Thresholds
from autowritten.posts.json_text import encode
from autowritten.score import SCORE_COLUMNS, Score, free_names

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 128
"""Posts of a data set scored together."""
_DATASET_TYPES = {float: "float64", int: "int64", str: "string"}


class Scoring:
    """What both need of a detector."""

    fpr: float
    thresholds: Thresholds

    def score_many(self, posts: Iterable[object], *, fpr: float | None = None) -> Iterator[Score]:
        """See `Detector.score_many`."""
        raise NotImplementedError


class Tabular(Scoring):
    """Scores as columns."""

    def score_dataset(self, dataset: Any, text_column: str = "text", *, fpr: float | None = None) -> Any:  # noqa: ANN401
        """Return a `datasets.Dataset` or `IterableDataset` with the scores' fields as further columns.

        The surprisal summary becomes columns `surprisal_mean` …, obfuscation a string of JSON. A column that already has
        the name of one of these stays, as `input_` and its name. Posts are scored anew at each call, never from a cache.

        Args:
            dataset: with a column of posts.
            text_column: its name.
            fpr: as in `score_many`.

        Raises:
            UsageError: no such column.
            ThresholdError: a rate that the bundle can't support.
        """
        from datasets import Dataset, Features, Value

        self.thresholds.check(self.fpr if fpr is None else fpr)
        names = dataset.column_names or []  # a stream may not know them
        if names and text_column not in names:
            raise UsageError(f"no column {text_column!r}. The columns are: {', '.join(sorted(names))}")
        if taken := {name: free for name, free in free_names(names).items() if name != free}:
            dataset = dataset.rename_columns(taken)
            text_column = taken.get(text_column, text_column)

        def columns(batch: dict[str, list[object]]) -> dict[str, list[object]]:
            return self.score_table(batch[text_column], fpr=fpr).to_pydict()  # type: ignore[no-any-return]

        # Types are told, not guessed from the first posts; and without a fingerprint of our own the library would take
        # a digest of all the weights.
        options: dict[str, Any] = {"new_fingerprint": uuid4().hex} if isinstance(dataset, Dataset) else {}
        if dataset.features is not None:
            added = {name: Value(_DATASET_TYPES[kind]) for name, kind in SCORE_COLUMNS.items()}
            options["features"] = Features({**dataset.features, **added})
        return dataset.map(columns, batched=True, batch_size=CHUNK, **options)

    def score_table(self, posts: Iterable[object], *, fpr: float | None = None) -> pa.RecordBatch:
        """Return the scores of posts as columns: one row per post, in order, the columns of `score.SCORE_COLUMNS`.

        Args:
            posts: as in `score_many`.
            fpr: as in `score_many`.
        """
        import pyarrow as pa

        from autowritten.posts.write_parquet import SCORE_TYPES

        rows = [
            row | {"obfuscation": encode(row["obfuscation"])}
            for row in (s.as_row() for s in self.score_many(posts, fpr=fpr))
        ]
        return pa.RecordBatch.from_pylist(rows, pa.schema(SCORE_TYPES.items()))

    def score_frame(self, frame: Any, text: str = "text", *, fpr: float | None = None) -> Any:  # noqa: ANN401
        """Return a pandas or polars data frame with the columns of the scores added, its rows and index kept.

        A column that already has the name of one of these stays, as `input_` and its name.

        Args:
            frame: with a column of posts.
            text: its name.
            fpr: as in `score_many`.

        Raises:
            UsageError: no such column, or not a data frame.
        """
        names = [str(name) for name in getattr(frame, "columns", ())]
        if text not in names:
            raise UsageError(
                f"no column {text!r}. The columns are: {', '.join(names) or 'none: this is not a data frame'}"
            )
        posts = list(frame[text])
        columns = self.score_table([None if post != post else post for post in posts], fpr=fpr).to_pydict()
        taken = {name: free for name, free in free_names(names).items() if name != free}
        if hasattr(frame, "with_columns"):  # polars
            import polars as pl

            return frame.rename(taken).with_columns(pl.Series(name, values) for name, values in columns.items())
        return frame.rename(columns=taken).assign(**columns)


class Classifier(Scoring):
    """The verbs of a scikit-learn classifier that is already fitted, over lists of posts.

    For a `Pipeline` it is the last step; for `CalibratedClassifierCV` wrap it in `sklearn.frozen.FrozenEstimator`.
    """

    classes_ = np.array(["human", "machine"])
    """The order of the columns of `predict_proba`."""

    def predict_proba(self, posts: Iterable[object]) -> NDArray[np.float64]:
        """Return the probabilities of human and machine, shape (posts, 2); NaN where a post could not be scored."""
        found = [score.probability for score in self.score_many(posts)]
        machine = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
        return np.stack([1.0 - machine, machine], axis=1)

    def decision_function(self, posts: Iterable[object]) -> NDArray[np.float64]:
        """Return the logits before calibration, shape (posts,); NaN where a post could not be scored."""
        found = [score.logit for score in self.score_many(posts)]
        return np.array([np.nan if value is None else value for value in found], dtype=np.float64)

    def predict(self, posts: Iterable[object]) -> NDArray[np.str_]:
        """Return the verdicts: machine, human or undecided, shape (posts,)."""
        return np.array([str(score.verdict) for score in self.score_many(posts)], dtype=np.str_)

    def fit(self, posts: object = None, labels: object = None) -> Classifier:
        """Return the detector as it is: it is fitted already. For posts of your own see `autowritten calibrate`."""
        del posts, labels
        return self

    def __sklearn_is_fitted__(self) -> bool:
        """Tell scikit-learn that there is nothing to fit."""
        return True

    def __sklearn_tags__(self) -> Any:  # noqa: ANN401 - of an optional library
        """Tell scikit-learn that this is a classifier of texts."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=False),
            classifier_tags=ClassifierTags(multi_class=False),
            input_tags=InputTags(string=True, two_d_array=False),
        )
