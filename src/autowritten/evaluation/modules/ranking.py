"""How well scores rank machine posts above human ones: AUROC and TPR at a false-positive rate."""

from typing import Any

import datasets
import evaluate

from autowritten.evaluation import metrics


class Ranking(evaluate.Metric):  # type: ignore[misc]
    """`compute(references=labels, predictions=scores, fpr=0.01)` -> `auroc`, `tpr_at_fpr`.

    `tpr_at_fpr` is None where there are too few human rows; `interval=True` adds `auroc_low` and `auroc_high`.
    """

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="AUROC, and the share of machine posts caught at a false-positive rate; ties are handled.",
            citation="",
            inputs_description="references: 0 human, 1 machine. predictions: any real score, higher is more machine.",
            features=datasets.Features(
                {"predictions": datasets.Value("float64"), "references": datasets.Value("int32")}
            ),
        )

    def _compute(
        self, predictions: list[float], references: list[int], fpr: float = 0.01, interval: bool = False
    ) -> dict[str, Any]:
        """Return the metrics; a false-positive rate that the human rows can't support is None, not a guess."""
        out: dict[str, Any] = {"auroc": metrics.auroc(references, predictions)}
        try:
            out["tpr_at_fpr"] = metrics.tpr_at_fpr(references, predictions, fpr)
        except metrics.TooFewRows:
            out["tpr_at_fpr"] = None
        if interval:
            out["auroc_low"], out["auroc_high"] = metrics.bootstrap_interval(
                references, predictions, metrics.auroc_of_counts
            )
        return out
