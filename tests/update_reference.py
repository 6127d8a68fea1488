"""Write what the shipped bundle says of the example posts: `python -m tests.update_reference`.

Only for a change of scores that is meant; say in the commit what changed and why.
"""

import json
from pathlib import Path

from autowritten import Detector

HERE = Path(__file__).parent
REFERENCE = HERE / "reference" / "scores.json"
EXAMPLES = HERE.parent / "examples" / "posts.jsonl"


def examples() -> list[dict[str, str]]:
    """Read the example posts."""
    return [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Score the examples and write the reference file."""
    detector = Detector.load()
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
