"""Any causal language model of transformers, walked for its states."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor

from autowritten.lm.embedded import BackboneError, no_progress_bars
from autowritten.lm.surprisal import Head


class CausalLM:
    """A transformers causal language model, with the same surface as `Gemma`.

    Args:
        model: the model.
        start: id of the token that a text starts from.
        name: shown in errors.

    Attributes:
        head: its output layer.
        hidden: size of a state.
        longest: positions it has, or None.

    Raises:
        BackboneError: no output layer, or one that does more than a matrix product.
    """

    def __init__(self, model: Any, start: int, name: str) -> None:  # noqa: ANN401 - transformers is untyped
        self.model = model.eval()
        self.start = start
        self.device: torch.device = next(model.parameters()).device
        config = model.config.get_text_config()
        positions = getattr(config, "max_position_embeddings", None)
        self.longest = int(positions) if positions else None
        self.head = _head(model, name)
        self.hidden = int(self.head.weight.shape[1])

    def states(
        self, texts: Sequence[Sequence[int]], depths: Collection[int], last: bool
    ) -> tuple[dict[int, Tensor], Tensor | None]:
        """Walk a batch of texts; see `Gemma.states`. The last layer's states are told as the model tells them."""
        ids, inside = self.pad(texts)
        result = self.model.base_model(input_ids=ids, output_hidden_states=bool(depths), use_cache=False)
        return {d: result.hidden_states[d][inside] for d in depths}, result.last_hidden_state[inside] if last else None

    def pad(self, texts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Return texts behind a start token in one matrix, and which of its places are theirs.

        Padding is on the right, where a causal model never looks: no attention mask is needed.
        """
        longest = max(map(len, texts)) + 1
        ids = torch.full((len(texts), longest), self.start, device=self.device)
        inside = torch.zeros(len(texts), longest, dtype=torch.bool, device=self.device)
        for row, text in enumerate(texts):
            ids[row, 1 : len(text) + 1] = torch.tensor(text)
            inside[row, : len(text) + 1] = True
        return ids, inside


def load(source: str | Path, device: str | None = None, dtype: torch.dtype = torch.float32) -> tuple[CausalLM, Any]:
    """Open a folder or a Hugging Face id; return the model and its `tokenizers.Tokenizer`.

    Only a Hugging Face id reaches for the network, and only if its files are not in the local cache.

    Raises:
        BackboneError: not a causal language model in safetensors, or no tokenizer that tells where its tokens lie.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    local = Path(source).is_dir()
    where = str(source)
    try:
        with no_progress_bars():
            # safetensors only: a pickled checkpoint could run code.
            model: Any = AutoModelForCausalLM.from_pretrained(
                where, dtype=dtype, local_files_only=local, use_safetensors=True, trust_remote_code=False
            )
            tokenizer: Any = AutoTokenizer.from_pretrained(where, local_files_only=local, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise BackboneError(f"cannot load the language model {where}: {reason}") from error
    model = model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    return wrap(model, tokenizer, Path(source).name)


def wrap(model: Any, tokenizer: Any, name: str) -> tuple[CausalLM, Any]:  # noqa: ANN401
    """Return an opened transformers model as a `CausalLM`, and the `tokenizers.Tokenizer` of its tokenizer.

    Raises:
        BackboneError: see `load`.
    """
    inner = getattr(tokenizer, "backend_tokenizer", None)
    if inner is None:
        raise BackboneError(f"{name}: its tokenizer can't tell where in a text its tokens lie")
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    if start is None:
        raise BackboneError(f"{name}: its tokenizer has no start or end token, so a first token has no prediction")
    return CausalLM(model, start, name), inner


def _head(model: Any, name: str) -> Head:  # noqa: ANN401
    """Return the model's output layer, after checking on a few tokens that it is all there is between states and logits."""
    layer = model.get_output_embeddings()
    if layer is None or not hasattr(layer, "weight"):
        raise BackboneError(f"{name} is not a causal language model: it has no output layer")
    head = Head(
        layer.weight.detach(),
        None if getattr(layer, "bias", None) is None else layer.bias.detach(),
        getattr(model.config.get_text_config(), "final_logit_softcapping", None),
    )
    with torch.inference_mode():
        ids = torch.arange(2, 6, device=layer.weight.device)[None]
        states = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[0]
        ours, theirs = head.logits(states), model(input_ids=ids, use_cache=False).logits[0].float()
    if not torch.allclose(ours, theirs, atol=0.05 * float(theirs.std())):
        raise BackboneError(f"{name}: its output layer does more than a matrix product, which is not supported")
    return head
