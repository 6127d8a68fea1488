"""Losses against the generator nobody has seen, compared on frozen states: what was tried and is not in the recipe.

    python -m training.ideas [--only NAME ...]

Each is one layer of units over the same pooled states as `models.fit_classifier`, fitted once without each fold of families
and measured on that fold, posts compared within a language; and once on all families, measured on dev and on the held-out
pairs. Minutes instead of the hours of fine-tuning; what wins here is worth fine-tuning with. Results: training/LOG.md.
"""

from __future__ import annotations

import argparse
import json

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.covariance import LedoitWolf
from sklearn.decomposition import PCA
from torch.nn import functional

from autowritten.classifier import states
from autowritten.evaluation import metrics
from autowritten.judging.groups import language_group
from benchmarks.leave_out import within_language
from training import folds, models
from training.balance import weights
from training.dataset import Dataset, load
from training.extract import store
from training.finetune import twins
from training.paths import REPOSITORY
from training.train import rows

RESULTS = REPOSITORY / "benchmarks" / "results" / "ideas.json"
IDEAS = ("plain", "group-dro", "contrastive", "reversal", "ranking", "typicality")
COMPONENTS = 256
STEP = 0.02
"""Of the group weights of DRO."""


class _Reverse(torch.autograd.Function):
    """The identity, whose gradient is turned round (Ganin et al. 2016)."""

    @staticmethod
    def forward(_ctx: object, x: torch.Tensor) -> torch.Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(_ctx: object, gradient: torch.Tensor) -> torch.Tensor:
        return -0.3 * gradient


def _contrastive(units: torch.Tensor, group: torch.Tensor) -> torch.Tensor:
    """Supervised contrastive loss (Khosla et al. 2020), the generator family as the class (after DeTeCtive, 2024)."""
    z = functional.normalize(units, dim=1)
    alike = z @ z.T / 0.1
    self_ = torch.eye(len(z), dtype=torch.bool)
    log_share = alike - torch.logsumexp(alike.masked_fill(self_, -1e9), dim=1, keepdim=True)
    positive = (group[:, None] == group[None]) & ~self_
    count = positive.sum(1)
    return -((log_share * positive).sum(1)[count > 0] / count[count > 0]).mean()


def fit(idea: str, x: NDArray[np.float32], data: Dataset, seed: int = 0) -> torch.nn.Module:
    """Return a network over states, trained with one idea."""
    torch.manual_seed(seed)
    inputs, y = torch.from_numpy(x), torch.from_numpy(data.machine.astype(np.float32))
    w = torch.from_numpy(weights(data.rows).astype(np.float32))
    family = data.rows["family"].astype(object).where(data.machine == 1, "human").fillna("").to_numpy()
    _, group_ids = np.unique(family, return_inverse=True)
    _, set_ids = np.unique(data.rows["dataset"].to_numpy().astype(str), return_inverse=True)
    group, dataset, twin = torch.from_numpy(group_ids), torch.from_numpy(set_ids), torch.tensor(twins(data.rows))
    body = torch.nn.Sequential(torch.nn.Dropout(0.15), torch.nn.Linear(x.shape[1], models.UNITS), torch.nn.ReLU(),
                               torch.nn.Dropout(0.3))  # fmt: skip
    last, domain = torch.nn.Linear(models.UNITS, 1), torch.nn.Linear(models.UNITS, int(set_ids.max()) + 1)
    network = torch.nn.Sequential(body, last)
    steps = models.EPOCHS * -(-len(y) // models.BATCH)
    optimiser = torch.optim.AdamW([*network.parameters(), *domain.parameters()], lr=models.RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, models.RATE, total_steps=steps)
    share = torch.ones(int(group.max()) + 1)
    for _ in range(models.EPOCHS):
        for members in torch.split(torch.randperm(len(y)), models.BATCH):
            units = body(inputs[members])
            logit = last(units)[:, 0]
            each = functional.binary_cross_entropy_with_logits(logit, y[members], reduction="none")
            loss = (each * w[members]).mean()
            if idea == "group-dro":  # Sagawa et al. 2020, over generator families
                loss = (each * w[members] * share[group[members]]).mean()
                with torch.no_grad():
                    for g in torch.unique(group[members]):
                        share[g] *= torch.exp(STEP * each[group[members] == g].mean())
                    share *= len(share) / share.sum()
            elif idea == "contrastive":
                loss = loss + 0.3 * _contrastive(units, group[members])
            elif idea == "reversal":
                guess = domain(_Reverse.apply(units))  # type: ignore[no-untyped-call]
                loss = loss + (functional.cross_entropy(guess, dataset[members], reduction="none") * w[members]).mean()
            elif idea == "ranking":
                paired = members[twin[members] >= 0]
                sign = 2 * y[paired] - 1
                margin = sign * (network(inputs[paired]) - network(inputs[twin[paired]]))[:, 0]
                loss = loss + 0.5 * (functional.softplus(-margin) * w[paired]).sum() / len(members)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return network.eval()


def typicality(
    x: NDArray[np.float32], data: Dataset, new: NDArray[np.float32], language: list[str]
) -> NDArray[np.float64]:
    """Return the distance of new posts from human posts of their language: one class, no machine post needed (Mahalanobis)."""
    spoken = np.array([language_group(name) for name in data.rows["lang"]])
    asked = np.array([language_group(name) for name in language])
    out = np.zeros(len(new))
    for name in np.unique(asked):
        of_humans = x[(spoken == name) & (data.machine == 0)]
        out[asked == name] = LedoitWolf().fit(of_humans).mahalanobis(new[asked == name])
    return out


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--only", nargs="+", choices=IDEAS, default=IDEAS)
    ideas = parser.parse_args().only
    data = load(rows(), store())
    raw = states(*models.pooled(data), [models.POOLED.index(d) for d in models.SPREAD])
    split, of = data.rows["split"].to_numpy(), folds.fold_of(data.rows)
    table: dict[str, dict[str, float]] = {idea: {} for idea in ideas}
    for fold in [*range(len(folds.FOLDS)), None]:
        members = split == "train" if fold is None else (split == "train") & (of != fold)
        train = data.subset(members)
        centre, scale = raw[members].mean(0), raw[members].std(0) + 1e-3
        rotation = PCA(COMPONENTS, svd_solver="randomized", random_state=0).fit((raw[members] - centre) / scale)
        x = rotation.transform((raw - centre) / scale).astype(np.float32)
        x /= x[members].std()
        for idea in ideas:
            if idea == "typicality":
                said = typicality(x[members], train, x, list(data.rows["lang"]))
            else:
                network = fit(idea, x[members], train)
                with torch.inference_mode():
                    said = network(torch.from_numpy(x))[:, 0].numpy().astype(np.float64)
            table[idea] |= _measure(data, said, fold)
            print(fold, idea, {k: round(v, 3) for k, v in table[idea].items()}, flush=True)
    for record in table.values():
        left = [value for name, value in record.items() if not name.startswith(("dev", "held-out"))]
        record |= {"mean": float(np.mean(left)), "worst": float(np.min(left))}
    RESULTS.write_text(json.dumps(table, indent=1) + "\n")


def _measure(data: Dataset, said: NDArray[np.float64], fold: int | None) -> dict[str, float]:
    """Return AUROC on each family of a fold, or, of the network on all families, on dev and the held-out pairs."""
    split, language = data.rows["split"].to_numpy(), data.rows["lang"].to_numpy().astype(str)
    out = {}
    if fold is None:
        for name in ("dev", "held-out-pairs"):
            for lang in ("zh", "fr", "en"):
                m = (split == name) & (language == lang)
                out[f"{name} {lang}"] = metrics.auroc(data.machine[m], said[m])
        return out
    family = data.rows["family"].astype(object).fillna("").to_numpy()
    for name in folds.FOLDS[fold]:
        human = folds.humans_of(data.rows, name)
        of_dev = (split == "dev") & (not name.startswith("factory-"))
        m = (((family == name) & (data.machine == 1) & (split != "dev")) | human) & ~of_dev
        if data.machine[m].any():
            out[name] = within_language(language[m], data.machine[m], said[m])["auroc"]
    return out


if __name__ == "__main__":
    main()
