"""The classifier on pooled states, and the fusion over it: what training fits, and the left-out rotation again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.decomposition import PCA

from autowritten.classifier import Classifier, states
from autowritten.features import NAMES
from autowritten.fusion import INPUTS, Fusion, design
from autowritten.human_band import CLIP, HumanBand
from training.balance import weights
from training.dataset import Dataset
from training.walks import DEPTHS, Walks

POOLED = (4, 8, 12)
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
_LOGIT_SCALE = 4.0


@dataclass(frozen=True)
class _Network:
    """Weights of one layer of units and an output, as trained."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: float


def pooled(data: Dataset) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return mean and spread of the hidden states at `POOLED`, each of shape (n, len(POOLED), hidden)."""
    index = [DEPTHS.index(d) for d in POOLED]
    return data.walks.pooled[:, index].astype(np.float32), data.walks.spread[:, index].astype(np.float32)


def fit_classifier(data: Dataset, *, seeds: int = SEEDS) -> Classifier:
    """Fit one layer of units over the pooled states.

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
    weight = weights(data.rows)
    found = [_fit_network(rotated / spread, data.machine, weight, seed) for seed in range(seeds)]
    joined = _side_by_side(found)
    return Classifier(
        POOLED,
        SPREAD,
        centre.astype(np.float32),
        ((rotation / spread) @ joined.weight / scale[:, None]).astype(np.float32),
        joined.bias,
        joined.output,
        joined.output_bias,
    )


def fit_fusion(data: Dataset, said: NDArray[np.float64], weight: NDArray[np.float64], *, seeds: int = SEEDS) -> Fusion:
    """Fit the fusion on posts whose classifier logits come from networks that never saw them.

    Args:
        data: the posts.
        said: the classifier's logit of each.
        weight: how much each counts, mean about 1.
        seeds: networks to average.
    """
    human = data.machine == 0
    band = HumanBand.fit(data.features[human], list(data.rows["lang"][human]), list(data.rows["tokens"][human]))
    scale = np.ones(len(INPUTS))
    scale[0] = _LOGIT_SCALE
    scale[1 : 1 + 2 * len(NAMES)] = CLIP / 2
    inputs = (fusion_inputs(band, data, said) / scale).astype(np.float32)
    found = _side_by_side(
        [_fit_network(inputs, data.machine, weight, seed, halves=1 + 2 * len(NAMES)) for seed in range(seeds)]
    )
    return Fusion(
        band,
        found.weight.astype(np.float64) / scale[:, None],
        found.bias.astype(np.float64),
        found.output.astype(np.float64),
        found.output_bias,
    )


def fusion_inputs(band: HumanBand, data: Dataset, said: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the fusion's inputs of walked texts."""
    return design(band, said, data.features, list(data.rows["lang"]), list(data.rows["tokens"]))


def join(parts: list[Dataset]) -> Dataset:
    """Return data sets as one."""
    walks = Walks(
        np.concatenate([d.walks.pooled for d in parts]),
        np.concatenate([d.walks.spread for d in parts]),
        [s for d in parts for s in d.walks.statistics],
    )
    rows = pd.concat([d.rows for d in parts], ignore_index=True)
    features = np.concatenate([d.features for d in parts])
    return Dataset(rows, walks, features, np.concatenate([d.machine for d in parts]))


def _side_by_side(networks: list[_Network]) -> _Network:
    """Return one network whose logit is the mean of theirs."""
    return _Network(
        np.concatenate([n.weight for n in networks], axis=1),
        np.concatenate([n.bias for n in networks]),
        np.concatenate([n.output / np.float32(len(networks)) for n in networks], dtype=np.float32),
        float(np.mean([n.output_bias for n in networks])),
    )


def _fit_network(
    inputs: NDArray[np.float32], machine: NDArray[np.int64], weight: NDArray[np.float64], seed: int, *, halves: int = 0
) -> _Network:
    """Train one network.

    Args:
        inputs: shape (n, inputs), each column of about unit scale.
        machine: shape (n,).
        weight: shape (n,).
        seed: of weights and order.
        halves: 0 for a plain network; else column 0 is the classifier's logit, columns 1 to `halves` are distances: each
            is hidden from `BLIND` of the rows, and the logit never falls when column 0 rises.
    """
    torch.manual_seed(seed)
    x, y = torch.from_numpy(inputs), torch.from_numpy(machine.astype(np.float32))
    w = torch.from_numpy(weight.astype(np.float32))
    first, last = torch.nn.Linear(x.shape[1], UNITS), torch.nn.Linear(UNITS, 1)
    drop = 0.0 if halves else 0.15
    network = torch.nn.Sequential(torch.nn.Dropout(drop), first, torch.nn.ReLU(), torch.nn.Dropout(0.3), last)
    steps = EPOCHS * -(-len(y) // BATCH)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    loss = torch.nn.BCEWithLogitsLoss(reduction="none")
    for _ in range(EPOCHS):
        for rows in torch.split(torch.randperm(len(y)), BATCH):
            part = x[rows]
            if halves:
                draw = torch.rand(len(rows), 1)
                part = part.clone()
                part[:, :1] *= draw > BLIND
                part[:, 1:halves] *= draw < 1 - BLIND
            optimiser.zero_grad()
            (loss(network(part)[:, 0], y[rows]) * w[rows]).mean().backward()
            optimiser.step()
            schedule.step()
            if halves:
                with torch.no_grad():  # monotone: a unit listens to the classifier only in the direction it speaks
                    first.weight[:, 0] *= first.weight[:, 0] * last.weight[0] > 0
    with torch.no_grad():
        return _Network(
            first.weight.T.numpy().copy(), first.bias.numpy().copy(), last.weight[0].numpy().copy(), float(last.bias)
        )
