"""The language model under both halves: text to tokens, tokens in batches through its layers, states pooled a post."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from autowritten.lm.embedded import BackboneError, dense_copy
from autowritten.lm.matrix import best_dtype
from autowritten.lm.surprisal import Head, Surprisal, TokenStatistics

if TYPE_CHECKING:
    from autowritten.lm.adapter import Adapter

__all__ = ["Backbone", "BackboneError", "Walk", "load", "load_tokenizer", "windows"]

BATCH_TOKENS = 1024
"""Tokens a forward pass on a processor: larger batches were no faster on 2 cores and cost memory."""
GPU_BATCH_TOKENS = 16 * BATCH_TOKENS
MIN_COVERAGE = 0.9
"""A text with more than a tenth of its tokens outside the trimmed vocabulary is summed over the whole one."""


class Model(Protocol):
    """What the walk needs of a language model: `Gemma` has it, and `CausalLM`."""

    device: torch.device
    head: Head
    hidden: int
    longest: int | None
    start: int

    def states(
        self, texts: Sequence[Sequence[int]], depths: Collection[int], last: bool
    ) -> tuple[dict[int, Tensor], Tensor | None]:
        """Return the states of a batch at some depths and, with `last`, the last ones."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One text after one walk through the model.

    Attributes:
        statistics: per token, all windows joined.
        pooled: mean hidden state at each depth over the text's tokens, shape (depths, hidden), float32; where a fine-tuned
            branch covers the depth, of its states.
        spread: standard deviation of the hidden state at each depth, shape (depths, hidden), float32.
        windows: how many windows the text was read in, 0 for an empty one.
    """

    statistics: TokenStatistics
    pooled: NDArray[np.float32]
    spread: NDArray[np.float32]
    windows: int


class Backbone:
    """A causal language model and its tokenizer, walked once for hidden states and surprisal together.

    Args:
        model: the language model.
        tokenizer: its `tokenizers.Tokenizer`.
        name: shown in scores and cards.
        vocabulary: token ids to sum the surprisal over (see `Surprisal`), or None for all.
        dtype: number type of the surprisal's matrix products.
    """

    def __init__(
        self,
        model: Model,
        tokenizer: Any,  # noqa: ANN401 - tokenizers is untyped
        name: str,
        vocabulary: Tensor | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.model = model
        self.tokenizer = tokenizer
        self.tokenizer.encode_special_tokens = True  # a post that says `<eos>` says just that
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.name = name
        self.surprisal = Surprisal(model.head, vocabulary, dtype)
        self.longest = model.longest - 1 if model.longest else None  # tokens a window at most, the start token aside

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, without a start token."""
        return [found.ids for found in self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def pieces(self, text: str) -> list[str]:
        """Cut a text where its tokens meet, so that the pieces join to it.

        A character made of several tokens goes to the first of them, a character that is no token's to the next.
        """
        ends = [end for _, end in self.tokenizer.encode(text, add_special_tokens=False).offsets]
        if not ends:
            return []
        cuts = [0, *accumulate(ends[:-1], max), len(text)]
        return [text[a:b] for a, b in pairwise(cuts)]

    def walk(
        self, texts: Sequence[Sequence[int]], *, depths: Sequence[int], window: int, statistics: bool = True
    ) -> list[Walk]:
        """Walk tokenised texts through the model once.

        A text longer than `window` is read in windows of nearly equal size, each from a start token of its own; nothing
        is cut off. Texts of like length share a batch.

        Args:
            texts: token ids of each text; an empty one gives an empty `Walk`.
            depths: after which layers to pool (1 to `layers`).
            window: tokens a window at most; fewer where the model has fewer positions.
            statistics: False leaves the vocabulary head out, and the layers that only it needs: `TokenStatistics` stay
                empty.

        Returns:
            A `Walk` a text, in order.
        """
        window = min(window, self.longest or window)
        pieces = [(i, part) for i, ids in enumerate(texts) for part in windows(ids, window)]
        whole = [self.surprisal.coverage(ids) < MIN_COVERAGE for ids in texts]
        # The few that need the whole vocabulary together: a pass over it costs much the same for one text as for many.
        order = sorted(range(len(pieces)), key=lambda k: (whole[pieces[k][0]], len(pieces[k][1])))
        tables = [torch.zeros(4, 0)] * len(pieces)
        # Double precision: the spread is a difference of two sums, and some of Gemma's states are in the thousands.
        sums = torch.zeros(len(texts), 2, len(depths), self.model.hidden, dtype=torch.float64)
        for batch in _batches(order, [len(part) for _, part in pieces], self.batch_tokens):
            owners = [pieces[k][0] for k in batch]
            stats, moments = self._batch([pieces[k][1] for k in batch], depths, [whole[i] for i in owners], statistics)
            for k, table in zip(batch, stats, strict=True):
                tables[k] = table
            sums.index_add_(0, torch.tensor(owners), moments)
        self.model.head.release()
        by_text: list[list[Tensor]] = [[] for _ in texts]
        for (i, _), table in zip(pieces, tables, strict=True):
            by_text[i].append(table)
        out: list[Walk] = []
        for ids, parts, total in zip(texts, by_text, sums, strict=True):
            mean, square = total / max(len(ids), 1)
            spread = (square - mean * mean).clamp_min(0.0).sqrt()
            matrix = torch.cat(parts, dim=1) if parts else torch.zeros(4, 0)
            out.append(
                Walk(
                    TokenStatistics.from_matrix(matrix.numpy()),
                    mean.float().numpy(),
                    spread.float().numpy(),
                    len(parts),
                )
            )
        return out

    @property
    def batch_tokens(self) -> int:
        """Return how many tokens a forward pass holds at most."""
        return BATCH_TOKENS if self.model.device.type == "cpu" else GPU_BATCH_TOKENS

    @torch.inference_mode()
    def _batch(
        self, parts: list[list[int]], depths: Sequence[int], whole: list[bool], statistics: bool
    ) -> tuple[Sequence[Tensor], Tensor]:
        """Return the statistics of each window, and the sums of states and squares, shape (batch, 2, depths, hidden)."""
        lengths = torch.tensor([len(part) for part in parts])
        states, last = self.model.states(parts, depths, statistics)
        # A text's rows: its start token and its tokens. The first is not pooled, the last predicts nothing.
        ends = (lengths + 1).cumsum(0)
        inner = torch.ones(int(ends[-1]), dtype=torch.bool)
        inner[ends - 1] = False
        predicting = inner.nonzero()[:, 0].to(self.model.device)
        owners = torch.arange(len(parts)).repeat_interleave(lengths).to(self.model.device)
        moments = torch.zeros(len(parts), 2, len(depths), self.model.hidden, dtype=torch.float64, device=owners.device)
        for d, depth in enumerate(depths):
            state = states[depth][predicting + 1].double()
            moments[:, 0, d].index_add_(0, owners, state)
            moments[:, 1, d].index_add_(0, owners, state.square_())
        if last is None:
            return [torch.zeros(4, 0)] * len(parts), moments.cpu()
        targets = torch.tensor([token for part in parts for token in part], device=owners.device)
        table = torch.zeros(4, len(targets))
        full = torch.tensor(whole).repeat_interleave(lengths)
        for chosen, flag in ((~full, False), (full, True)):
            if chosen.any():
                rows = chosen.to(owners.device)
                table[:, chosen] = self.surprisal(last[predicting[rows]], targets[rows], whole=flag).cpu()
        return torch.split(table, lengths.tolist(), dim=1), moments.cpu()


def windows(ids: Sequence[int], size: int) -> list[list[int]]:
    """Cut token ids into the fewest windows of at most `size`, their lengths as equal as can be."""
    count = -(-len(ids) // size)
    return [part.tolist() for part in np.array_split(np.asarray(ids, dtype=np.int64), count)] if count else []


def _batches(order: Sequence[int], lengths: Sequence[int], limit: int) -> Iterator[list[int]]:
    """Yield runs of the length-sorted pieces whose padded size stays within `limit` tokens."""
    batch: list[int] = []
    for k in order:
        if batch and (lengths[k] + 1) * (len(batch) + 1) > limit:
            yield batch
            batch = []
        batch.append(k)
    if batch:
        yield batch


def load(
    source: Mapping[str, Any] | str | Path,
    *,
    vocabulary: Tensor | None = None,
    adapter: Adapter | None = None,
    dtype: torch.dtype | None = None,
    device: str | None = None,
) -> Backbone:
    """Load a language model, on the GPU where torch sees one.

    Args:
        source: the `backbone` part of a bundle's config (keys `name`, `package`, `file`, `sha256`) for the embedded
            model; or a folder or Hugging Face id of any causal language model (see `causal_lm.load`).
        vocabulary: see `Surprisal`.
        adapter: of the embedded model's fine-tuned branch, or None.
        dtype: number type of the embedded model's matrix products; None for the fastest that the machine computes in.
        device: where to compute; None for the GPU where torch sees one.

    Raises:
        BackboneError: missing package, digest mismatch, or not a causal language model.
    """
    if not isinstance(source, Mapping):
        from autowritten.lm import causal_lm

        model, tokenizer = causal_lm.load(source, device)
        return Backbone(model, tokenizer, Path(source).name, vocabulary)
    from tokenizers import Tokenizer

    from autowritten.lm.gemma import Gemma

    folder = dense_copy(source)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = dtype or best_dtype(device)
    embedded = Gemma.open(folder, adapter=adapter, dtype=dtype, device=device)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return Backbone(embedded, tokenizer, str(source["name"]), vocabulary, dtype)


def load_tokenizer(source: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the embedded model's tokenizer alone, as transformers has it."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(dense_copy(source)), local_files_only=True)
