"""Slices add up, a refused metric is None, and what is put beside a generator is the right human posts."""

import json

import numpy as np
import pandas as pd
import pytest

from autowritten.evaluation import metrics, tables
from autowritten.judging.rarity import HumanRarity
from autowritten.judging.thresholds import Thresholds
from autowritten.score import Reason, Score, Verdict


def pick(found, slice_, value=""):
    return next(record for record in found if (record["slice"], record["value"]) == (slice_, value))


@pytest.mark.parametrize(
    ("tokens", "band"),
    [(0, "<8"), (7, "<8"), (8, "8-15"), (15, "8-15"), (16, "16-31"), (63, "32-63"), (127, "64-127"), (128, "128+")],
)
def test_length_bands(tokens, band):
    assert tables.band_of(tokens) == band


def test_records_of_every_slice(table):
    found = tables.records(table, resamples=50, set="ours", method="stub")
    whole = found[0]
    assert (whole["slice"], whole["value"], whole["set"], whole["method"]) == ("all", "", "ours", "stub")
    assert (whole["n_human"], whole["n_machine"], whole["n_unscored"]) == (200, 200, 0)
    assert whole["auroc"] == metrics.auroc(table["machine"], table["logit"])
    assert whole["auroc_low"] < whole["auroc"] < whole["auroc_high"]
    assert {record["slice"] for record in found} == {"all", *tables.SLICES}
    for name in ("lang", "length", "obfuscated"):
        assert sum(record["n_human"] for record in found if record["slice"] == name) == 200
    assert [r["value"] for r in found if r["slice"] == "length"] == [
        *("<8", "8-15", "16-31", "32-63", "64-127", "128+"),
    ]
    assert pick(found, "obfuscated", True)["n_human"] == 40
    json.dumps(found, allow_nan=False)


def test_a_rate_that_n_cannot_support_is_none(table):
    few = tables.records(table.head(120), slices=(), resamples=20)[0]
    assert few["n_human"] == 60
    assert few["tpr_at_1fpr"] is None
    assert few["tpr_at_5fpr"] is not None


def test_a_slice_of_one_class_has_counts_and_no_metrics(table):
    found = tables.records(table[table["machine"] == 0], slices=("lang",), resamples=20)
    assert pick(found, "lang", "zh")["n_human"] == 100
    assert all(record["auroc"] is None and record["auroc_low"] is None for record in found)


def test_posts_that_could_not_be_scored_are_counted(table):
    table.loc[:9, "logit"] = np.nan
    whole = tables.records(table, slices=(), resamples=20)[0]
    assert whole["n_unscored"] == 10
    assert whole["n_human"] + whole["n_machine"] == 390


def test_a_generator_stands_beside_the_human_posts_of_its_own_sets(table):
    found = tables.records(table, slices=("generator",), resamples=20)
    assert pick(found, "generator", "a")["n_human"] == 100
    zh = table[table["lang"] == "zh"]
    assert pick(found, "generator", "a")["auroc"] == metrics.auroc(zh["machine"], zh["logit"])
    table.loc[table["machine"] == 1, "dataset"] = "machine-only"  # no human posts there: those of the language
    again = tables.records(table, slices=("generator",), resamples=20)
    assert pick(again, "generator", "a")["n_human"] == 100


def test_missing_columns_leave_their_slices_out(table):
    found = tables.records(table[["machine", "logit"]], resamples=20)
    assert [record["slice"] for record in found] == ["all"]


def test_decisions(table):
    found = tables.decisions(table, set="ours")
    truth = table["machine"].to_numpy()
    said = table["verdict"].map({"human": 0, "machine": 1, "undecided": -1}).to_numpy()
    assert found["accuracy"] == pytest.approx(np.mean((said == 1) == truth))
    assert found["c_at_1"] == metrics.c_at_1(truth, said)
    assert 0.0 <= found["accuracy_at_half"] <= 1.0
    assert found["answered"] == np.mean(said >= 0)
    assert found["brier"] == metrics.brier(truth, table["probability"])
    assert found["set"] == "ours"


def test_decisions_when_nothing_could_be_scored():
    frame = pd.DataFrame({"machine": [0, 1], "verdict": "undecided", "probability": np.nan})
    found = tables.decisions(frame)
    assert found["brier"] is None
    assert found["c_at_1"] == 0.0
    assert found["answered"] == 0.0


def test_false_alarms(table):
    found = tables.false_alarms(table, {"0.01": "flagged"})
    human = table[table["machine"] == 0]
    assert [record["source"] for record in found] == ["(all)", "twitter", "weibo"]
    assert found[0]["n_human"] == 200
    assert found[0]["rate"] == human["flagged"].mean()
    assert found[0]["low"] < found[0]["rate"] < found[0]["high"]
    assert found[0]["fpr"] == 0.01
    assert len(tables.false_alarms(table.drop(columns="dataset"), {"0.01": "flagged"})) == 1


def test_flagged_asks_the_threshold_of_each_post():
    english, chinese = np.linspace(-1.0, 1.0, 400), np.linspace(0.0, 2.0, 320)
    rarity = HumanRarity.of(np.append(english, chinese), ["en"] * 400 + ["zh"] * 320, [20] * 720)
    thresholds = Thresholds(rarity, ())
    frame = pd.DataFrame(
        {"logit": [1.5, 1.5, 9.0, np.nan], "language": ["en", "zh", "en", "en"], "tokens": [20, 20, 4, 20]}
    )
    out, columns = tables.flagged(frame, thresholds, min_tokens=8)
    assert columns == {f"{rate:g}": f"flagged_at_{rate:g}" for rate in (0.05, 0.01, 0.005)}
    assert out["flagged_at_0.05"].tolist() == [True, False, False, False]
    assert out["flagged_at_0.01"].tolist() == [True, False, False, False]


def test_scored_joins_scores_to_rows():
    frame = pd.DataFrame({"text": ["a", ""], "machine": [1, 0], "lang": ["fr", "fr"]}, index=[7, 3])
    scores = [
        Score(
            0.9, Verdict.MACHINE, Reason.ABOVE_THRESHOLD, 2.2, language="en", tokens=9, obfuscation={"zero_width": 1}
        ),
        Score(None, Verdict.UNDECIDED, Reason.EMPTY),
    ]
    out = tables.scored(frame, scores)
    assert out["logit"].tolist()[0] == 2.2
    assert np.isnan(out["logit"].tolist()[1])
    assert out["lang"].tolist() == ["fr", "fr"]  # the label's language, not the guess
    assert out["obfuscated"].tolist() == [True, False]
    assert tables.scored(frame.drop(columns="lang"), scores)["lang"].tolist() == ["en", "und"]
    with pytest.raises(ValueError, match="1 scores for 2 rows"):
        tables.scored(frame, scores[:1])
