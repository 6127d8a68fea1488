"""How good the decisions are: accuracy, F1 and c@1, which allows abstentions."""

import datasets
import evaluate

from autowritten.evaluation import metrics


class Decision(evaluate.Metric):  # type: ignore[misc]
    """`compute(references=labels, predictions=decisions)` -> `accuracy`, `f1`, `c_at_1`, `answered`.

    Decisions are 0 (human), 1 (machine) or -1 (undecided). Accuracy and F1 take an abstention for "human": nobody is
    flagged.
    """

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Accuracy, F1 of the machine class, c@1, and the share of posts answered at all.",
            citation="Peñas and Rodrigo (2011), A simple measure to assess non-response, ACL.",
            inputs_description="references: 0 human, 1 machine. predictions: 0, 1, or -1 for undecided.",
            features=datasets.Features({"predictions": datasets.Value("int32"), "references": datasets.Value("int32")}),
        )

    def _compute(self, predictions: list[int], references: list[int]) -> dict[str, float]:
        """Return the metrics."""
        answered = [said for said in predictions if said != metrics.ABSTAIN]
        return {
            "accuracy": metrics.accuracy(references, predictions, 1),
            "f1": metrics.f1(references, predictions, 1),
            "c_at_1": metrics.c_at_1(references, predictions),
            "answered": len(answered) / len(predictions),
        }
