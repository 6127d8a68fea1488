"""Rewrites of one brief by a language model, for the simulated campaigns of `benchmarks.campaigns.campaign`.

    python -m benchmarks.campaigns.rewrites [--each 7500] [--lang zh]

The embedded language model, a base model, is shown four wordings of a brief (the factory's templates) and goes on with one of
its own. Copies of what it was shown, and of what it has written, are dropped. Appends to `benchmarks/data/rewrites.jsonl`
until each language has enough, so a run that broke off goes on.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import torch
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from autowritten.bundle import Bundle
from autowritten.lm.matrix import Matrix
from training.generate import models
from training.generate.posts import LANGUAGES, letters, rng, units
from training.generate.template import campaign
from training.paths import REPOSITORY

FILE = REPOSITORY / "benchmarks" / "data" / "rewrites.jsonl"
BRIEFS = {"zh": 17, "fr": 9, "en": 11}  # campaigns about the fictional car
HEAD = {
    "zh": "同一件事，网友们用不同的话说，每行一条。",
    "fr": "Des internautes racontent la même chose, chacun avec ses mots, un message par ligne.",
    "en": "Users of a social network say the same thing, each in other words, one post on each line.",
}
SHOTS, BATCH = 4, 256
HAN, FOREIGN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"[^\W\d_]{4}|[^\W\d_a-zA-Z]")
TEMPERATURE, TOP_P = 1.0, 0.95


def read() -> dict[str, list[str]]:
    """Return the rewrites there are, by language."""
    found: dict[str, list[str]] = {lang: [] for lang in LANGUAGES}
    if FILE.exists():
        for line in FILE.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found[row["lang"]].append(row["text"])
    return found


def wordings(lang: str) -> list[str]:
    """Return the brief in some wordings."""
    return campaign(lang, BRIEFS[lang], 24, length=30, seed=5)


def rewrite(
    lang: str, turn: int, model: models.TransformersModel, kept: torch.Tensor, head: Matrix, shown: Sequence[str]
) -> Iterator[str]:
    """Yield the rewrites of one batch, cleaned up."""
    draw = rng("rewrites", lang, turn)
    shots = draw.sample(shown, SHOTS)
    prompt = "\n".join([HEAD[lang], "", *(f"- {text}" for text in shots), "-"])
    longest = max(model.count(text) for text in shown)
    torch.manual_seed(draw.randrange(2**31))
    for text in continued(model, kept, head, prompt, longest):
        clean = " ".join(text.split("\n")[0].rstrip("\ufffd").split())
        if units(clean, lang) >= 8 and letters(clean) not in {letters(shot) for shot in shots}:
            yield clean


def attend(
    module: Any,  # noqa: ANN401 - a layer of any model
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    *,
    scaling: float,
    prompt: Any = None,  # noqa: ANN401 - a cache's layers have fields of many types
    **others: Any,  # noqa: ANN401
) -> tuple[torch.Tensor, None]:
    """Attend to one prompt that all rows share, and to each row's own tokens.

    A copy of the prompt's keys and values for each row, grown anew at each step, takes longer to move than the rest of the work.

    Args:
        module: the layer of attention.
        query: shape (rows, heads, 1, width).
        key: of the rows' own tokens, shape (rows, 1, tokens, width).
        value: likewise.
        mask: for the prompt itself; a step of the rows has none, they are all as long.
        scaling: of the products.
        prompt: its keys and values; none while it is read.
        others: what the usual attention takes besides.

    Returns:
        What was attended to, shape (rows, 1, heads, width), and no weights.
    """
    if prompt is None:
        return sdpa_attention_forward(module, query, key, value, mask, scaling=scaling, **others)
    shared = prompt.layers[module.layer_idx]
    query = query.squeeze(2)
    first, last = query @ shared.keys[0, 0].T, query @ key.squeeze(1).mT
    weights = (torch.cat([first, last], -1) * scaling).softmax(-1)
    tokens = first.shape[-1]
    return (weights[..., :tokens] @ shared.values[0, 0] + weights[..., tokens:] @ value.squeeze(1)).unsqueeze(1), None


class Own:
    """Keys and values of the rows' own tokens, in place: a cache that grows is moved whole at each step.

    Args:
        longest: tokens a row has at most.
    """

    def __init__(self, longest: int) -> None:
        self.longest, self.length = longest, 0
        self._layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}

    def update(self, key: torch.Tensor, value: torch.Tensor, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Add a token's key and value, shape (rows, 1, 1, width) each; return those of all tokens."""
        rows, _, _, width = key.shape
        if layer not in self._layers:
            self._layers[layer] = (
                key.new_empty(rows, 1, self.longest, width),
                key.new_empty(rows, 1, self.longest, width),
            )
        keys, values = self._layers[layer]
        keys[:, :, self.length], values[:, :, self.length] = key[:, :, 0], value[:, :, 0]
        return keys[:, :, : self.length + 1], values[:, :, : self.length + 1]

    def select(self, rows: torch.Tensor) -> None:
        """Keep some rows, `rows` in rising order."""
        for layer, held in self._layers.items():
            for tensor in held:
                tensor[: len(rows), :, : self.length] = tensor[rows, :, : self.length]
            self._layers[layer] = held[0][: len(rows)], held[1][: len(rows)]


def quicken(model: models.TransformersModel) -> None:
    """Make a model attend to one prompt for all rows, and multiply as fast as the processor can."""
    model.model.set_attn_implementation("one_prompt")
    for name, layer in model.model.model.named_modules():
        if isinstance(layer, torch.nn.Linear):
            matrix = Matrix(layer.weight.data, model.model.dtype)
            product = matrix.gelu if name.endswith("gate_proj") else matrix
            layer.forward = partial(_multiply, product)  # type: ignore[method-assign]
    for block in model.model.model.layers:
        block.mlp.act_fn = torch.nn.Identity()  # it is in the product


def _multiply(product: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """Return the product of rows in any shape."""
    return product(x.flatten(0, -2)).view(*x.shape[:-1], -1)


def writable(lang: str, model: models.TransformersModel) -> torch.Tensor:
    """Return the tokens that a post may have: the detector's vocabulary, for Chinese without words in other scripts."""
    kept = Bundle.from_pretrained().vocabulary.tolist()
    words = model.tokenizer.convert_ids_to_tokens(kept)
    if lang == "zh":
        kept = [i for i, word in zip(kept, words, strict=True) if HAN.search(word) or not FOREIGN.search(word)]
    return torch.tensor(sorted({*kept, *model.stops}))


AttentionInterface.register("one_prompt", attend)
AttentionMaskInterface.register("one_prompt", sdpa_mask)


@torch.inference_mode()
def continued(
    model: models.TransformersModel, kept: torch.Tensor, head: Matrix, prompt: str, longest: int
) -> list[str]:
    """Return `BATCH` continuations of one prompt, which is read once; those that are done make room.

    Args:
        model: the language model.
        kept: tokens it may write, shape (tokens,): most of the work would be the others' probabilities.
        head: those tokens' rows of the vocabulary head.
        prompt: what to go on from.
        longest: tokens of a continuation.
    """
    network, stops = model.model.model, torch.tensor(model.stops)
    start = network(**model.tokenizer(prompt, return_tensors="pt"), use_cache=True)
    read, hidden = start.past_key_values, start.last_hidden_state[:, -1].repeat(BATCH, 1)
    own, rows = Own(longest), torch.arange(BATCH)
    written: list[list[int]] = [[] for _ in range(BATCH)]
    for step in range(longest):
        best, place = models.nucleus(head(hidden), TEMPERATURE, TOP_P)
        token = kept[place.gather(1, torch.multinomial(best.softmax(-1), 1))].squeeze(1)
        going = ~torch.isin(token, stops)
        for row, each in zip(rows[going].tolist(), token[going].tolist(), strict=True):
            written[row].append(each)
        if not going.any() or step == longest - 1:
            break
        if not going.all():
            rows, token = rows[going], token[going]
            own.select(torch.nonzero(going).squeeze(1))
        place_in_text = torch.full_like(token, read.get_seq_length() + step)[:, None]
        hidden = network(
            input_ids=token[:, None], position_ids=place_in_text, past_key_values=own, use_cache=True, prompt=read,
            attention_mask=dict.fromkeys(("full_attention", "sliding_attention")),
        ).last_hidden_state[:, -1]  # fmt: skip
        own.length += 1
    return [str(model.tokenizer.decode(row, skip_special_tokens=True)) for row in written]


def main() -> None:
    """Write until there is enough."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--each", type=int, default=7_500, help="rewrites a language")
    parser.add_argument("--lang", choices=LANGUAGES, action="append", help="only this language")
    arguments = parser.parse_args()
    model = models.load("gemma")
    assert isinstance(model, models.TransformersModel)  # noqa: S101 - for the type checker
    quicken(model)
    FILE.parent.mkdir(exist_ok=True)
    for lang in arguments.lang or LANGUAGES:
        have = {letters(text) for text in read()[lang]}
        shown, kept, turn = wordings(lang), writable(lang, model), len(have)
        head = Matrix(model.model.lm_head.weight.data[kept], model.model.dtype)
        while len(have) < arguments.each:
            turn += 1
            fresh = {letters(text): text for text in rewrite(lang, turn, model, kept, head, shown)}
            new = [text for key, text in fresh.items() if key not in have]
            have |= set(fresh)
            with FILE.open("a", encoding="utf-8") as file:
                file.writelines(json.dumps({"lang": lang, "text": t}, ensure_ascii=False) + "\n" for t in new)
            print(lang, len(have), flush=True)


if __name__ == "__main__":
    main()
