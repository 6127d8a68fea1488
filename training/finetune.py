"""Stage 3b: fine-tune the classifier half: LoRA on the middle layers of the language model, read off at its last token.

    python -m training.finetune whole                 # on all families: the classifier that is shipped
    python -m training.finetune fold0 --fold 0        # without the families and data sets of one fold (training/folds.py)

A run writes `work/classifier/NAME`: the adapter, a log, and the logits of all rows of the sample. It goes on from its last
checkpoint when started again.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch.nn import functional

from autowritten import backbone as backbones
from autowritten.bundle import EMBEDDED
from training import folds
from training.augment import stretch, strip_marks
from training.balance import weights
from training.paths import work_folder

WINDOW = 128
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class Recipe:
    """What a run is made of; what was tried beside it is in training/LOG.md.

    Attributes:
        first: layers under this one stay frozen, and are shared with the walk of the perplexity half.
        leave: the classifier leaves the model after this many layers.
        rank: of the LoRA matrices.
        rate: highest learning rate.
        texts: texts shown in all.
        batch: tokens a step at most, padding counted.
        smoothing: label smoothing of a long text; short ones get more (`target`).
        seed: of everything random.
    """

    first: int = 4
    leave: int = 12
    rank: int = 16
    rate: float = 4e-4
    texts: int = 40_000
    batch: int = 1536
    smoothing: float = 0.02
    seed: int = 0
    pooling: str = "last"


def network(recipe: Recipe) -> Any:  # noqa: ANN401 - peft is untyped
    """Return the stock sequence classifier of the embedded model, cut after `leave` layers, with LoRA from `first` on."""
    from peft import LoraConfig, TaskType, get_peft_model
    from transformers import AutoConfig, AutoModelForSequenceClassification
    from transformers.utils import logging

    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # it lists the layers that we leave out
    torch.manual_seed(recipe.seed)
    folder = str(backbones.dense_copy(EMBEDDED))
    config: Any = AutoConfig.from_pretrained(folder, local_files_only=True)
    config.num_hidden_layers = recipe.leave
    config.layer_types = config.layer_types[: recipe.leave]
    config.num_labels = 1
    config.use_cache = False
    base: Any = AutoModelForSequenceClassification.from_pretrained(
        folder, config=config, dtype=torch.bfloat16, local_files_only=True
    )
    layers = "|".join(map(str, range(recipe.first, recipe.leave)))
    adapted: Any = get_peft_model(
        base,
        LoraConfig(
            r=recipe.rank,
            lora_alpha=2 * recipe.rank,
            target_modules=rf".*layers\.({layers})\..*(q|k|v|o|gate|up|down)_proj",
            task_type=TaskType.SEQ_CLS,
            modules_to_save=["score"],
        ),
    )
    with torch.no_grad():
        adapted.base_model.model.score.modules_to_save["default"].weight.zero_()  # no opinion to begin with
    for parameter in adapted.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()
    return adapted


def logits(model: Any, batch: Sequence[Sequence[int]], start: int, pooling: str = "last") -> torch.Tensor:  # noqa: ANN401
    """Return one logit a token list, shape (batch,); the lists are padded on the right."""
    longest = max(map(len, batch)) + 1
    ids = torch.full((len(batch), longest), model.config.pad_token_id)
    for row, part in zip(ids, batch, strict=True):
        row[0] = start
        row[1 : len(part) + 1] = torch.tensor(part)
    with torch.autocast("cpu", torch.bfloat16):
        if pooling == "last":
            out: torch.Tensor = model(input_ids=ids).logits[:, 0].float()
            return out
        inner = model.base_model.model
        states = inner.model(input_ids=ids).last_hidden_state
        lengths = torch.tensor([len(p) for p in batch])
        mask = (torch.arange(longest) >= 1) & (torch.arange(longest) <= lengths[:, None])
        mean = (states.float() * mask[:, :, None]).sum(1) / lengths[:, None]
        value: torch.Tensor = inner.score(mean)[:, 0].float()
        return value


def target(machine: torch.Tensor, tokens: torch.Tensor, smoothing: float) -> torch.Tensor:
    """Return the target probability: a short stretch of machine text is only weakly machine (after MPU, Tian et al. 2024).

    Smoothing is `smoothing` for a long text and rises to about .25 more for one of six tokens, alike for both classes.
    """
    eps = smoothing + 0.4 * torch.exp(-tokens.float() / 12.0)
    return machine * (1 - eps) + (1 - machine) * eps


def draws(rows: pd.DataFrame, recipe: Recipe, tokenizer: Any) -> Iterator[list[tuple[list[int], int]]]:  # noqa: ANN401
    """Yield rounds of 2,000 texts, drawn by their weight and augmented: (token ids, is machine)."""
    chance = weights(rows)
    chance = np.minimum(chance, 12.0 * chance.mean())  # forty rows shown a hundred times are learnt by heart
    chance /= chance.sum()
    texts, machine = rows["text"].to_numpy(), (rows["label"] == "machine").to_numpy()
    for number in range(math.ceil(recipe.texts / 2000)):
        rng = np.random.default_rng([recipe.seed, number])
        marks = Random(f"{recipe.seed} {number}")
        chosen = rng.choice(len(rows), 2000, p=chance)
        encoded = tokenizer([strip_marks(str(texts[i]), marks) for i in chosen], add_special_tokens=False)["input_ids"]
        yield [(stretch(ids, marks), int(machine[i])) for ids, i in zip(encoded, chosen, strict=True) if ids]


def batches(lengths: Sequence[int], tokens: int) -> list[list[int]]:
    """Return indices grouped so that like lengths share a batch of at most `tokens`, padding counted."""
    out: list[list[int]] = [[]]
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if out[-1] and (lengths[i] + 1) * (len(out[-1]) + 1) > tokens:
            out.append([])
        out[-1].append(i)
    return out


def train(rows: pd.DataFrame, recipe: Recipe, folder: Path) -> Any:  # noqa: ANN401
    """Fine-tune, resuming from the folder's checkpoint; return the network with averaged weights."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    start = int(tokenizer.bos_token_id)
    model = network(recipe)
    trained = {name: p for name, p in model.named_parameters() if p.requires_grad}
    average = {name: p.detach().clone() for name, p in trained.items()}
    head = [p for name, p in trained.items() if "score" in name]
    body = [p for name, p in trained.items() if "score" not in name]
    optimiser = torch.optim.AdamW(
        [{"params": body, "share": 1.0}, {"params": head, "share": 3.0}], lr=recipe.rate, weight_decay=0.01
    )
    total = math.ceil(recipe.texts / 2000)
    done = _resume(folder / CHECKPOINT, trained, average, optimiser)
    log = folder / "log.jsonl"
    for number, texts in enumerate(draws(rows, recipe, tokenizer)):
        if number < done:
            continue
        model.train()
        began, losses, seen = time.monotonic(), [], 0
        order = batches([len(ids) for ids, _ in texts], recipe.batch)
        Random(number).shuffle(order)
        for step, members in enumerate(order):
            share = (number + step / len(order)) / total
            rate = recipe.rate * min(1.0, share / 0.05) * (0.5 + 0.5 * math.cos(math.pi * share))
            for group in optimiser.param_groups:
                group["lr"] = rate * group["share"]
            ids = [texts[i][0] for i in members]
            machine = torch.tensor([float(texts[i][1]) for i in members])
            tokens = torch.tensor([len(i) for i in ids])
            values = logits(model, ids, start, recipe.pooling)
            loss = functional.binary_cross_entropy_with_logits(values, target(machine, tokens, recipe.smoothing))
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(list(trained.values()), 1.0)
            optimiser.step()
            optimiser.zero_grad()
            with torch.no_grad():
                for name, p in trained.items():
                    average[name].lerp_(p, 0.01 if share > 0.1 else 1.0)
            losses.append(loss.item())
            seen += int(tokens.sum())
        _save(folder / CHECKPOINT, number + 1, trained, average, optimiser)
        line = {"round": number + 1, "of": total, "loss": round(float(np.mean(losses)), 4),
                "tokens_per_s": round(seen / (time.monotonic() - began))}  # fmt: skip
        with log.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(line, flush=True)
    with torch.no_grad():
        for name, p in trained.items():
            p.copy_(average[name])
    return model.eval()


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
def score(model: Any, texts: Sequence[str], pooling: str = "last") -> NDArray[np.float64]:  # noqa: ANN401
    """Return a logit a text; of one over 128 tokens, the mean over its windows, each counting by its tokens."""
    tokenizer = backbones.load_tokenizer(EMBEDDED)
    encoded = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    pieces = [(i, part) for i, ids in enumerate(encoded) for part in backbones.windows(ids, WINDOW)]
    total, count = np.zeros(len(texts)), np.zeros(len(texts))
    for members in batches([len(part) for _, part in pieces], 2048):
        found = logits(model, [pieces[k][1] for k in members], int(tokenizer.bos_token_id), pooling)
        for k, value in zip(members, found.tolist(), strict=True):
            i, part = pieces[k]
            total[i] += value * len(part)
            count[i] += len(part)
    return total / np.maximum(count, 1)


def training_rows(fold: int | None) -> pd.DataFrame:
    """Return the rows to fine-tune on: the sample, more of the same data sets, and the factory, less what is kept apart."""
    names = ("sample.parquet", "more.parquet", "factory.parquet", "factory-more.parquet")
    files = [work_folder() / name for name in names]
    rows = pd.concat([pd.read_parquet(f) for f in files if f.exists()], ignore_index=True)
    rows = rows[(rows["split"] == "train") & ~folds.kept_for_fusion(rows)]
    if fold is not None:
        rows = rows[folds.fold_of(rows) != fold]
    return rows.reset_index(drop=True)


def unseen(fold: int | None, quick: bool = False) -> pd.DataFrame:
    """Return the rows that a run has not seen and whose logits are wanted: those of its fold, all that is kept, dev, tests.

    Args:
        fold: what the run left out.
        quick: only some of each data set, to compare recipes.
    """
    names = ("sample.parquet", "factory.parquet", "bench.parquet")
    files = [work_folder() / name for name in names]
    rows = pd.concat([pd.read_parquet(f) for f in files if f.exists()], ignore_index=True)
    wanted = (rows["split"] != "train") | folds.kept_for_fusion(rows)
    if fold is not None:
        own = folds.fold_of(rows) == fold
        wanted = own | (wanted & (rows["split"] != "bench"))
    rows = rows[wanted]
    if quick:
        rows = rows[(rows["split"] != "bench") & (rows["tokens"] <= 96)]
        rows = rows.sample(frac=1.0, random_state=0).groupby(["dataset", "lang", "label", "split"]).head(60)
    return rows.reset_index(drop=True)


def main() -> None:
    """Fine-tune and score the sample."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("name")
    parser.add_argument("--fold", type=int)
    parser.add_argument("--quick", action="store_true", help="score only some of each data set, to compare recipes")
    for name, value in asdict(Recipe()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    options = vars(parser.parse_args())
    folder, fold = work_folder() / "classifier" / options.pop("name"), options.pop("fold")
    quick = options.pop("quick")
    recipe = Recipe(**options)
    rows = training_rows(fold)
    print(f"{len(rows)} rows, {recipe}", flush=True)
    model = train(rows, recipe, folder)
    model.save_pretrained(folder / "adapter")
    (folder / "recipe.json").write_text(json.dumps(asdict(recipe)))
    (folder / "fold.json").write_text(json.dumps(fold))
    texts = list(dict.fromkeys(unseen(fold, quick)["text"]))
    found = score(model, texts, recipe.pooling)
    pd.DataFrame({"text": texts, "logit": found}).to_parquet(folder / "logits.parquet", index=False)


if __name__ == "__main__":
    main()
