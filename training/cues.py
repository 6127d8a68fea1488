"""Trivial cues of a text: marks that say how it was stored, cut or typed, and nothing about who wrote it.

A data set whose classes differ in these teaches a detector the data set. `training.audit` measures how far each set
gives its classes away; the training sampler takes `overlap_weights` to even the cues out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

_EMOJI = re.compile("[\u2600-\u27bf\u2b50\u2b55\U0001f1e6-\U0001faff]")
_COUNTED = {
    "newlines": re.compile(r"\n"),
    "mentions": re.compile(r"[@＠]\w+"),
    "hashtags": re.compile(r"[#＃]\w+"),
    "links": re.compile(r"\bhttps?\b|\bwww\.|t\.cn/|网页链接|\[url\]", re.IGNORECASE),
    "emoji": _EMOJI,
    "bracket_emoticons": re.compile(r"\[\w{1,8}\]|[:;=][-']?[)(DPpo/]|\^_*\^|\b[xX]D+\b"),
    "reposts": re.compile(r"//@|\bRT\b|转发微博|\bvia @"),
    "straight_quotes": re.compile(r"\""),
    "other_quotes": re.compile("[“”„«»「」『』《》]"),
    "curly_apostrophes": re.compile("’"),
    "straight_apostrophes": re.compile("'"),
    "dashes": re.compile("[—–]"),
    "ellipses": re.compile(r"…|\.{2,}|。{2,}"),
    "repeated_marks": re.compile(r"[!?！？~～]{2,}"),
    "exclamations": re.compile("[!！]"),
    "questions": re.compile("[?？]"),
    "commas": re.compile("[,，、]"),
    "full_stops": re.compile(r"[.。]"),
    "colons": re.compile("[:：;；]"),
    "brackets": re.compile("[()（）【】]"),
    "ascii_marks": re.compile("[,.!?:;]"),
    "broken_characters": re.compile("\ufffd|\\?\\?(?=\\s|$)"),
    "space_before_mark": re.compile(r" [,.!?;:，。]"),
    "list_marks": re.compile(r"(?:^|\s)(?:\d{1,2}[.)、]|[-*•])\s"),
}
_CLASSES = {
    "digits": re.compile(r"\d"),
    "upper_case": re.compile(r"[A-ZÀ-ÖØ-Þ]"),
    "latin": re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ]"),
    "han": re.compile(r"[\u3400-\u9fff]"),
    "white_space": re.compile(r"\s"),
}
_TESTED = {
    "ends_with_mark": re.compile(r"[.!?。！？][\"'”’»)）\]]*$"),
    "ends_with_ellipsis": re.compile(r"(?:…|\.{2,})$"),
    "ends_with_comma": re.compile(r"[,，、:：;；]$"),
    "ends_with_tag_or_link": re.compile(r"(?:[#@]\w+#?|https?\S*)$"),
    "starts_with_capital": re.compile(r"^[A-ZÀ-ÖØ-Þ]"),
    "starts_with_lower_case": re.compile(r"^[a-zß-öø-ÿ]"),
    "starts_with_mark": re.compile(r"^\W"),
}

CUES = ("characters", *_COUNTED, *_CLASSES, *_TESTED)
"""The cues, in the order of the columns of `cues`: log of the length, counts per 100 characters, shares, yes or no."""


def cues(texts: Sequence[str]) -> Floats:
    """Return the (n, len(CUES)) matrix of trivial cues.

    Counts are per 100 characters, so that length is a cue once only; shares are of all characters.
    """
    return np.array([_row(text) for text in texts], dtype=np.float64).reshape(-1, len(CUES))


def overlap_weights(columns: Floats, labels: ArrayLike) -> Floats:
    """Return a weight per row under which human and machine rows have the same mean of every cue.

    With e(x) the probability of "machine" by a logistic regression on the cues, a machine row weighs 1 - e(x) and a
    human row e(x): rows that the other class has nothing like count for little, and extreme weights can't arise. (Li,
    Morgan and Zaslavsky, 2018, "Balancing covariates via propensity score weighting", JASA; the balance is exact
    without a penalty.)

    Args:
        columns: (n, k) `cues` of the rows of one language, masked as in training.
        labels: (n) 0 for human, 1 for machine; both must occur.

    Returns:
        (n) weights from 0 to 1; both classes have the same total.
    """
    truth = np.asarray(labels)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=100.0, class_weight="balanced", max_iter=1000))
    machine: Floats = model.fit(columns, truth).predict_proba(columns)[:, 1]
    weights = np.where(truth == 1, 1 - machine, machine)
    totals = np.array([weights[truth == 0].sum(), weights[truth == 1].sum()])
    scaled: Floats = weights * (totals.min() / totals)[truth]
    return scaled


def _row(text: str) -> list[float]:
    size = max(len(text), 1)
    return [
        float(np.log1p(len(text))),
        *(100 * len(pattern.findall(text)) / size for pattern in _COUNTED.values()),
        *(len(pattern.findall(text)) / size for pattern in _CLASSES.values()),
        *(float(bool(pattern.search(text))) for pattern in _TESTED.values()),
    ]
