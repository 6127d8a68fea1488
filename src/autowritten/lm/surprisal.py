"""Token statistics of a causal language model, in chunks of vocabulary.

For every observed token: its log-probability, its rank, the entropy of the prediction and the variance of the
log-probability under the prediction (the denominator of Fast-DetectGPT's curvature). A 262,144-word vocabulary times a
batch of posts would be gigabytes; here only `TOKENS x CHUNK` logits exist at a time, whatever the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from autowritten.lm.matrix import Matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    _Part = tuple[Callable[[Tensor], Tensor], Tensor | None]  # product with rows of the head, and their bias

TOKENS = 256
"""Rows of hidden states a pass: measured fastest with CHUNK on 2 cores (the logits stay in the processor's cache)."""
CHUNK = 4096
"""Vocabulary rows a pass."""


@dataclass(frozen=True, slots=True)
class TokenStatistics:
    """Statistics of a post's tokens, each an array of shape (tokens,), float32, natural logarithms.

    Attributes:
        log_prob: log-probability of the observed token, nats.
        rank: rank of the observed token in the prediction, 1 = the most likely.
        entropy: entropy of the prediction, nats.
        variance: variance of the log-probability under the prediction, nats squared.
    """

    log_prob: NDArray[np.float32]
    rank: NDArray[np.float32]
    entropy: NDArray[np.float32]
    variance: NDArray[np.float32]

    def __len__(self) -> int:
        """Return the number of tokens."""
        return len(self.log_prob)

    @classmethod
    def concatenate(cls, parts: Sequence[TokenStatistics]) -> TokenStatistics:
        """Join the statistics of a post's windows, in order."""
        return cls(
            *(np.concatenate([getattr(p, n) for p in parts]) for n in ("log_prob", "rank", "entropy", "variance"))
        )

    @classmethod
    def from_matrix(cls, matrix: NDArray[np.float32]) -> TokenStatistics:
        """Read the four statistics from the rows of an array of shape (4, tokens)."""
        return cls(*matrix)

    def matrix(self) -> NDArray[np.float32]:
        """Return the four statistics as the rows of an array of shape (4, tokens)."""
        return np.stack([self.log_prob, self.rank, self.entropy, self.variance])


def _nothing() -> None:
    """Do nothing: a weight in memory stays there."""


@dataclass(frozen=True, slots=True)
class Head:
    """The output layer of a causal language model: logits = hidden @ weight.T (+ bias), optionally soft-capped.

    Attributes:
        weight: shape (vocabulary, hidden).
        bias: shape (vocabulary,) or None.
        softcap: Gemma 2's `final_logit_softcapping` c: logits become c * tanh(logits / c); None for no cap.
        release: gives back the memory of a weight that stays on the disk and is read as it is needed.
    """

    weight: Tensor
    bias: Tensor | None = None
    softcap: float | None = None
    release: Callable[[], None] = _nothing

    def logits(self, hidden: Tensor) -> Tensor:
        """Return the logits of the whole vocabulary, shape (tokens, vocabulary), float32."""
        return self.cap(torch.nn.functional.linear(hidden.to(self.weight.dtype), self.weight, self.bias).float())

    def target_logits(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Return the logit of each row's own target token, shape (tokens,), float32."""
        logits = torch.einsum("td,td->t", hidden.float(), self.weight[targets].float())
        if self.bias is not None:
            logits = logits + self.bias[targets].float()
        return self.cap(logits)

    def cap(self, logits: Tensor) -> Tensor:
        """Return soft-capped logits where the model caps them."""
        return logits if self.softcap is None else self.softcap * torch.tanh(logits / self.softcap)


class _Moments:
    """Running sums over the vocabulary, the same for any order and any size of the chunks.

    Logits z come relative to each row's observed token, whose own is 0.

    Args:
        missing: whether the chunks to come leave that token out, shape (tokens,), bool; it is then counted here.
    """

    def __init__(self, missing: Tensor) -> None:
        self.total = missing.float()  # sum of exp(z - maximum)
        self.maximum = torch.zeros_like(self.total)
        self.first = torch.zeros_like(self.total)  # sum of exp(z - maximum) * (z - maximum)
        self.second = torch.zeros_like(self.total)  # sum of exp(z - maximum) * (z - maximum)**2
        self.above = torch.zeros_like(self.total)  # tokens more likely than the target

    def add(self, logits: Tensor) -> None:
        """Count a chunk of logits, shape (tokens, rows of the chunk); overwrites them."""
        self.above += torch.count_nonzero(logits > 0.0, dim=1)
        maximum = torch.maximum(self.maximum, logits.amax(dim=1))
        drop = self.maximum - maximum
        shrink = torch.exp(drop)
        logits -= maximum[:, None]
        weight = torch.exp(logits)
        self.second = (self.second + drop * (2 * self.first + drop * self.total)) * shrink
        self.first = (self.first + drop * self.total) * shrink
        self.total = self.total * shrink + weight.sum(dim=1)
        weight *= logits
        self.first += weight.sum(dim=1)
        self.second += torch.linalg.vecdot(weight, logits)
        self.maximum = maximum

    def result(self) -> Tensor:
        normaliser = torch.log(self.total)  # above the maximum, as are the mean and the target
        mean = self.first / self.total
        variance = (self.second / self.total - mean * mean).clamp_min(0.0)
        log_prob = (-self.maximum - normaliser).clamp_max(0.0)
        return torch.stack([log_prob, self.above + 1, (normaliser - mean).clamp_min(0.0), variance])


class Surprisal:
    """Turns hidden states and observed tokens into token statistics.

    Args:
        head: the model's output layer over the whole vocabulary.
        vocabulary: sorted token ids to sum over, shape (n,), or None for all. With a vocabulary, the sums run over it
            and the observed token (never over the other tokens of a batch: a post's numbers do not depend on its
            neighbours). The log-probability then comes out a little high: the error is measured in docs/design.md.
        dtype: number type of the matrix products.
    """

    def __init__(self, head: Head, vocabulary: Tensor | None = None, dtype: torch.dtype = torch.float32) -> None:
        self.head, self.dtype = head, dtype
        self.places: Tensor | None = None  # of each token id in the vocabulary, -1 outside
        self._parts: list[_Part] = []
        if vocabulary is not None:
            vocabulary = vocabulary.to(head.weight.device)
            self.places = torch.full((head.weight.shape[0],), -1, device=head.weight.device)
            self.places[vocabulary] = torch.arange(len(vocabulary), device=head.weight.device)
            for rows in torch.split(vocabulary, CHUNK):
                self._parts.append((Matrix(self._extended(rows), dtype), self._bias(rows)))
            self.head.release()

    def coverage(self, token_ids: Sequence[int]) -> float:
        """Return the share of the tokens that the vocabulary holds (1.0 without a vocabulary)."""
        if self.places is None or not len(token_ids):
            return 1.0
        return float((self.places[torch.as_tensor(token_ids)] >= 0).float().mean())

    @torch.inference_mode()
    def __call__(self, hidden: Tensor, targets: Tensor, whole: bool = False) -> Tensor:
        """Return log-probability, rank, entropy and variance of each target.

        Args:
            hidden: last hidden states, shape (tokens, hidden), the one that predicts the target in each row.
            targets: observed token ids, shape (tokens,).
            whole: sum over the whole vocabulary even if a smaller one is set.

        Returns:
            float32 tensor of shape (4, tokens), the rows in the order of `TokenStatistics`.
        """
        whole = whole or self.places is None
        places = targets if whole or self.places is None else self.places[targets]
        # The whole vocabulary is laid out anew at each pass, and a GPU has no such cache to stay in.
        step = max(len(targets), 1) if whole or hidden.is_cuda else TOKENS
        parts = [
            self._rows(hidden[i : i + step], targets[i : i + step], places[i : i + step], whole)
            for i in range(0, len(targets), step)
        ]
        return torch.cat(parts, dim=1) if parts else torch.zeros(4, 0)

    def _rows(self, hidden: Tensor, targets: Tensor, places: Tensor, whole: bool) -> Tensor:
        target = self.head.target_logits(hidden, targets)
        moments = _Moments(places < 0)
        start = 0
        for logits in self._relative_logits(hidden, target, whole):
            # A matrix product rounds otherwise than `target_logits`: without this a token could outrank itself.
            own = ((places >= start) & (places < start + logits.shape[1])).nonzero()[:, 0]
            logits[own, places[own] - start] = 0.0
            moments.add(logits)
            start += logits.shape[1]
        return moments.result()

    def _relative_logits(self, hidden: Tensor, target: Tensor, whole: bool) -> Iterator[Tensor]:
        """Yield logits less the target's, float32, in chunks of shape (tokens, rows of the vocabulary).

        The target's logit goes into the product, by columns of ones: what is rounded then is the difference, which is
        small where it matters, not a logit of 20.
        """
        rest = target if self.head.softcap is None else torch.zeros_like(target)
        columns = torch.zeros(len(target), _COLUMNS, device=hidden.device)
        for column in range(3):  # three bfloat16 hold a float32
            columns[:, column] = -rest.to(self.dtype).float()
            rest = rest + columns[:, column]
        extended = torch.cat([hidden.float(), columns], dim=1).to(self.dtype)
        for matrix, bias in self._whole() if whole else self._parts:
            logits = matrix(extended).float()
            logits = self.head.cap(logits if bias is None else logits + bias)
            yield logits if self.head.softcap is None else logits - target[:, None]

    def _whole(self) -> Iterator[_Part]:
        """Yield the whole vocabulary as it is needed: to keep it would take more memory than the model."""
        for rows in torch.split(torch.arange(len(self.head.weight), device=self.head.weight.device), CHUNK):
            weight = self._extended(rows)
            yield partial(torch.nn.functional.linear, weight=weight), self._bias(rows)
            self.head.release()

    def _extended(self, rows: Tensor) -> Tensor:
        """Return rows of the head with columns of ones, in the products' number type."""
        weight = self.head.weight[rows].to(self.dtype)
        return torch.cat([weight, torch.ones(len(rows), _COLUMNS, dtype=self.dtype, device=weight.device)], dim=1)

    def _bias(self, rows: Tensor) -> Tensor | None:
        return None if self.head.bias is None else self.head.bias[rows].float()


_COLUMNS = 4
"""Columns added to the head's matrices: three, and one that keeps them even."""
