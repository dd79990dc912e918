"""Layers in oneDNN's blocks compute what the layers they are made of compute."""

import pytest
import torch
from torch import nn

from chartline.models.blocked_linear import BlockedLinear, block_linears


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


def test_only_layers_that_gain_are_replaced() -> None:
    model = nn.Sequential(nn.Linear(4, 4), nn.Sequential(nn.Linear(4, 4).to(torch.bfloat16), nn.GELU()))
    block_linears(model)
    assert isinstance(model[0], BlockedLinear)
    assert type(model[1][0]) is nn.Linear
