"""A small labelled, scored table of our own making."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def table():
    """400 posts, half machine; the score is right more often on long posts. Generators `a` (zh) and `b` (en)."""
    rng = np.random.default_rng(0)
    n = 400
    machine = np.arange(n) % 2
    tokens = rng.integers(4, 150, n)
    logit = rng.normal(size=n) + machine * tokens / 40
    lang = np.where(np.arange(n) < 200, "zh", "en")
    return pd.DataFrame(
        {
            "machine": machine,
            "logit": logit,
            "probability": 1 / (1 + np.exp(-logit)),
            "verdict": np.select([tokens < 8, logit > 1], ["undecided", "machine"], "human"),
            "lang": lang,
            "domain": "tweet",
            "generator": np.where(machine == 1, np.where(lang == "zh", "a", "b"), None),
            "dataset": np.where(lang == "zh", "weibo", "twitter"),
            "tokens": tokens,
            "obfuscated": np.arange(n) % 10 == 0,
            "flagged": logit > 1,
        }
    )
