"""Layers in oneDNN's blocks compute what the layers they are made of compute."""

import pytest
import torch
from torch import nn

from chartline.models.blocked_linear import BlockedLinear, block_linears
from chartline.models.precision import preferred_dtype


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (2, 3, 5), (1, 256)])
def test_it_computes_the_same(shape: tuple[int, ...], bias: bool) -> None:
    torch.manual_seed(0)
    linear = nn.Linear(48, 33, bias=bias)
    rows = torch.randn(*shape, 48)
    with torch.inference_mode():
        blocked = BlockedLinear(linear)(rows)
        assert blocked.shape == (*shape, 33)
        assert torch.allclose(blocked, linear(rows), atol=1e-5)


def test_a_view_of_rows_is_read_as_it_lies() -> None:
    torch.manual_seed(0)
    linear, rows = nn.Linear(8, 4), torch.randn(1, 6, 16)[:, ::2, 8:]
    with torch.inference_mode():
        assert torch.allclose(BlockedLinear(linear)(rows), linear(rows), atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_layers_of_both_precisions_are_replaced(dtype: torch.dtype) -> None:
    if dtype is torch.bfloat16 and preferred_dtype("cpu") is not torch.bfloat16:
        pytest.skip("this CPU does not multiply in bf16")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(64, 64), nn.Sequential(nn.Linear(64, 64), nn.GELU())).to(dtype)
    rows = torch.randn(3, 64, dtype=dtype)
    with torch.inference_mode():
        expected = model(rows)
        block_linears(model)
        assert isinstance(model[0], BlockedLinear)
        assert isinstance(model[1][0], BlockedLinear)
        assert torch.allclose(model(rows), expected, atol=1e-2 if dtype is torch.bfloat16 else 1e-5)


def test_layers_of_no_gain_stay_as_they_are() -> None:
    model = nn.Sequential(nn.Linear(4, 4, dtype=torch.float64))
    block_linears(model)
    assert type(model[0]) is nn.Linear
