"""The metric modules load offline with `evaluate.load` and agree with the functions behind them."""

import pytest

from autowritten.evaluation import metrics, modules

evaluate = pytest.importorskip("evaluate")

LABELS = [0, 0, 1, 1]


@pytest.fixture(scope="module")
def load(tmp_path_factory):
    """Load a module with all caches in a temporary folder and the network forbidden.

    One folder for the whole file: `evaluate` imports its cache as a package, which can't move within a process.
    """
    folder = tmp_path_factory.mktemp("evaluate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("evaluate.config.HF_EVALUATE_OFFLINE", True)
        patch.setattr("evaluate.config.HF_MODULES_CACHE", str(folder / "modules"))
        yield lambda name: evaluate.load(modules.path(name), cache_dir=str(folder))


def test_ranking(load):
    found = load("ranking").compute(references=LABELS, predictions=[0.0, 1.0, 1.0, 2.0], interval=True)
    assert found["auroc"] == 3.5 / 4
    assert found["tpr_at_fpr"] is None  # two human rows can't support 1%
    assert found["auroc_low"] <= found["auroc"] <= found["auroc_high"]


def test_scores_keep_double_precision(load):
    """A float32 column would make these two scores tie."""
    found = load("ranking").compute(references=[0, 1], predictions=[1.0, 1.0 + 1e-12])
    assert found["auroc"] == 1.0


def test_decision(load):
    found = load("decision").compute(references=LABELS, predictions=[0, 0, 1, metrics.ABSTAIN])
    assert found == {"accuracy": 0.75, "f1": pytest.approx(2 / 3), "c_at_1": 0.9375, "answered": 0.75}


def test_calibration(load):
    found = load("calibration").compute(references=LABELS, predictions=[0.1, 0.2, 0.7, 0.9], bins=2)
    assert found["ece"] == pytest.approx(0.5 * 0.15 + 0.5 * 0.2)
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.09 + 0.01) / 4)


def test_batches(load):
    metric = load("ranking")
    metric.add_batch(references=LABELS[:2], predictions=[0.0, 1.0])
    metric.add_batch(references=LABELS[2:], predictions=[1.0, 2.0])
    assert metric.compute()["auroc"] == 3.5 / 4


def test_an_unknown_name_is_an_error():
    with pytest.raises(ValueError, match="ranking"):
        modules.path("ranks")
