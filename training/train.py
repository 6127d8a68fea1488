"""Stage 5: from walks and classifier runs to a bundle: fuse, calibrate, set thresholds, measure, write."""

from __future__ import annotations

import argparse
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load_file

from autowritten.bundle import DEFAULT, EMBEDDED, Bundle
from autowritten.classifier import Classifier
from autowritten.fusion import Fusion
from autowritten.judging.humans import Humans
from autowritten.judging.judge import Judge
from autowritten.lm.adapter import Adapter
from training import card, models, stack
from training.dataset import Dataset, load
from training.extract import store
from training.finetune import ALPHA
from training.paths import REPOSITORY, work_folder
from training.report import report
from training.walks import WINDOW

VERSION = "2.0.0"
"""Of the bundle: what it was trained on and how, whatever the version of the package."""
MISS_RATE = 0.05
MIN_TOKENS = 8
MAX_CHARACTERS = 100_000
FPR = 0.01


def rows() -> pd.DataFrame:
    """Return the sample with the factory's rows and the disguised copies, each from its stage.

    Column `disguised` marks the copies; those of dev are of split `dev-disguised`: neither calibration nor a figure reads them.
    """
    parts = [
        pd.read_parquet(work_folder() / name) for name in ("sample.parquet", "factory.parquet", "disguised.parquet")
    ]
    found = pd.concat(parts, ignore_index=True)
    found["disguised"] = found["disguised"].notna()
    found.loc[found["disguised"] & (found["split"] == "dev"), "split"] = "dev-disguised"
    return found


def fused(fusion: Fusion, data: Dataset, said: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fused logits of walked texts of which the classifier said `said`."""
    return fusion.logits(models.fusion_inputs(fusion.band, data, said))


def trained_classifier(folder: Path) -> tuple[Classifier, Adapter | None]:
    """Read what a run of `training.finetune` left."""
    classifier = Classifier.from_tensors(models.POOLED, models.SPREAD, load_file(folder / "classifier.safetensors"))
    recipe = json.loads((folder / "recipe.json").read_text())
    if not recipe["texts"]:
        return classifier, None
    settings = {"first": recipe["first"], "leave": recipe["leave"], "scale": ALPHA}
    return classifier, Adapter.from_arrays(settings, load_file(folder / "adapter" / "adapter_model.safetensors"))


def halves(texts: list[str]) -> NDArray[np.bool_]:
    """Split dev by a digest of the text: True calibrates, False reports."""
    return np.array([hashlib.sha256(text.encode()).digest()[0] % 2 == 0 for text in texts])


def main() -> None:
    """Fit and write the bundle."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "models" / DEFAULT)
    arguments = parser.parse_args()
    data = load(rows(), store())
    said = stack.logits(data.rows)[stack.WHOLE].to_numpy()
    split = data.rows["split"].to_numpy()
    train = data.subset(split == "train")
    learnt, its_logits, weight = stack.training_set(train)
    print(f"fusing on {len(learnt.rows)} rows", flush=True)
    fusion = models.fit_fusion(learnt, its_logits, weight)
    del learnt
    dev = data.subset(split == "dev")
    values = fused(fusion, dev, said[split == "dev"])
    fitted = halves(list(dev.rows["text"]))
    calibration = dev.subset(fitted)
    judges = {
        name: Judge.fit(
            logits[fitted],
            calibration.machine,
            list(calibration.rows["lang"]),
            list(calibration.rows["tokens"]),
            miss_rate=MISS_RATE,
            min_tokens=MIN_TOKENS,
        )
        for name, logits in (("full", values), ("fast", said[split == "dev"]))
    }
    people = calibration.machine == 0
    humans = Humans.of(
        values[fitted][people],
        said[split == "dev"][fitted][people],
        list(calibration.rows["lang"][people]),
        list(calibration.rows["tokens"][people]),
    )
    classifier, adapter = trained_classifier(work_folder() / "classifier" / stack.WHOLE)
    digest = hashlib.sha256("\n".join(sorted(calibration.rows["text"])).encode()).hexdigest()
    bundle = Bundle(
        config={
            "name": arguments.out.name,
            "version": VERSION,
            "date": datetime.now(UTC).date().isoformat(),
            "backbone": EMBEDDED,
            "depths": list(models.POOLED),
            "spread_depths": list(models.SPREAD),
            "window": WINDOW,
            "max_characters": MAX_CHARACTERS,
            "fpr": FPR,
        },
        vocabulary=load_file(work_folder() / "vocabulary.safetensors")["vocabulary"],
        classifier=classifier,
        adapter=adapter,
        fusion=fusion,
        judges=judges,
        humans=humans,
        calibration={
            "digest": digest,
            "n_human": int((calibration.machine == 0).sum()),
            "n_machine": int((calibration.machine == 1).sum()),
            "miss_rate": MISS_RATE,
            "trained_on": {
                "rows": len(train.rows),
                "generators": sorted(train.rows["family"][train.machine == 1].dropna().unique()),
                "datasets": sorted(train.rows["dataset"].unique()),
            },
        },
    )
    # What is shipped has learnt all registers of the pairs; those of dev, of the same registers, are still unseen posts.
    pairs = (dev.rows["family"] == "paired-frontier").to_numpy() | dev.rows["dataset"].str.startswith(
        "pairs-"
    ).to_numpy()
    of_dev = said[split == "dev"]
    kept = ~fitted & pairs
    bundle.calibration["report"] = report(
        bundle, (dev.subset(~fitted), of_dev[~fitted]), (dev.subset(kept), of_dev[kept])
    )
    bundle.save_pretrained(arguments.out)
    card.write(arguments.out)
    print((arguments.out / "MODEL_CARD.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
