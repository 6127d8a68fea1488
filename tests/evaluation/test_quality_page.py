"""The page shows what the results hold, leaves out what they lack, and is the same every time."""

import pytest

pytest.importorskip("matplotlib")

from autowritten.evaluation import curves, tables
from benchmarks import quality_page as page


@pytest.fixture
def results(table):
    return {
        "model": "stub-0",
        "date": "2026-11-22",
        "leave_out": {
            "mean": 0.8123,
            "worst": 0.61,
            "families": [
                {"name": "f|1", "n_human": 9, "n_machine": 8, "auroc": 0.7, "auroc_low": 0.6, "auroc_high": 0.8}
                | {"tpr_at_5fpr": None}
            ],
        },
        "records": tables.records(table, resamples=20, set="ours", method="stub"),
        "decisions": [tables.decisions(table, set="ours")],
        "false_alarms": tables.false_alarms(table, {"0.01": "flagged"}, set="ours"),
        "attacks": [{"attack": "case", "lang": "en", "n_human": 5, "n_machine": 5, "before": 0.9, "after": 0.8}],
        "published": [{"method": "X", "set": "Y", "metric": "AUROC", "value": 0.95, "source": "a paper"}],
        "curves": {
            "roc": {"all": curves.roc(table["machine"], table["logit"])},
            "calibration": {"all": curves.calibration(table["machine"], table["probability"])},
            "length": curves.score_by_length(table),
        },
    }


def test_the_page_and_its_plots(results, tmp_path):
    files = page.write(results, tmp_path / "docs" / "quality.md")
    text = files[0].read_text()
    assert [file.name for file in files[1:]] == ["quality-roc.svg", "quality-calibration.svg", "quality-length.svg"]
    for title in (
        "Writers it has never seen",
        "By test set",
        "By language",
        "By length",
        "False alarms",
        "Under attack",
    ):
        assert f"## {title}" in text
    assert "Mean AUROC **0.812**" in text
    assert "f\\|1" in text
    assert "-0.100" in text
    for file in files[1:]:
        assert f"images/{file.name}" in text
        assert file.read_text().startswith("<?xml")


def test_the_leave_out_figure_leads(results):
    text = page.markdown(results)
    assert text.index("## Writers it has never seen") < text.index("## By test set")


def test_the_same_results_give_the_same_bytes(results, tmp_path):
    first = [file.read_bytes() for file in page.write(results, tmp_path / "a" / "quality.md")]
    assert first == [file.read_bytes() for file in page.write(results, tmp_path / "b" / "quality.md")]


def test_missing_parts_are_left_out(tmp_path):
    files = page.write({"model": "stub-0"}, tmp_path / "quality.md")
    assert len(files) == 1
    assert "##" not in files[0].read_text()


def test_every_table_is_even(results):
    for block in page.markdown(results).split("\n\n"):
        lines = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
        assert len({line.count("|") for line in lines}) <= 1
