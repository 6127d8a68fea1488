"""A small neural language model trained on posts: what a hobbyist bot writer trains overnight, here in a few minutes.

A byte-pair vocabulary of 8,192 and a Llama of four layers and about 6 million weights, one a language. It learns
`key words <s> post </s>` and is given the key words of the human post; no example post stands in the prompt.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, cast

from training.generate.causal_lm import JOIN, LanguageModel, trim
from training.generate.models import Model, TransformersModel
from training.generate.posts import MENTION, URL, Keywords, Post, choose, rng

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from transformers import PreTrainedTokenizerFast

    from training.generate.factory import Draft

VOCABULARY = 8192
WIDTH = 256
LAYERS = 4
LENGTH = 96
EPOCHS = 6
BATCH = 32
RATE = 3e-3
CORPUS = 7000
PAD, START, END = "<pad>", "<s>", "</s>"


def lines(pool: Sequence[Post], lang: str, n: int) -> list[str]:
    """The training lines: key words, start sign, post without links and names."""
    find = Keywords(pool, lang)
    picked = choose(pool, n, "small-lm")
    made = []
    for post in picked:
        text = " ".join(URL.sub(" ", MENTION.sub(" ", post.text)).split())
        made.append(f"{JOIN[lang].join(find(post))}{START}{text}{END}")
    return made


def tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Learns a byte-level BPE vocabulary."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers, trainers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    base = Tokenizer(BPE())
    base.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    base.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    base.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=[PAD, START, END], initial_alphabet=alphabet)
    )
    fast: Any = PreTrainedTokenizerFast
    return cast("PreTrainedTokenizerFast", fast(tokenizer_object=base, pad_token=PAD, bos_token=START, eos_token=END))


def train(texts: Sequence[str], seed: int, epochs: int = EPOCHS) -> TransformersModel:
    """Trains tokenizer and network on training lines (see `lines`)."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    words = tokenizer(texts)
    network = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words), hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=LAYERS,
            num_attention_heads=4, max_position_embeddings=512, tie_word_embeddings=True,
            bos_token_id=words.bos_token_id, eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id,
        )
    )  # fmt: skip
    ids = words(list(texts), truncation=True, max_length=LENGTH)["input_ids"]
    draw = rng(seed, "small-lm")
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.01)
    steps = epochs * math.ceil(len(ids) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.05)
    network.train()
    for _ in range(epochs):
        for batch in _batches(ids, draw):
            block: Any = torch.full((len(batch), max(map(len, batch))), words.pad_token_id)
            for row, line in zip(block, batch, strict=True):
                row[: len(line)] = torch.tensor(line)
            labels = block.masked_fill(block == words.pad_token_id, -100)
            with torch.autocast("cpu", torch.bfloat16):
                loss = network(input_ids=block, attention_mask=(block != words.pad_token_id).long(), labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
    return TransformersModel(network, words, batch=64)


def _batches(ids: list[list[int]], draw: random.Random) -> list[list[list[int]]]:
    """Batches of like length, in random order."""
    order = sorted(ids, key=lambda line: len(line) + draw.random() * 4)
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    draw.shuffle(batches)
    return batches


class SmallLM(LanguageModel):
    """Writes posts with the small model of each language; a model is trained when first needed and kept in `folder`.

    Args:
        pools: human posts by language.
        folder: where trained models are kept.
        epochs: passes over the posts.
        corpus: posts learnt from, a language.
    """

    name: str = "small-llama-6m"
    family: str = "factory-small-lm"

    def __init__(
        self, pools: Mapping[str, Sequence[Post]], folder: Path, *, epochs: int = EPOCHS, corpus: int = CORPUS
    ) -> None:
        super().__init__("small-llama", pools)
        self.folder = folder
        self.epochs = epochs
        self.corpus = corpus

    @property
    def recipe(self) -> dict[str, object]:
        """Size of the model and of what it learnt from."""
        size: dict[str, object] = {"vocabulary": VOCABULARY, "width": WIDTH, "layers": LAYERS}
        return super().recipe | size | {"epochs": self.epochs, "corpus": self.corpus}

    def prompt(self, post: Post, seed: int) -> tuple[str, tuple[str, ...]] | None:
        """See `LanguageModel.prompt`."""
        del seed
        return f"{JOIN[post.lang].join(self.keywords[post.lang](post))}{START}", ()

    def tidy(self, text: str, post: Post) -> str:
        """See `LanguageModel.tidy`."""
        return trim(super().tidy(text, post), post)

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for lang in sorted({post.lang for post in posts}):
            self._model = self._trained(lang, seed)
            yield from super().write([post for post in posts if post.lang == lang], seed)

    def _trained(self, lang: str, seed: int) -> Model:
        pool = self.pools[lang]
        made = json.dumps(self.recipe | {"seed": seed, "first": pool[0].sha, "pool": len(pool)}, sort_keys=True)
        folder = self.folder / f"small-lm-{lang}"
        note = folder / "made.json"
        if not note.exists() or note.read_text() != made:
            model = train(lines(pool, lang, self.corpus), seed, self.epochs)
            model.model.save_pretrained(folder)
            model.tokenizer.save_pretrained(folder)
            note.write_text(made)
        return TransformersModel.load(str(folder), batch=64)
