"""A device is a CPU however torch spells it."""

import pytest
import torch

from chartline.models.precision import preferred_dtype


@pytest.mark.parametrize("spelled", ["cpu", "cpu:0"])
def test_a_cpu_computes_in_what_it_multiplies_natively(spelled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for native, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda native=native: {"avx512_bf16": native})
        assert preferred_dtype(spelled) is dtype
    assert preferred_dtype("cuda:0") is torch.bfloat16
