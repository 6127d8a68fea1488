"""Stage 4: the classifier: fitted on frozen pooled states, then fine-tuned with LoRA on the language model's middle layers.

    python -m training.finetune whole                 # on all families: the classifier that is shipped
    python -m training.finetune fold0 --fold 0        # without the families and data sets of one fold (training/folds.py)

A run writes `work/classifier/NAME`: the classifier, the adapter, a log, and the logits of rows that it has not seen. It goes on
from its last checkpoint when started again.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file as load_numpy
from safetensors.numpy import save_file as save_numpy
from safetensors.torch import load_file, save_file
from torch.nn import functional

from autowritten.bundle import EMBEDDED, Bundle
from autowritten.classifier import Classifier, states
from autowritten.lm import backbone as backbones
from autowritten.lm.adapter import Adapter
from autowritten.lm.embedded import dense_copy
from training import folds, models
from training.augment import DISGUISED, disguise, stretch, strip_marks
from training.balance import weights
from training.dataset import load
from training.extract import store
from training.paths import work_folder
from training.walks import WINDOW

ROUND = 2000
"""Texts between two checkpoints."""
ALPHA = 2
"""LoRA's alpha over its rank: what the product of the two matrices is multiplied by."""
CHECKPOINT = "checkpoint.safetensors"
WALKED = ("sample.parquet", "factory.parquet", "disguised.parquet")
MORE = ("more.parquet", "factory-more.parquet")
"""Rows that are walked for both halves, and rows for fine-tuning only."""


@dataclass(frozen=True)
class Recipe:
    """What a run is made of; what was tried beside it is in training/LOG.md.

    Attributes:
        first: layers under this one stay frozen, and are shared with the walk of the perplexity half.
        leave: the classifier leaves the model after this many layers.
        rank: of the LoRA matrices.
        rate: highest learning rate.
        texts: texts shown in all, in rounds of `ROUND`.
        batch: tokens a step at most, padding counted.
        smoothing: label smoothing of a long text.
        short: how much more a short text gets (`target`).
        decay: learning rate of a layer over that of the layer above it.
        average: share of the weights of each step in their running average; 1 keeps the last step's.
        ranking: weight of the ranking loss within pairs.
        seed: of everything random.
    """

    first: int = 4
    leave: int = 12
    rank: int = 16
    rate: float = 1.5e-4
    texts: int = 56_000
    batch: int = 640
    smoothing: float = 0.02
    short: float = 0.4
    decay: float = 1.0
    average: float = 0.01
    ranking: float = 0.5
    seed: int = 0


class Network(torch.nn.Module):
    """The language model's layers up to `leave`, LoRA on those from `first`, and a classifier over their pooled states.

    Args:
        recipe: what to adapt.
        classifier: fitted on the frozen states, where the network starts from.
        scale: spread of each pooled state over the training posts, for a parametrisation that one learning rate fits.
        folder: of the language model; the embedded one where left out.
    """

    def __init__(
        self, recipe: Recipe, classifier: Classifier, scale: NDArray[np.float32], folder: str | Path | None = None
    ) -> None:
        super().__init__()
        from peft import LoraConfig, get_peft_model
        from transformers import AutoConfig, AutoModel
        from transformers.utils import logging

        logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # it lists the layers that we leave out
        torch.manual_seed(recipe.seed)
        folder = str(folder or dense_copy(EMBEDDED))
        config: Any = AutoConfig.from_pretrained(folder, local_files_only=True)
        config.num_hidden_layers = recipe.leave
        config.layer_types = config.layer_types[: recipe.leave]
        base: Any = AutoModel.from_pretrained(folder, config=config, dtype=torch.bfloat16, local_files_only=True)
        base.norm = torch.nn.Identity()  # states are pooled as they are between layers
        layers = "|".join(map(str, range(recipe.first, recipe.leave)))
        targets = rf".*layers\.({layers})\..*(q|k|v|o|gate|up|down)_proj"
        lora = LoraConfig(r=recipe.rank, lora_alpha=int(recipe.rank * ALPHA), target_modules=targets)
        self.trunk: Any = get_peft_model(base, lora)
        for parameter in self.trunk.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()
        self.classifier = classifier
        self.centre: torch.Tensor
        self.scale: torch.Tensor
        self.register_buffer("centre", torch.from_numpy(classifier.centre))
        self.register_buffer("scale", torch.from_numpy(scale))
        self.weight = torch.nn.Parameter(torch.from_numpy(classifier.weight * scale[:, None]))
        self.bias = torch.nn.Parameter(torch.from_numpy(classifier.bias.copy()))
        self.output = torch.nn.Parameter(torch.from_numpy(classifier.output.copy()))
        self.output_bias = torch.nn.Parameter(torch.tensor([classifier.output_bias]))

    def take(self, adapter: Adapter) -> None:
        """Go on from an adapter that sits in the same layers, of the same rank."""
        parameters = dict(self.trunk.named_parameters())
        with torch.no_grad():
            for name, value in adapter.tensors.items():
                parameters[name.replace(".weight", ".default.weight")].copy_(torch.from_numpy(value))

    def forward(self, batch: Sequence[Sequence[int]], start: int) -> torch.Tensor:
        """Return one logit a token list, shape (batch,)."""
        return self.head(*self.sums(batch, start))

    def sums(self, batch: Sequence[Sequence[int]], start: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return sums over each list's tokens: of the states, of their squares where the spread is wanted, and of 1.

        The lists are padded on the right, where a causal model never looks. Shapes: (batch, depths, hidden), (batch, spread
        depths, hidden), (batch,).
        """
        longest = max(map(len, batch))
        ids = torch.full((len(batch), longest + 1), start)
        for row, part in zip(ids, batch, strict=True):
            row[1 : len(part) + 1] = torch.tensor(part)
        lengths = torch.tensor([len(part) for part in batch])
        mask = (torch.arange(longest) < lengths[:, None]).float()[:, :, None]
        with torch.autocast("cpu", torch.bfloat16):
            hidden: Any = self.trunk(input_ids=ids, output_hidden_states=True, use_cache=False).hidden_states
        states = {depth: hidden[depth][:, 1:].float() * mask for depth in self.classifier.depths}
        squares = [(states[depth] * states[depth]).sum(1) for depth in self.classifier.spread_depths]
        return torch.stack([state.sum(1) for state in states.values()], 1), torch.stack(squares, 1), lengths

    def head(self, sums: torch.Tensor, squares: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """Return one logit a text from what `sums` returns, which may be added up over the windows of a long text."""
        means = sums / lengths[:, None, None]
        at = [self.classifier.depths.index(depth) for depth in self.classifier.spread_depths]
        spread = (squares / lengths[:, None, None] - means[:, at] ** 2).clamp_min(1e-6).sqrt()
        inputs = (torch.cat([means.flatten(1), spread.flatten(1)], dim=1) - self.centre) / self.scale
        inputs = functional.dropout(inputs, 0.1, self.training)
        units = functional.dropout(functional.relu(inputs @ self.weight + self.bias), 0.2, self.training)
        logits: torch.Tensor = units @ self.output + self.output_bias
        return logits

    def trained(self) -> Classifier:
        """Return the classifier as it is now."""
        with torch.no_grad():
            weight = (self.weight / self.scale[:, None]).numpy().copy()
            parts = weight, self.bias.numpy().copy(), self.output.numpy().copy(), float(self.output_bias)
        return replace(self.classifier, weight=parts[0], bias=parts[1], output=parts[2], output_bias=parts[3])


def target(machine: torch.Tensor, tokens: torch.Tensor, smoothing: float, short: float) -> torch.Tensor:
    """Return the target probability: a short stretch of machine text is only weakly machine (after MPU, Tian et al. 2024).

    Smoothing is `smoothing` for a long text and rises by .6 of `short` for one of six tokens, alike for both classes.
    """
    eps = smoothing + short * torch.exp(-tokens.float() / 12.0)
    return machine * (1 - eps) + (1 - machine) * eps


def twins(rows: pd.DataFrame) -> list[int]:
    """Return each row's twin: a row of the other class that shares its pair, -1 where it has none."""
    found = np.full(len(rows), -1)
    if "pair_id" in rows:
        machine = (rows["label"] == "machine").to_numpy()
        for members in rows.groupby("pair_id").indices.values():
            human, other = members[~machine[members]], members[machine[members]]
            if len(human) and len(other):
                found[other] = np.resize(human, len(other))
                found[human] = np.resize(other, len(human))
    return list(map(int, found))


def draws(rows: pd.DataFrame, recipe: Recipe, tokenizer: Any) -> Iterator[list[list[tuple[list[int], int]]]]:  # noqa: ANN401
    """Yield rounds of about `ROUND` texts, drawn by their weight and augmented: (token ids, is machine), twins together.

    Both of a pair are cut and stripped alike, so that only the writer tells them apart.
    """
    chance = weights(rows)
    chance = np.minimum(chance, 12.0 * chance.mean())  # forty rows shown a hundred times are learnt by heart
    twin = twins(rows)
    chance *= np.where(np.array(twin) >= 0, 0.5, 1.0)  # the other brings it along
    # One in two draws of a pair is two texts, so a round has fewer draws than texts.
    size = round(min(ROUND, recipe.texts) / (1 + float(chance[np.array(twin) >= 0].sum() / chance.sum())))
    chance /= chance.sum()
    texts, machine = rows["text"].to_numpy(), (rows["label"] == "machine").to_numpy()
    for number in range(math.ceil(recipe.texts / ROUND)):
        rng = np.random.default_rng([recipe.seed, number])
        groups = [[i] if twin[i] < 0 else [i, twin[i]] for i in rng.choice(len(rows), size, p=chance)]
        round_ = []
        for k, members in enumerate(groups):
            stripped = [strip_marks(str(texts[i]), Random(f"{recipe.seed} {number} {k}")) for i in members]
            if rng.random() < DISGUISED:
                stripped = [disguise(text, Random(f"disguise {recipe.seed} {number} {k}")) for text in stripped]
            encoded = tokenizer(stripped, add_special_tokens=False)["input_ids"]
            cut = [stretch(ids, Random(f"{recipe.seed} {number} {k}")) for ids in encoded if ids]
            if len(cut) == len(members):
                round_.append([(ids, int(machine[i])) for ids, i in zip(cut, members, strict=True)])
        yield round_


def batches(lengths: Sequence[int], tokens: int, sizes: Sequence[int] | None = None) -> list[list[int]]:
    """Return indices grouped so that like lengths share a batch of at most `tokens`, padding counted.

    Args:
        lengths: tokens of each text, or of the longest of a group that must stay together.
        tokens: most tokens of a batch.
        sizes: texts of each group; 1 each where left out.
    """
    out: list[list[int]] = [[]]
    held = 0
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        size = sizes[i] if sizes else 1
        if out[-1] and (lengths[i] + 1) * (held + size) > tokens:
            out.append([])
            held = 0
        out[-1].append(i)
        held += size
    return out


def losses_of(
    values: torch.Tensor, groups: Sequence[Sequence[tuple[list[int], int]]], recipe: Recipe
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a batch's mean cross-entropy over its texts, and the loss of the order within its pairs, also a text.

    The second (Burges et al. 2005, RankNet) asks only that the machine's post scores above the human one that it shares its
    subject with: what both share cancels.

    Args:
        values: logit of each text, group by group.
        groups: (token ids, is machine) of the texts; groups of two are pairs.
        recipe: how labels are smoothed.
    """
    texts = [text for group in groups for text in group]
    machine = torch.tensor([float(label) for _, label in texts])
    tokens = torch.tensor([len(ids) for ids, _ in texts])
    entropy = functional.binary_cross_entropy_with_logits(
        values, target(machine, tokens, recipe.smoothing, recipe.short)
    )
    ends = np.cumsum([len(group) for group in groups])
    first = torch.tensor(
        [int(end) - 2 for end, group in zip(ends, groups, strict=True) if len(group) == 2], dtype=torch.long
    )
    sign = 2 * machine[first] - 1
    order = functional.softplus(sign * (values[first + 1] - values[first])).sum() / len(texts)
    return entropy, order


def train(model: Network, rows: pd.DataFrame, recipe: Recipe, folder: Path) -> None:
    """Fine-tune, resuming from the folder's checkpoint; leave the network with averaged weights."""
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    start = int(tokenizer.bos_token_id)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    average = {name: p.detach().clone() for name, p in trained.items()}
    groups_of: dict[int, list[torch.nn.Parameter]] = {}
    for name, p in trained.items():
        layer = re.search(r"layers\.(\d+)\.", name)
        groups_of.setdefault(int(layer[1]) if layer else recipe.leave, []).append(p)
    shares = {layer: recipe.decay ** (recipe.leave - layer) for layer in groups_of}
    optimiser = torch.optim.AdamW(
        [{"params": found, "share": shares[layer]} for layer, found in groups_of.items()],
        lr=recipe.rate,
        weight_decay=0.01,
    )
    total = math.ceil(recipe.texts / ROUND)
    done = _resume(folder / CHECKPOINT, trained, average, optimiser)
    log = folder / "log.jsonl"
    for number, groups in enumerate(draws(rows, recipe, tokenizer)):
        if number < done:
            continue
        model.train()
        began, losses, seen = time.monotonic(), [], 0
        order = batches([max(len(ids) for ids, _ in group) for group in groups], recipe.batch, list(map(len, groups)))
        Random(number).shuffle(order)
        for step, members in enumerate(order):
            share = (number + step / len(order)) / total
            rate = recipe.rate * min(1.0, share / 0.05) * (0.5 + 0.5 * math.cos(math.pi * share))
            for group in optimiser.param_groups:
                group["lr"] = rate * group["share"]
            chosen = [groups[i] for i in members]
            ids = [ids for group in chosen for ids, _ in group]
            entropy, order_loss = losses_of(model(ids, start), chosen, recipe)
            loss = entropy + recipe.ranking * order_loss
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(list(trained.values()), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            with torch.no_grad():
                for name, p in trained.items():
                    average[name].lerp_(p, recipe.average if share > 0.1 else 1.0)
            losses.append(entropy.item())
            seen += sum(map(len, ids))
        _save(folder / CHECKPOINT, number + 1, trained, average, optimiser)
        line = {"round": number + 1, "of": total, "loss": round(float(np.mean(losses)), 4),
                "tokens_per_s": round(seen / (time.monotonic() - began))}  # fmt: skip
        with log.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(line, flush=True)
    with torch.no_grad():
        for name, p in trained.items():
            p.copy_(average[name])
    model.eval()


def _save(path: Path, done: int, trained: dict[str, Any], average: dict[str, Any], optimiser: Any) -> None:  # noqa: ANN401
    tensors = {"done": torch.tensor(done)}
    for name, p in trained.items():
        state = optimiser.state[p]
        tensors |= {f"{name}|now": p.detach(), f"{name}|average": average[name], f"{name}|m": state["exp_avg"],
                    f"{name}|v": state["exp_avg_sq"], f"{name}|step": state["step"]}  # fmt: skip
    partial = path.with_suffix(".partial")
    save_file(tensors, partial)
    partial.rename(path)


def _resume(path: Path, trained: dict[str, Any], average: dict[str, Any], optimiser: Any) -> int:  # noqa: ANN401
    if not path.exists():
        return 0
    tensors = load_file(path)
    with torch.no_grad():
        for name, p in trained.items():
            p.copy_(tensors[f"{name}|now"])
            average[name].copy_(tensors[f"{name}|average"])
            optimiser.state[p] = {
                "exp_avg": tensors[f"{name}|m"], "exp_avg_sq": tensors[f"{name}|v"], "step": tensors[f"{name}|step"]
            }  # fmt: skip
    return int(tensors["done"])


@torch.inference_mode()
def score(model: Network, texts: Sequence[str]) -> NDArray[np.float64]:
    """Return a logit a text, long ones pooled over their windows as the detector pools them."""
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    encoded = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    pieces = [(i, part) for i, ids in enumerate(encoded) for part in backbones.windows(ids, WINDOW)]
    total: list[torch.Tensor] = []
    for members in batches([len(part) for _, part in pieces], 2048):
        found = model.sums([pieces[k][1] for k in members], int(tokenizer.bos_token_id))
        if not total:
            total = [torch.zeros(len(texts), *part.shape[1:], dtype=part.dtype) for part in found]
        for whole, part in zip(total, found, strict=True):
            whole.index_add_(0, torch.tensor([pieces[k][0] for k in members]), part)
    total[2].clamp_(min=1)
    return np.concatenate(
        [model.head(*part).double().numpy() for part in zip(*(torch.split(t, 4096) for t in total), strict=True)]
    )


def training_rows(rows: pd.DataFrame, fold: int | None, shipped: bool = False) -> pd.DataFrame:
    """Return the rows to fit on: the train split less what is kept for the fusion and less one fold.

    Args:
        rows: of the sample.
        fold: what the run leaves out.
        shipped: whether the held-out registers are learnt too.
    """
    # What is shipped learns from the registers that were held out to choose the recipe; the folds never saw a pair anyway.
    splits = ("train", "held-out-pairs") if shipped else ("train",)
    rows = rows[rows["split"].isin(splits) & ~folds.kept_for_fusion(rows)]
    if fold is not None:
        rows = rows[folds.fold_of(rows) != fold]
    return rows.reset_index(drop=True)


def frozen(rows: pd.DataFrame, path: Path) -> tuple[Classifier, NDArray[np.float32]]:
    """Return the classifier fitted on frozen states, and the spread of each state; read from `path` where it is already there."""
    if not path.exists():
        data = load(rows, store())
        raw = states(*models.pooled(data), [models.POOLED.index(d) for d in models.SPREAD])
        tensors = models.fit_classifier(data).tensors() | {"scale": (raw.std(0) + 1e-3).astype(np.float32)}
        save_numpy(tensors, path)
    tensors = load_numpy(path)
    return Classifier.from_tensors(models.POOLED, models.SPREAD, tensors), tensors["scale"]


def unseen(fold: int | None, quick: bool = False) -> pd.DataFrame:
    """Return the rows that a run has not seen and whose logits are wanted.

    All that is kept for the fusion; of a fold, its rows and dev's human posts, which they are compared with; of the whole,
    dev and all test sets.

    Args:
        fold: what the run left out.
        quick: only some of each data set, to compare recipes.
    """
    names = [*WALKED, "bench.parquet"]
    rows = pd.concat([pd.read_parquet(work_folder() / name) for name in names], ignore_index=True)
    wanted = (rows["split"] != "train").to_numpy(copy=True)
    wanted[~wanted] = folds.kept_for_fusion(rows[~wanted])
    if fold is not None:
        own = (folds.fold_of(rows) == fold) & ~rows["split"].isin(("dev", "bench")).to_numpy()
        dev_humans = ((rows["split"] == "dev") & (rows["label"] == "human")).to_numpy()
        wanted = own | dev_humans | (wanted & (rows["split"] == "train").to_numpy())
    rows = rows[wanted]
    if quick:
        rows = rows[(rows["split"] != "bench") & (rows["tokens"] <= 96)]
        rows = rows.sample(frac=1.0, random_state=0).groupby(["dataset", "lang", "label", "split"]).head(20)
    return rows.reset_index(drop=True)


def main() -> None:
    """Fine-tune and score the sample."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("name")
    parser.add_argument("--fold", type=int)
    parser.add_argument("--start", help="a bundle to go on from, by name or folder: its classifier and its adapter")
    parser.add_argument("--shipped", action="store_true", help="learn the held-out registers too")
    parser.add_argument("--quick", action="store_true", help="score only some of each data set, to compare recipes")
    for name, value in asdict(Recipe()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    options = vars(parser.parse_args())
    folder, fold = work_folder() / "classifier" / options.pop("name"), options.pop("fold")
    quick, shipped, start = options.pop("quick"), options.pop("shipped"), options.pop("start")
    recipe = Recipe(**options)
    folder.mkdir(parents=True, exist_ok=True)
    walked = pd.concat([pd.read_parquet(work_folder() / name) for name in WALKED], ignore_index=True)
    rows = training_rows(walked, fold, shipped)
    classifier, scale = frozen(rows, folder / "frozen.safetensors")
    print(f"classifier fitted on the frozen states of {len(rows)} posts; {recipe}", flush=True)
    wanted = unseen(fold, quick)
    if recipe.texts:
        more = [pd.read_parquet(work_folder() / name) for name in MORE]
        rows = pd.concat([rows, training_rows(pd.concat(more, ignore_index=True), fold, shipped)], ignore_index=True)
        print(f"fine-tuning on {len(rows)} posts", flush=True)
        begun = Bundle.from_pretrained(start) if start else None
        network = Network(recipe, begun.classifier if begun else classifier, scale)
        if begun and begun.adapter:
            network.take(begun.adapter)
        train(network, rows, recipe, folder)
        network.trunk.save_pretrained(folder / "adapter")
        classifier = network.trained()
        texts = list(dict.fromkeys(wanted["text"]))
        found = score(network, texts)
    else:
        walks = load(wanted, store())
        texts, found = list(wanted["text"]), classifier.logits(*models.pooled(walks))
    save_numpy(classifier.tensors(), folder / "classifier.safetensors")
    (folder / "recipe.json").write_text(json.dumps(asdict(recipe) | {"fold": fold}))
    pd.DataFrame({"text": texts, "logit": found}).drop_duplicates("text").to_parquet(
        folder / "logits.parquet", index=False
    )


if __name__ == "__main__":
    main()
