"""How far probabilities can be taken at their word: Brier score and expected calibration error."""

import datasets
import evaluate

from autowritten.evaluation import metrics


class Calibration(evaluate.Metric):  # type: ignore[misc]
    """`compute(references=labels, predictions=probabilities, bins=15)` -> `brier`, `ece`."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Brier score and expected calibration error over bins of equal mass.",
            citation="Brier (1950); Nixon et al. (2019), Measuring calibration in deep learning.",
            inputs_description="references: 0 human, 1 machine. predictions: probability of machine, 0 to 1.",
            features=datasets.Features(
                {"predictions": datasets.Value("float64"), "references": datasets.Value("int32")}
            ),
        )

    def _compute(self, predictions: list[float], references: list[int], bins: int = 15) -> dict[str, float]:
        """Return the metrics."""
        return {
            "brier": metrics.brier(references, predictions),
            "ece": metrics.ece(references, predictions, bins),
        }
