"""The parts of the speed and exactness benchmarks that are sums, on tiny models and tables."""

import numpy as np
import pandas as pd
import pytest
import torch

from autowritten.lm.surprisal import Head, Surprisal
from benchmarks.exactness import compare
from benchmarks.plain import statistics


def test_plain_statistics_are_the_fast_ones():
    g = torch.Generator().manual_seed(0)
    head, hidden = Head(torch.randn(300, 8, generator=g)), torch.randn(20, 8, generator=g)
    targets = torch.randint(300, (20,), generator=g)
    found = statistics(hidden @ head.weight.T, targets)
    torch.testing.assert_close(found, Surprisal(head)(hidden, targets), rtol=1e-4, atol=1e-4)


def test_compare():
    rows = pd.DataFrame({
        "label": ["human", "machine", "machine", "human"],
        "probability": [0.1, 0.9, 0.5, 0.2], "plain_probability": [0.1, 0.915, 0.53, 0.2],
        "logit": [-2.0, 2.0, 0.0, 0.5], "plain_logit": [-2.0, 2.0, 0.6, 0.5],
        "verdict": ["human", "machine", "undecided", "human"],
        "plain_verdict": ["human", "machine", "machine", "human"],
    })  # fmt: skip
    found = compare(rows)
    assert found["share_within_0.02"] == 0.75
    assert found["largest_gap"] == pytest.approx(0.03)
    assert found["verdicts_equal"] == 0.75
    assert (found["auroc"], found["auroc_plain"]) == (0.75, 1.0)
    alone = compare(rows[rows["label"] == "human"])
    assert alone["auroc_difference"] is None
    assert np.isfinite(alone["mean_gap"])
