"""What a bundle says of its own work: the verdicts it counts are the bundle's, and they add up."""

import json

import numpy as np
import pandas as pd
import pytest

from autowritten.digest import sha256
from autowritten.features import NAMES
from training import card
from training.dataset import Dataset
from training.report import judged, report
from training.walks import DEPTHS, Walks


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    n = 240
    machine = np.arange(n) % 2
    rows = pd.DataFrame(
        {
            "text": [f"post {i}" for i in range(n)],
            "label": np.where(machine == 1, "machine", "human"),
            "lang": np.repeat(["zh", "fr", "en", "de"], n // 4),
            "tokens": rng.integers(4, 60, n),
        }
    )
    states = np.zeros((n, len(DEPTHS), 2), dtype=np.float16)
    walks = Walks(states, states, [None] * n)
    return Dataset(rows, walks, rng.normal(size=(n, len(NAMES))), machine), 4.0 * machine - 2 + rng.normal(size=n)


def test_verdicts_are_the_bundles(bundle, data):
    table = judged(bundle, *data)
    for i in (0, 1, 60, 200):
        row = table.iloc[i]
        assert (
            row["verdict"] == bundle.judge().verdict(row["logit"], row["lang"], row["tokens"], bundle.config["fpr"])[0]
        )
    np.testing.assert_array_equal(table["classifier"], data[1])
    assert (table["verdict"][table["tokens"] < 8] == "undecided").all()


def test_the_report_adds_up_and_fills_the_card(bundle, data, tmp_path):
    found = report(bundle, data, data)
    json.dumps(found, allow_nan=False)
    assert [r["value"] for r in found["slices"]] == ["", "zh", "fr", "en", "other"]
    assert found["halves"]["classifier"]["dev zh"] > 0.9
    for record in found["false_positive_rates"]:
        table = judged(bundle, *data, record["promised"])
        assert record["decided"] == pytest.approx((table["verdict"] != "undecided").mean())
        assert record["low"] <= record["measured"] <= record["high"]
        of_human = ((table["verdict"] == "machine") & (table["machine"] == 0)).sum()
        of_machine = ((table["verdict"] == "human") & (table["machine"] == 1)).sum()
        wrong = (of_human + of_machine) / (table["verdict"] != "undecided").sum()
        assert record["error_when_decided"] == pytest.approx(wrong)

    trained = {"rows": 1, "generators": ["f"], "datasets": ["d"]}
    bundle.save_pretrained(tmp_path / "b")
    path = tmp_path / "b" / "calibration.json"
    path.write_text(json.dumps({**bundle.calibration, "report": found, "trained_on": trained}))
    config = json.loads((tmp_path / "b" / "config.json").read_text())
    config |= {"date": "2026-11-24"}
    config["sha256"]["calibration.json"] = sha256(path)
    (tmp_path / "b" / "config.json").write_text(json.dumps(config))
    card.write(tmp_path / "b")
    text = (tmp_path / "b" / "MODEL_CARD.md").read_text()
    assert "### What each half adds" in text
    assert "classifier alone" in text
