"""Labelled files in, results out; a wrong label column is told, an unreadable row counted."""

import json

import pytest
from stub_detector import Detector

from autowritten.errors import UsageError
from autowritten.evaluation import labelled
from autowritten.posts import ReadOptions, open_posts


def write(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def read(path, label="label", text=None):
    return labelled.read(open_posts([path], ReadOptions(text)), label)


@pytest.mark.parametrize(
    ("human", "machine"), [("human", "machine"), ("Human", " MACHINE "), (0, 1), ("0", "1"), (0.0, 1.0)]
)
def test_labels(tmp_path, human, machine):
    path = write(tmp_path / "a.jsonl", [{"text": "a", "label": human}, {"text": "b", "label": machine}])
    assert read(path)[0]["machine"].tolist() == [0, 1]


@pytest.mark.parametrize("label", ["bot", None, 2, "", 0.5])
def test_an_unknown_label_is_told_with_its_line(tmp_path, label):
    path = write(tmp_path / "a.jsonl", [{"text": "a", "label": "human"}, {"text": "b", "label": label}])
    with pytest.raises(UsageError, match=r"a\.jsonl:2.*human or machine.*--label"):
        read(path)


def test_the_columns_of_slices_are_kept_and_unreadable_rows_told(tmp_path):
    path = tmp_path / "a.jsonl"
    write(path, [{"body": "a", "kind": 0, "lang": "fr", "other": 1}, {"body": "b", "kind": 1, "dataset": "x"}])
    path.write_text(path.read_text() + "{broken\n")
    frame, rejects = read(str(path), "kind", "body")
    assert frame.columns.tolist() == ["text", "machine", "lang", "dataset"]
    assert [reject.line for reject in rejects] == [3]


def test_csv(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nhello you,human\nbuy now,machine\n")
    assert read(str(path))[0]["machine"].tolist() == [0, 1]


def test_no_rows(tmp_path):
    (tmp_path / "a.csv").write_text("text,label\n")
    with pytest.raises(UsageError, match="no labelled post"):
        read(str(tmp_path / "a.csv"))


def test_results(tmp_path):
    rows = [{"text": f"a plain post {i}", "label": "human", "dataset": "plain"} for i in range(30)]
    rows += [{"text": f"I am a bot {i}", "label": "machine", "generator": "bots"} for i in range(20)]
    rows += [{"text": "bot like but human", "label": "human", "dataset": "odd"}, {"text": "123", "label": "machine"}]
    results = labelled.evaluate(read(write(tmp_path / "a.jsonl", rows))[0], Detector(), resamples=20)
    whole = results["records"][0]
    assert (whole["n_human"], whole["n_machine"], whole["n_unscored"]) == (31, 20, 1)
    assert whole["auroc"] > 0.95
    assert whole["tpr_at_1fpr"] is None  # 31 human posts can't support 1%
    assert {record["source"] for record in results["false_alarms"]} == {"(all)", "plain", "odd"}
    odd = next(record for record in results["false_alarms"] if record["source"] == "odd")
    assert (odd["rate"], odd["n_human"]) == (1.0, 1)
    assert results["decisions"][0]["n"] == 52
    json.dumps(results, allow_nan=False)


def test_posts_of_one_class_still_have_false_alarms(tmp_path):
    path = write(tmp_path / "a.jsonl", [{"text": "a plain post", "label": 0}, {"text": "another post", "label": 0}])
    results = labelled.evaluate(read(path)[0], Detector(), resamples=20)
    assert results["records"][0]["auroc"] is None
    assert results["false_alarms"][0]["rate"] == 0.0
    assert "roc" not in results["curves"]
