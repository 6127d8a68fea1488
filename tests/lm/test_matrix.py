"""Products against torch's own."""

import pytest
import torch
from torch.nn import functional

from autowritten.lm import matrix
from autowritten.lm.matrix import Matrix, best_dtype

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.05}


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("rows", [1, 7, 300])
def test_products(monkeypatch, rows, dtype, packed):
    if not packed:
        monkeypatch.setattr(matrix, "_packs", lambda device, dtype: False)
    g = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(n, 24, generator=g).to(dtype) for n in (rows, 40))
    product = Matrix(weight, dtype)
    exact = functional.linear(x.double(), weight.double())
    tolerance = {"atol": TOLERANCE[dtype], "rtol": TOLERANCE[dtype]}
    with torch.inference_mode():
        torch.testing.assert_close(product(x).double(), exact, **tolerance)
        torch.testing.assert_close(product.gelu(x).double(), functional.gelu(exact, approximate="tanh"), **tolerance)
    assert product(x).dtype == dtype


def test_the_fastest_number_type(monkeypatch):
    assert best_dtype("cuda") == torch.bfloat16
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    assert best_dtype() == torch.float32
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    assert best_dtype() == torch.bfloat16
