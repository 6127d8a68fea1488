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


def _said(data):
    """A classifier's logits that are right more often than not."""
    return np.random.default_rng(7).normal(size=len(data.machine)) + 0.7 * (2.0 * data.machine - 1)


def _ones(data):
    return np.ones(len(data.machine))


def test_the_classifier_is_learnt():
    train, test = _dataset(800), _dataset(400, seed=1)
    classifier = models.fit_classifier(train, seeds=2)
    assert metrics.auroc(test.machine, classifier.logits(*models.pooled(test))) > 0.8
    assert classifier.bias.shape == (2 * models.UNITS,)


def test_the_fusion_is_better_than_either_half():
    train, test = _dataset(4000), _dataset(400, seed=1)
    fusion = models.fit_fusion(train, _said(train), _ones(train), seeds=2)
    inputs = models.fusion_inputs(fusion.band, test, _said(test))
    both = metrics.auroc(test.machine, fusion.logits(inputs))
    features_alone = metrics.auroc(test.machine, fusion.perplexity_logits(inputs))
    assert features_alone > 0.8
    assert both > max(features_alone, metrics.auroc(test.machine, _said(test)))


def test_the_fused_logit_never_falls_when_the_classifiers_rises():
    data = _dataset(400)
    fusion = models.fit_fusion(data, _said(data), _ones(data), seeds=2)
    inputs = models.fusion_inputs(fusion.band, data, _said(data))
    low, high = inputs.copy(), inputs.copy()
    low[:, 0] -= 0.5
    high[:, 0] += 0.5
    assert (fusion.logits(high) >= fusion.logits(low) - 1e-6).all()


def test_fitting_again_gives_the_same():
    data = _dataset(200)
    first, second = (models.fit_classifier(data, seeds=1).logits(*models.pooled(data)) for _ in range(2))
    np.testing.assert_allclose(first, second, rtol=1e-6)
    first, second = (models.fit_fusion(data, _said(data), _ones(data), seeds=1).weight for _ in range(2))
    np.testing.assert_allclose(first, second, rtol=1e-6)


def test_data_sets_are_joined_in_order():
    one, two = _dataset(20), _dataset(30, seed=1)
    both = models.join([one, two])
    assert both.machine.tolist() == [*one.machine, *two.machine]
    assert both.walks.pooled.shape[0] == len(both.rows) == len(both.features) == 50
