"""The model that training fits and that the left-out rotation fits again and again."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from autowritten.classifier import Classifier, states
from autowritten.features import NAMES
from autowritten.fusion import INPUTS, Fusion, design
from autowritten.human_band import CLIP, HumanBand
from training.balance import weights
from training.dataset import Dataset
from training.walks import DEPTHS

POOLED = (4, 8, 12, 18)
"""Depths whose mean state the classifier reads, and those whose spread it reads (training/LOG.md)."""
SPREAD = (8,)
COMPONENTS = 768
UNITS = 64
SEEDS = 3
"""Networks fitted; their units stand side by side in the bundle and their logits are averaged."""
EPOCHS = 12
BATCH = 256
RATE = 1e-3
DECAY = 1e-2
BLIND = 0.1
"""Share of the rows, at each step, that show one half only: each must be able to stand alone."""


def pooled(data: Dataset) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and spread of the hidden states at `POOLED`, each of shape (n, len(POOLED), hidden)."""
    index = [DEPTHS.index(d) for d in POOLED]
    return data.walks.pooled[:, index].astype(np.float32), data.walks.spread[:, index].astype(np.float32)


def fit_band(data: Dataset) -> HumanBand:
    """Fit the human band on the human rows."""
    human = data.machine == 0
    return HumanBand.fit(data.features[human], list(data.rows["lang"][human]), list(data.rows["tokens"][human]))


def inputs(band: HumanBand, data: Dataset) -> NDArray[np.float64]:
    """Return the fusion's inputs beside the classifier's units."""
    return design(band, data.features, list(data.rows["lang"]), list(data.rows["tokens"]))


def fit(data: Dataset, *, seeds: int = SEEDS) -> tuple[Classifier, Fusion]:
    """Fit both halves together: one layer of units over rotated hidden states and distances from the human band.

    The states are first rotated to their leading principal components: directions in which posts hardly differ can't be
    overfitted, and the network fits in a minute. The rotation is folded into the classifier's matrix.
    """
    means, spreads = pooled(data)
    raw = states(means, spreads, [POOLED.index(d) for d in SPREAD])
    centre, scale = raw.mean(0), raw.std(0) + 1e-3
    raw = (raw - centre) / scale
    rotation = PCA(min(COMPONENTS, *raw.shape), svd_solver="randomized", random_state=0).fit(raw).components_.T
    rotated = raw @ rotation
    spread = float(rotated.std())
    band = fit_band(data)
    hidden = torch.from_numpy(rotated / spread)
    other = torch.from_numpy(inputs(band, data).astype(np.float32))
    other[:, : 2 * len(NAMES)] /= CLIP / 2  # about the scale of the rotated states
    target = torch.from_numpy(data.machine.astype(np.float32))
    weight = torch.from_numpy(weights(data.rows).astype(np.float32))
    fitted = [_fit_network(hidden, other, target, weight, seed) for seed in range(seeds)]
    first = np.concatenate([w for w, _, _, _ in fitted], axis=1)  # (components + inputs, units of all networks)
    k = rotated.shape[1]
    of_inputs = first[k:].copy()
    of_inputs[: 2 * len(NAMES)] /= CLIP / 2
    classifier = Classifier(
        POOLED,
        SPREAD,
        centre.astype(np.float32),
        ((rotation / spread) @ first[:k] / scale[:, None]).astype(np.float32),
    )
    fusion = Fusion(
        band,
        of_inputs.astype(np.float64),
        np.concatenate([b for _, b, _, _ in fitted]).astype(np.float64),
        np.concatenate([o for _, _, o, _ in fitted]).astype(np.float64) / seeds,
        float(np.mean([c for _, _, _, c in fitted])),
    )
    return classifier, fusion


def _fit_network(
    hidden: torch.Tensor, other: torch.Tensor, target: torch.Tensor, weight: torch.Tensor, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], float]:
    """Return first-layer weights (inputs, units), its biases, output weights and output bias of one trained network."""
    torch.manual_seed(seed)
    first = torch.nn.Linear(hidden.shape[1] + len(INPUTS), UNITS)
    last = torch.nn.Linear(UNITS, 1)
    network = torch.nn.Sequential(torch.nn.Dropout(0.15), first, torch.nn.ReLU(), torch.nn.Dropout(0.3), last)
    steps = EPOCHS * -(-len(target) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    loss = torch.nn.BCEWithLogitsLoss(reduction="none")
    distances = 2 * len(NAMES)
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(target)), BATCH):
            draw = torch.rand(len(rows), 1)
            states_ = hidden[rows] * (draw > BLIND)
            others = other[rows].clone()
            others[:, :distances] *= draw < 1 - BLIND
            values = network(torch.cat([states_, others], dim=1))[:, 0]
            optimiser.zero_grad()
            (loss(values, target[rows]) * weight[rows]).mean().backward()
            optimiser.step()
            schedule.step()
    with torch.no_grad():
        return first.weight.T.numpy(), first.bias.numpy(), last.weight[0].numpy(), float(last.bias)


def fused(classifier: Classifier, fusion: Fusion, data: Dataset) -> NDArray[np.float64]:
    """Return the fused logits of walked texts, shape (n,)."""
    return fusion.logits(classifier.project(*pooled(data)), inputs(fusion.band, data))
