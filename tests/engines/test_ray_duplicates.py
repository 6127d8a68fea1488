"""Near-duplicates by a groupby are those of the local path."""

import numpy as np
import pyarrow as pa
import pytest

from autowritten.campaigns.clusters import near_duplicates

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context")
SUBJECTS = (
    "the new charger",
    "my neighbour's van",
    "that noodle shop",
    "the night bus",
    "our old dishwasher",
    "her bike",
)
ENDINGS = ("nobody came to fix it.", "and I am done with it!", "so we walked home again", "which is typical, honestly")


def posts():
    """Return copies, variants, chance likenesses, short and Chinese posts, in no order."""
    rng = np.random.default_rng(0)
    spun = [f"{s} broke down twice this week near the station, {e}" for s in SUBJECTS for e in ENDINGS]
    chinese = [f"楼下那家牛肉面涨到{n}了，肉还是那三片，味道也不如从前，行吧" for n in range(16, 22)]
    letters = [chr(c) for c in range(97, 123)]
    unlike = [" ".join("".join(rng.choice(letters, rng.integers(2, 9))) for _ in range(12)) for _ in range(150)]
    found = [
        *spun,
        *spun[:7],
        *chinese,
        *unlike,
        *["ok lol"] * 5,
        "",
        "HER BIKE broke down twice this week, near the station",
    ]
    return [found[i] for i in rng.permutation(len(found))]


def test_the_labels_are_the_local_ones(cluster, monkeypatch):
    from autowritten.engines import ray_duplicates

    texts = posts()
    monkeypatch.setattr(ray_duplicates, "_GROUP", 60)  # several groups a band
    monkeypatch.setattr(ray_duplicates, "_BLOCK", 100)  # copies in several blocks
    cut = [pa.table({"text": pa.array(texts[i : i + 37], pa.string())}) for i in range(0, len(texts), 37)]
    labels, which = ray_duplicates.near_duplicates(cluster.data.from_arrow(cut))
    expected, wordings = near_duplicates(texts)
    assert labels.tolist() == expected.tolist()
    assert which.tolist() == wordings.tolist()
    assert len(set(expected.tolist())) > 2  # there was something to find, and something unlike


@pytest.mark.parametrize("texts", [["short"], ["one single post that is long enough to compare"]])
def test_nothing_to_compare(cluster, texts):
    from autowritten.engines.ray_duplicates import near_duplicates as on_ray

    labels, which = on_ray(cluster.data.from_items([{"text": text} for text in texts]))
    assert labels.tolist() == [-1]
    assert which.tolist() == [0]
