"""Matrix products as fast as the processor has kernels for."""

from __future__ import annotations

import os
import platform
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# oneDNN keeps a kernel for each number of rows it has met, 1,024 of them: 300 MB, and no two batches have as many rows; so
# does PyTorch's layer over it for each shape of batched products: 250 MB. Both are read at the first product; making a
# kernel anew costs nothing that can be measured.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "32")
os.environ.setdefault("LRU_CACHE_CAPACITY", "32")


def best_dtype(device: torch.device | str = "cpu") -> torch.dtype:
    """Return bfloat16 where a device multiplies in it, float32 elsewhere (where bfloat16 would be emulated)."""
    if torch.device(device).type == "cuda":
        return torch.bfloat16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if able.get("avx512_bf16") or able.get("amx_bf16") else torch.float32


class Matrix:
    """A weight matrix that multiplies from the right: `x -> x @ weight.T`.

    On x86 processors it is laid out once for oneDNN, which multiplies float32 2.3 times as fast as PyTorch's default on
    AMD and needs no unpacking at each call (benchmarks/LOG.md). The two operators are the ones that torch.compile emits.

    Args:
        weight: shape (out, in).
        dtype: number type of the product's operands and result; sums are kept in float32 by the hardware.
    """

    def __init__(self, weight: Tensor, dtype: torch.dtype) -> None:
        self.weight = weight.to(dtype).contiguous()
        self._packed: Any = None
        if _packs(weight.device, dtype):
            self._packed = torch.ops.mkldnn._linear_pointwise
            self.weight = torch.ops.mkldnn._reorder_linear_weight(self.weight, _ROWS)

    def __call__(self, x: Tensor) -> Tensor:
        """Return the product; `x` has shape (rows, in) and the matrix's number type."""
        if self._packed is None:
            return functional.linear(x, self.weight)
        return self._packed(x, self.weight, None, "none", [], "")  # type: ignore[no-any-return]

    def gelu(self, x: Tensor) -> Tensor:
        """Return GELU (tanh form) of the product."""
        if self._packed is None:
            return functional.gelu(functional.linear(x, self.weight), approximate="tanh")
        return self._packed(x, self.weight, None, "gelu", [], "tanh")  # type: ignore[no-any-return]


_ROWS = 1024
"""Rows that the layout is chosen for; others cost the same."""


def _packs(device: torch.device, dtype: torch.dtype) -> bool:
    return bool(
        device.type == "cpu"
        and platform.machine() in {"x86_64", "AMD64"}
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.mkldnn, "_linear_pointwise")
        and (dtype != torch.bfloat16 or torch.ops.mkldnn._is_mkldnn_bf16_supported())
    )
