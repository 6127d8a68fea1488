"""The gate's sample is fixed, its floors rise by themselves and fall only for a reason that is written down."""

import json

import numpy as np
import pandas as pd
import pytest

from autowritten.errors import AutowrittenError
from autowritten.score import Reason, Score, Verdict
from benchmarks import gate


def rows(n=150):
    return pd.DataFrame(
        [
            {"text": f"{lang} {label} {dataset} {i}", "label": label, "lang": lang, "dataset": dataset}
            for lang in (*gate.LANGUAGES, "de")
            for label in ("human", "machine")
            for dataset, size in (("big", n), ("small", 10))
            for i in range(size)
        ]
    )


def score(text, worse=0.0):
    sign = 1 if "machine" in text else -1
    logit = sign * 2.0 - worse * len(text) * (1 if text.endswith("3") else 0)
    verdict = Verdict.MACHINE if logit > 0 else Verdict.HUMAN
    return Score(1 / (1 + np.exp(-logit)), verdict, Reason.ABOVE_THRESHOLD, logit)


def run(worse=0.0):
    chosen = gate.sample(rows())
    measures = gate.measure(chosen, [score(text, worse) for text in chosen["text"]])
    return {"sample": gate.describe(chosen), "measures": measures, "model": "stub 0", "date": "2026-11-22"}


def test_the_sample_is_even_and_does_not_depend_on_the_order_of_rows():
    chosen = gate.sample(rows())
    assert gate.describe(chosen)["counts"] == {
        f"{lang} {label}": 100 for lang in sorted(gate.LANGUAGES) for label in ("human", "machine")
    }
    assert (chosen.groupby(["lang", "label", "dataset"]).size().loc[:, :, "small"] == 10).all()
    shuffled = gate.sample(rows().sample(frac=1, random_state=1))
    assert gate.describe(shuffled) == gate.describe(chosen)


def test_another_label_is_another_sample():
    changed = rows()
    changed.loc[changed["lang"] == "zh", "label"] = "human"
    assert gate.describe(gate.sample(changed))["sha256"] != gate.describe(gate.sample(rows()))["sha256"]


def test_long_texts_are_left_out():
    long = rows()
    long.loc[0, "text"] = "x" * 500
    assert gate.sample(long)["text"].str.len().max() <= gate.MOST_CHARACTERS


def test_measures_of_a_perfect_detector():
    measures = run()["measures"]
    assert measures["auroc"] == measures["auroc_zh"] == measures["tpr_at_5fpr"] == measures["humans_not_flagged"] == 1.0
    assert measures["one_minus_brier"] > 0.98


def test_a_machine_post_without_a_score_counts_against_the_detector():
    chosen = gate.sample(rows())
    blank = Score(None, Verdict.UNDECIDED, Reason.EMPTY)
    scores = [blank if text.endswith("machine big 3") else score(text) for text in chosen["text"]]
    assert gate.measure(chosen, scores)["auroc"] <= 1.0
    half = [blank if "machine" in text else score(text) for text in chosen["text"]]
    assert gate.measure(chosen, half)["auroc"] == 0.0


def test_floors_hold_within_epsilon():
    found = run()
    pinned = gate.update(None, found, None)
    assert gate.failures(pinned, found) == []
    pinned["floors"]["auroc"] = 1.0 + gate.EPSILON * 0.9
    assert gate.failures(pinned, found) == []
    pinned["floors"]["auroc"] = 1.0 + gate.EPSILON * 1.1
    assert gate.failures(pinned, found) == [f"auroc 1.0000 is below its floor {1.0 + gate.EPSILON * 1.1:.4f}"]


def test_a_measure_may_not_vanish_nor_the_sample_change():
    found = run()
    pinned = gate.update(None, found, None)
    pinned["floors"]["extra"] = 0.5
    assert gate.failures(pinned, found) == ["extra has a floor and was not measured"]
    pinned["sample"] = pinned["sample"] | {"sha256": "0"}
    assert "sample" in gate.failures(pinned, found)[0]


def test_raising_is_easy_lowering_needs_a_reason():
    worse, better = run(worse=0.3), run()
    first = gate.update(None, worse, None)
    raised = gate.update(first, better, None)
    assert raised["floors"]["auroc"] == 1.0 > first["floors"]["auroc"]
    with pytest.raises(AutowrittenError, match="below its floor"):
        gate.update(raised, worse, None)
    lowered = gate.update(raised, worse, "a smaller model")
    assert lowered["floors"] == worse["measures"]
    entry = lowered["regressions"][0]
    assert (entry["reason"], entry["floors_before"]) == ("a smaller model", raised["floors"])
    assert any("auroc" in line for line in entry["was"])


def test_a_small_fall_does_not_creep_down():
    found = run()
    pinned = gate.update(None, found, None)
    slightly = found | {"measures": found["measures"] | {"auroc": 1.0 - gate.EPSILON / 2}}
    assert gate.update(pinned, slightly, None)["floors"]["auroc"] == 1.0


@pytest.fixture
def command(monkeypatch, tmp_path):
    monkeypatch.setattr(gate, "PINNED", tmp_path / "gate.json")

    def call(found, *arguments):
        monkeypatch.setattr(gate, "run", lambda: found)
        return gate.main(list(arguments))

    return call


def test_the_command(command, capsys):
    assert command(run()) == 1  # nothing pinned
    assert "--update" in capsys.readouterr().err
    assert command(run(), "--update") == 0
    assert command(run()) == 0
    assert command(run(worse=0.3)) == 1
    assert "below its floor" in capsys.readouterr().err
    assert command(run(worse=0.3), "--update") == 1
    assert command(run(worse=0.3), "--update", "--allow-regression", "why") == 0
    assert json.loads(gate.PINNED.read_text())["regressions"][0]["reason"] == "why"
    assert "zh human big" not in gate.PINNED.read_text()  # no rows


def test_without_data_it_says_so_and_passes(command, capsys):
    assert command(None) == 0
    assert "not run" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--allow-regression", "why"], ["--update", "--allow-regression", " "]])
def test_a_reason_goes_with_update(command, arguments):
    with pytest.raises(SystemExit):
        command(run(), *arguments)
