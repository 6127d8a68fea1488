"""Which rows each fine-tuning run may not see.

Fitting a network for each of the left-out families would take a day. So the families are dealt into four folds, kindred ones
apart, and one network is fine-tuned without each fold. A family is then tested with a network that has seen neither it nor
the rest of its fold: a little harder than leaving it out alone. Human data sets are dealt out too.

The same networks give the fusion what it learns from: what the classifier says of writers and platforms it never saw.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.paths import data_folder

FOLDS: tuple[tuple[str, ...], ...] = (
    ("paired-frontier", "scenario-llms", "factory-spinner", "persona-agents"),
    ("assistant-answers", "gpt2-and-rnn-tweets", "contest-bots", "rewrites-of-posts"),
    (
        "chat-and-role-play",
        "reddit-and-reviews",
        "gpt3-era",
        "factory-template",
        "tuned-on-users",
        "multilingual-reviews",
    ),
    (
        *("r1-rewrites", "tweet-llms", "paraphrased-and-mixed", "factory-small-lm", "factory-gemma", "factory-edits"),
        *("synthetic-training-tweets", "answers-and-comments", "old-templates"),
    ),
)
PLACE = {family: number for number, families in enumerate(FOLDS) for family in families}
"""The fold of each family."""
_EIGHTH = 8


@cache
def _families() -> tuple[dict[str, str], dict[str, str]]:
    """Return the family of each machine data set, and the family whose human side each human data set is."""
    table = json.loads((data_folder() / "families.json").read_text())
    own = {d: family for family, datasets in table["families"].items() for d in datasets}
    human = {d: family for family, datasets in table["test_against_humans_of"].items() for d in datasets}
    return own, human


def fold_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Return each row's fold: that of its family, of the family it is compared with, or else dealt by its data set's name.

    Args:
        rows: with columns dataset and family.
    """
    own, human = _families()

    def find(dataset: str, family: str) -> int:
        names = (family, own.get(dataset), human.get(dataset), dataset)
        return next((PLACE[name] for name in names if name in PLACE), _digest(dataset) % len(FOLDS))

    pairs = list(zip(rows["dataset"], rows["family"].astype(object).fillna(""), strict=True))
    known = {pair: find(*pair) for pair in set(pairs)}
    return np.array([known[pair] for pair in pairs], dtype=np.int64)


def humans_of(rows: pd.DataFrame, family: str) -> NDArray[np.bool_]:
    """Return the human rows that a left-out family is compared with: of its own data sets, or those named for it.

    For a family of the factory, which has none, those of dev.
    """
    own, human = _families()
    label = rows["label"].to_numpy() == "human"
    if family.startswith("factory-"):
        of_family = rows["split"].to_numpy() == "dev"
    else:
        of_family = np.array([family in (own.get(d), human.get(d), d) for d in rows["dataset"]], dtype=bool)
    return np.asarray(label & of_family, dtype=bool)


def kept_for_fusion(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows no fine-tuning ever sees: an eighth of them, pairs together.

    The fusion learns from these what the classifier says of new posts by known writers.

    Args:
        rows: with columns pair_id and whole (see `training.sample`).
    """
    keys = [
        pair if isinstance(pair, str) else whole for pair, whole in zip(rows["pair_id"], rows["whole"], strict=True)
    ]
    return np.array([_digest(key) % _EIGHTH == 0 for key in keys], dtype=bool)


def _digest(text: str) -> int:
    return hashlib.sha256(text.encode()).digest()[0]
