"""Gemma 3's layers for inference: one walk for the classifier's branch and the surprisal.

The arithmetic is that of transformers' `Gemma3TextModel`, which the tests hold it to (Gemma 3 report:
https://arxiv.org/abs/2503.19786). It is written out here because it is then 2.2 times as fast in float32, starts in a
fraction of the time and keeps more digits in bfloat16 (benchmarks/LOG.md): a norm's weight is folded into the matrix
after it, matrices are packed once, the query heads of a group share one product, and the residual stream stays float32.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open
from torch import Tensor
from torch.nn import functional

from autowritten.errors import AutowrittenError
from autowritten.lm.matrix import Matrix
from autowritten.lm.surprisal import Head

if TYPE_CHECKING:
    from autowritten.lm.adapter import Adapter

Read = Callable[[str], Tensor]


class ArchitectureError(AutowrittenError):
    """A model that is not the Gemma 3 this module computes."""


@dataclass(frozen=True)
class _Shape:
    """Sizes of a Gemma 3, from its config.json."""

    hidden: int
    heads: int
    groups: int  # of heads that share keys and values
    width: int  # of a head
    epsilon: float
    scale: float  # of attention scores

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> _Shape:
        odd = config["model_type"] != "gemma3_text" or config["hidden_activation"] != "gelu_pytorch_tanh"
        extras = ("attention_bias", "attn_logit_softcapping", "final_logit_softcapping", "use_bidirectional_attention")
        if odd or any(config.get(key) for key in extras):
            raise ArchitectureError("not a Gemma 3 text model as it was published")
        return cls(
            config["hidden_size"], config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"],
            config["rms_norm_eps"], config["query_pre_attn_scalar"] ** -0.5,
        )  # fmt: skip


@dataclass(frozen=True)
class _Batch:
    """What a layer needs to know of a batch: where its rows lie, rotation angles and who may look at whom.

    Attributes:
        texts: how many.
        length: tokens of the longest.
        places: of each row in a grid of texts x length, shape (rows,); None where all texts are of that length.
        grid: zeros at first, shape (texts * length, projections): every layer's projections are laid out there, and what
            is left free stays zero.
        cos: shape (length, 1, width).
        sin: likewise, the first half negated.
        mask: added to attention scores, shape (length, length).
    """

    texts: int
    length: int
    places: Tensor | None
    grid: Tensor
    cos: Tensor
    sin: Tensor
    mask: Tensor

    def lay_out(self, rows: Tensor) -> Tensor:
        """Return rows in the grid."""
        return rows if self.places is None else self.grid.index_copy_(0, self.places, rows)

    def take(self, grid: Tensor) -> Tensor:
        """Return the rows of a grid."""
        return grid if self.places is None else grid[self.places]


class _Layer:
    """One layer. States come and go as float32 of shape (rows, hidden), texts one after another."""

    def __init__(self, read: Read, shape: _Shape, kind: str, dtype: torch.dtype) -> None:
        def weight(name: str) -> Tensor:
            return 1.0 + read(f"{name}layernorm.weight")

        before, between = weight("input_"), weight("pre_feedforward_")
        self.shape, self.kind, self.dtype = shape, kind, dtype
        projections = torch.cat([read(f"self_attn.{part}_proj.weight") for part in "qkv"])
        self.attend = Matrix(projections * before, dtype)
        self.mix = Matrix(read("self_attn.o_proj.weight"), dtype)
        self.gate = Matrix(read("mlp.gate_proj.weight") * between, dtype)
        self.up = Matrix(read("mlp.up_proj.weight") * between, dtype)
        self.down = Matrix(read("mlp.down_proj.weight"), dtype)
        self.after_attention, self.after_mlp = weight("post_attention_"), weight("post_feedforward_")
        query, key = (1.0 + read(f"self_attn.{part}_norm.weight") for part in "qk")
        self.head_norm = torch.stack([query] * shape.heads + [key] * shape.groups)

    def __call__(self, x: Tensor, at: _Batch) -> Tensor:
        y = self.mix(self._attention(self.attend(self._norm(x)), at))
        x = torch.addcmul(x, y * self._inverse_rms(y), self.after_attention)
        h = self._norm(x)
        y = self.down(self.up(h).mul_(self.gate.gelu(h)))
        return torch.addcmul(x, y * self._inverse_rms(y), self.after_mlp)

    def _attention(self, projected: Tensor, at: _Batch) -> Tensor:
        """Return the heads' values, shape (rows, heads * width)."""
        s, batch, length = self.shape, at.texts, at.length
        each = at.lay_out(projected).view(batch, length, s.heads + 2 * s.groups, s.width)
        turned = each[:, :, : s.heads + s.groups]
        turned = turned * self._inverse_rms(turned)
        # rotate(norm(x) * w) with w taken into the angles
        cos, sin = at.cos * self.head_norm, at.sin * self.head_norm.roll(s.width // 2, -1)
        turned = torch.addcmul(turned * cos, turned.roll(s.width // 2, -1), sin).transpose(1, 2)
        # One product a group of heads: several times faster here than scaled_dot_product_attention on posts. Queries and
        # keys stay float32: rounding them was half of the error that bfloat16 makes.
        rows = s.heads // s.groups * length
        queries = turned[:, : s.heads].reshape(batch * s.groups, rows, s.width)
        keys = turned[:, s.heads :].reshape(batch * s.groups, length, s.width)
        values = each[:, :, s.heads + s.groups :].transpose(1, 2).reshape(batch * s.groups, length, s.width)
        scores = torch.bmm(queries, keys.transpose(1, 2)).view(-1, rows // length, length, length)
        weights = scores.mul_(s.scale).add_(at.mask).softmax(-1).to(self.dtype)
        mixed = torch.bmm(weights.view(-1, rows, length), values).view(batch, s.heads, length, s.width)
        return at.take(mixed.transpose(1, 2).reshape(batch * length, s.heads * s.width))

    def _norm(self, x: Tensor) -> Tensor:
        """Return RMSNorm without its weight, in the products' number type."""
        normed = torch.empty_like(x, dtype=self.dtype)
        torch.mul(x, self._inverse_rms(x), out=normed)  # rounded as it is written: one pass
        return normed

    def _inverse_rms(self, x: Tensor) -> Tensor:
        return inverse_rms(x, self.shape.epsilon)


def inverse_rms(x: Tensor, epsilon: float) -> Tensor:
    """Return 1 / sqrt(mean(x²) + epsilon) over the last dimension, which is kept, float32."""
    norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=torch.float32)
    return norm.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()  # type: ignore[no-any-return]


class Gemma:
    """A Gemma 3 with, optionally, a fine-tuned branch of its middle layers.

    Args:
        config: of its config.json.
        read: returns a weight by its name in transformers.
        adapter: of the branch, or None.
        dtype: number type of matrix products.
        device: where to compute.
        release: see `Head`.

    Attributes:
        head: output layer, over the embeddings.
        hidden: size of a state.
        longest: tokens it was made for at most.
        start: id of the start token.

    Raises:
        ArchitectureError: another architecture.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        read: Read,
        *,
        adapter: Adapter | None = None,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self.device = torch.device(device)
        self._dtype = dtype
        self.start: int = config["bos_token_id"]
        self.longest: int | None = config["max_position_embeddings"]
        self._shape = _Shape.of(config)
        self.hidden = self._shape.hidden
        self._window: int = config["sliding_window"]
        self._bases = {kind: float(part["rope_theta"]) for kind, part in config["rope_parameters"].items()}
        kinds: list[str] = config["layer_types"]

        def layer(number: int, adapted: bool) -> _Layer:
            def part(name: str) -> Tensor:
                weight = read(f"model.layers.{number}.{name}").float()
                if adapted and adapter is not None:
                    weight = adapter.merge(number, name, weight)
                return weight.to(self.device)

            return _Layer(part, self._shape, kinds[number], dtype)

        self._layers = [layer(number, False) for number in range(config["num_hidden_layers"])]
        self._first = adapter.first if adapter else len(self._layers)
        self._branch = [layer(number, True) for number in range(self._first, adapter.leave)] if adapter else []
        self._norm = 1.0 + read("model.norm.weight").float().to(self.device)
        self._embedding = read(_EMBEDDING).to(self.device)
        tied = config.get("tie_word_embeddings", True)
        self.head = Head(self._embedding if tied else read("lm_head.weight").to(self.device), release=release)

    @classmethod
    def open(
        cls, folder: Path, *, adapter: Adapter | None = None, dtype: torch.dtype, device: torch.device | str = "cpu"
    ) -> Gemma:
        """Open a folder as transformers writes it, with its weights in one `model.safetensors`.

        Raises:
            ArchitectureError: another architecture.
            OSError, SafetensorError, KeyError, ValueError: missing or damaged files.
        """
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        embedding, release = _mapped(folder / "model.safetensors", _EMBEDDING)
        with safe_open(folder / "model.safetensors", "pt") as weights:

            def read(name: str) -> Tensor:
                return embedding if name == _EMBEDDING else weights.get_tensor(name)

            return cls(config, read, adapter=adapter, dtype=dtype, device=device, release=release)

    def states(
        self, texts: Sequence[Sequence[int]], depths: Collection[int], last: bool
    ) -> tuple[dict[int, Tensor], Tensor | None]:
        """Walk a batch of texts, each from a start token, without padding outside of attention.

        Args:
            texts: token ids of each.
            depths: after which layers to tell the states; above the branch's first layer they are the branch's.
            last: whether to walk all layers.

        Returns:
            The states at each depth, before any norm, and with `last` the last states, normed as the head wants them:
            float32 of shape (rows, hidden), the rows of a text one after another, its start token's first.
        """
        ids = torch.tensor([token for text in texts for token in (self.start, *text)], device=self.device)
        batches = self._lay_out([len(text) + 1 for text in texts])
        kept: dict[int, Tensor] = {}

        def walk(x: Tensor, layers: Sequence[_Layer], depth: int, wanted: Collection[int]) -> Tensor:
            for layer in layers:
                x, depth = layer(x, batches[layer.kind]), depth + 1
                if depth in wanted:
                    kept[depth] = x
            return x

        x = functional.embedding(ids, self._embedding).float() * self.hidden**0.5
        top = max(depths, default=0)
        x = walk(x, self._layers[: self._first if self._branch or last else top], 0, depths)
        if self._branch:
            walk(x, self._branch[: max(top - self._first, 0)], self._first, depths)
        if not last:
            return kept, None
        x = walk(x, self._layers[self._first :], self._first, ())
        return kept, x * inverse_rms(x, self._shape.epsilon) * self._norm

    def _lay_out(self, lengths: list[int]) -> dict[str, _Batch]:
        """Return a batch of texts of some lengths as each kind of layer sees it."""
        s, longest = self._shape, max(lengths)
        place = torch.arange(longest, device=self.device)
        inside = place < torch.tensor(lengths, device=self.device)[:, None]
        places = None if min(lengths) == longest else inside.flatten().nonzero()[:, 0]
        grid = torch.zeros(
            len(lengths) * longest if places is not None else 0, (s.heads + 2 * s.groups) * s.width,
            dtype=self._dtype, device=self.device,
        )  # fmt: skip
        gap = place[:, None] - place
        found = {}
        for kind, base in self._bases.items():
            angle = place[:, None, None] * base ** -(torch.arange(0, s.width, 2, device=self.device) / s.width)
            cos, sin = angle.cos(), angle.sin()
            hidden = (gap < 0) | (gap >= self._window) if kind == "sliding_attention" else gap < 0
            found[kind] = _Batch(
                len(lengths), longest, places, grid, torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1),
                torch.zeros(longest, longest, device=self.device).masked_fill_(hidden, -torch.inf),
            )  # fmt: skip
        return found


_EMBEDDING = "model.embed_tokens.weight"


def _mapped(path: Path, name: str) -> tuple[Tensor, Callable[[], None]]:
    """Return a tensor of a safetensors file that stays on the disk, and what gives back the memory of its pages read.

    Those pages are clean: whoever reads them again has them from the system's cache.
    """
    with path.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        mapping = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)  # not ACCESS_READ, of which PyTorch warns
        start = file.tell()
    entry = header[name]
    begin, end = entry["data_offsets"]
    dtype = {"F16": torch.float16, "BF16": torch.bfloat16, "F32": torch.float32}[entry["dtype"]]
    count = (end - begin) // dtype.itemsize
    tensor = torch.frombuffer(mapping, dtype=dtype, count=count, offset=start + begin).view(entry["shape"])
    if not hasattr(mapping, "madvise"):  # Windows
        return tensor, lambda: None
    return tensor, partial(mapping.madvise, mmap.MADV_DONTNEED)
