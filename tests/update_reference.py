"""Write what the shipped bundle says of the example posts: `python -m tests.update_reference`.

Only for a change of scores that is meant; say in the commit what changed and why.
"""

import json
from pathlib import Path

import torch

from autowritten import Detector
from autowritten.bundle import Bundle
from autowritten.lm import backbone

HERE = Path(__file__).parent
REFERENCE = HERE / "reference" / "scores.json"
EXAMPLES = HERE.parent / "examples" / "posts.jsonl"


def examples() -> list[dict[str, str]]:
    """Read the example posts."""
    return [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


def exact() -> Detector:
    """Return the shipped detector computing in float32, which any processor does alike."""
    bundle = Bundle.from_pretrained()
    vocabulary = torch.from_numpy(bundle.vocabulary).long()
    model = backbone.load(bundle.config["backbone"], vocabulary=vocabulary, adapter=bundle.adapter, dtype=torch.float32)
    return Detector(bundle, model, bundle.config["fpr"])


def main() -> None:
    """Score the examples and write the reference file."""
    detector = exact()
    rows = examples()
    scores = detector.score_many([row["text"] for row in rows])
    pinned = {
        "model": detector.name,
        "sha256": detector.bundle.config["sha256"],
        "scores": {
            row["id"]: {
                "logit": score.logit,
                "classifier_logit": score.classifier_logit,
                "surprisal": score.surprisal and score.surprisal.mean,
                "verdict": str(score.verdict),
                "reason": str(score.reason),
                "language": score.language,
                "tokens": score.tokens,
            }
            for row, score in zip(rows, scores, strict=True)
        },
    }
    REFERENCE.write_text(json.dumps(pinned, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
