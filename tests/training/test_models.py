import numpy as np
import pandas as pd

from autowritten.evaluation import metrics
from autowritten.features import NAMES
from training import models
from training.dataset import Dataset
from training.walks import DEPTHS, Walks

HIDDEN = 6


def _dataset(n=400, seed=0):
    """Posts whose writer shows in one direction of the states and in the distance of one feature from the middle."""
    rng = np.random.default_rng(seed)
    machine = rng.integers(0, 2, n)
    pooled = rng.normal(size=(n, len(DEPTHS), HIDDEN))
    pooled[:, DEPTHS.index(8), 0] += 2.0 * machine
    features = rng.normal(size=(n, len(NAMES)))
    features[:, 0] *= np.where(machine == 1, 3.0, 0.5)
    rows = pd.DataFrame(
        {
            "text": [str(i) for i in range(n)],
            "label": np.where(machine == 1, "machine", "human"),
            "lang": rng.choice(["zh", "fr", "en", "de"], n),
            "family": np.where(machine == 1, "paired-frontier", None),
            "dataset": "pairs-zh0",
            "tokens": rng.integers(8, 96, n),
        }
    )
    walks = Walks(pooled.astype(np.float16), np.ones_like(pooled, dtype=np.float16), [])
    return Dataset(rows, walks, features, machine)


def test_both_halves_are_learnt_and_each_stands_alone():
    train, test = _dataset(800), _dataset(400, seed=1)
    classifier, fusion = models.fit(train, seeds=2)
    projection, inputs = classifier.project(*models.pooled(test)), models.inputs(fusion.band, test)
    both = metrics.auroc(test.machine, fusion.logits(projection, inputs))
    classifier_alone = metrics.auroc(test.machine, fusion.classifier_logits(projection, inputs))
    features_alone = metrics.auroc(test.machine, fusion.perplexity_logits(projection, inputs))
    assert classifier_alone > 0.8
    assert features_alone > 0.8
    assert both > max(classifier_alone, features_alone)
    assert fusion.bias.shape == (2 * models.UNITS,)


def test_fitting_again_gives_the_same():
    data = _dataset(200)
    first, second = (models.fused(*models.fit(data, seeds=1), data) for _ in range(2))
    np.testing.assert_allclose(first, second, rtol=1e-6)


def test_what_is_kept_gives_the_same_logits():
    from autowritten.classifier import Classifier
    from autowritten.fusion import Fusion

    data = _dataset(200)
    classifier, fusion = models.fit(data, seeds=1)
    again = (
        Classifier.from_tensors(models.POOLED, models.SPREAD, classifier.tensors()),
        Fusion.from_tensors(Fusion.settings(), fusion.tensors()),
    )
    np.testing.assert_array_equal(models.fused(classifier, fusion, data), models.fused(*again, data))
