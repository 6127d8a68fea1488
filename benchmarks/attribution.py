"""How far `autowritten explain` can be taken at its word.

    python -m benchmarks.attribution

Two checks on posts of dev in Chinese, French and English.

- **Words.** Are the words that are said to pull the classifier those that it goes by? They are deleted, and random ones, and
  those said to matter least; the fall of the classifier's logit towards the other side is measured (comprehensiveness;
  DeYoung et al. 2020, arXiv:1911.03429), and its mean over several shares of the post (area over the deletion curve; Samek et
  al. 2017, arXiv:1509.06321).
- **Comparisons.** "More even than 93% of human posts" comes from a normal distribution. Of human posts, how many lie under
  each such share?

Writes `benchmarks/results/attribution.json`.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from autowritten.detector import Detector
from autowritten.explain.evidence import gather
from autowritten.explain.occlusion import attribute, without
from autowritten.report.shading import words
from autowritten.score import Explanation
from autowritten.text import mask, normalise
from training.paths import REPOSITORY, data_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "attribution.json"
LANGUAGES = ("zh", "fr", "en")
POSTS = 8
"""Posts of each language and label whose words are deleted."""
HUMANS = 60
"""Human posts of each language whose features are set beside the band."""
SHARES = (0.1, 0.2, 0.5)
RANDOM = 3
LENGTHS = (16, 64)
"""Tokens, fewest and most: a tenth of a shorter post is no word; a longer one costs the square of its length."""
SEED = 0


def sample(detector: Detector, posts: int, humans: int) -> tuple[pd.DataFrame, list[str]]:
    """Return the posts to delete words from, columns text, label and lang, and human posts of any length."""
    dev = pd.read_parquet(data_folder() / "dev.parquet", columns=["text", "label", "lang"])
    dev = dev[dev["lang"].isin(LANGUAGES)].drop_duplicates("text").sample(frac=1.0, random_state=SEED)
    people = dev[dev["label"] == "human"].groupby("lang").head(humans)
    rest = dev.drop(people.index)
    tokens = detector.backbone.tokenise([mask(normalise(text).text) for text in rest["text"]])
    fit = [LENGTHS[0] <= len(ids) <= LENGTHS[1] for ids in tokens]
    return rest[fit].groupby(["lang", "label"]).head(posts), list(people["text"])


def falls(explained: Explanation, detector: Detector, rng: np.random.Generator) -> dict[str, NDArray[np.float64]]:
    """Return by how much the classifier's logit falls towards the other side, for each order and share of `SHARES`.

    Orders: the words that pull to the classifier's side the most first, at random (mean of several draws), and last first.
    """
    found = attribute([word.text for word in words(explained.tokens)], detector.classifier_logits)
    cut = [(one.start, one.end) for one in found]
    side = np.sign(explained.score.classifier_logit or 1.0)
    order = np.argsort([-side * one.effect for one in found])
    orders = [order, order[::-1], *(rng.permutation(len(cut)) for _ in range(RANDOM))]
    counts = [max(1, round(share * len(cut))) for share in SHARES]
    texts = [without(explained.text, [cut[i] for i in np.sort(each[:k])]) for each in orders for k in counts]
    whole, *rest = detector.classifier_logits([explained.text, *texts])
    fall = side * (whole - np.array(rest)).reshape(len(orders), len(counts))
    return {"highest first": fall[0], "random": fall[2:].mean(0), "lowest first": fall[1]}


def interval(values: NDArray[np.float64], rng: np.random.Generator) -> dict[str, float]:
    """Return the mean and its 95% interval (bootstrap over posts)."""
    means = rng.choice(values, (2000, len(values))).mean(1)
    low, high = np.quantile(means, (0.025, 0.975))
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def deletion(posts: pd.DataFrame, detector: Detector) -> list[dict[str, Any]]:
    """Delete words from posts of each language and label; return a record a slice and order."""
    rng = np.random.default_rng(SEED)
    cells: dict[tuple[str, str], list[dict[str, NDArray[np.float64]]]] = defaultdict(list)
    for text, label, lang in posts[["text", "label", "lang"]].itertuples(index=False):
        cells[lang, label].append(falls(detector.explain(text), detector, rng))
    slices = {"all": list(cells)}
    slices |= {lang: [cell for cell in cells if cell[0] == lang] for lang in LANGUAGES}
    slices |= {label: [cell for cell in cells if cell[1] == label] for label in ("human", "machine")}
    records = []
    for name, members in slices.items():
        found = [fall for cell in members for fall in cells[cell]]
        stacked = {order: np.array([fall[order] for fall in found]) for order in found[0]}
        stacked["highest first less random"] = stacked["highest first"] - stacked["random"]
        for order, fall in stacked.items():
            record: dict[str, Any] = {"slice": name, "posts": len(found), "order": order}
            record |= {f"{share:g}": interval(fall[:, i], rng) for i, share in enumerate(SHARES)}
            record["area"] = interval(fall.mean(1), rng)
            record["share_of_posts_above_0"] = float((fall.mean(1) > 0).mean())
            records.append(record)
    return records


def comparisons(posts: Sequence[str], detector: Detector) -> list[dict[str, Any]]:
    """Return, a feature, how far the shares said of human posts are from those that are so."""
    said = defaultdict(list)
    for post in posts:
        if found := gather(detector.bundle, detector.explain(post)):
            for one in found.comparisons:
                said[one.name].append(one.below)
    records = []
    for name, below in said.items():
        shares = np.sort(below)
        true = (np.arange(len(shares)) + 0.5) / len(shares)
        off = np.abs(true - shares)
        tails = {"below_10": float((shares < 0.1).mean()), "above_90": float((shares > 0.9).mean())}
        records.append(
            {
                "feature": name,
                "posts": len(shares),
                "mean_off": float(off.mean()),
                "most_off": float(off.max()),
                **tails,
            }
        )
    return sorted(records, key=lambda record: record["feature"])


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--posts", type=int, default=POSTS)
    parser.add_argument("--humans", type=int, default=HUMANS)
    arguments = parser.parse_args()
    detector = Detector.load()
    posts, people = sample(detector, arguments.posts, arguments.humans)
    deleted = deletion(posts, detector)
    for record in deleted:
        area = record["area"]
        print(
            f"{record['slice']:8s} {record['order']:26s} {area['mean']:+.2f} ({area['low']:+.2f} {area['high']:+.2f})",
            flush=True,
        )
    compared = comparisons(people, detector)
    print(pd.DataFrame(compared).round(3).to_string())
    # Of shares that are right, drawn as often: the mean of a Brownian bridge's absolute value is sqrt(2 pi) / 8.
    chance = float(np.sqrt(2 * np.pi / compared[0]["posts"]) / 8)
    off = {"mean": float(np.mean([record["mean_off"] for record in compared])), "mean_by_chance": chance}
    report = {"model": detector.name, "shares": SHARES, "deletion": deleted, "off": off, "comparisons": compared}
    RESULTS.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
