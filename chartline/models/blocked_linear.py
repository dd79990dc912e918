"""Linear layers whose weights lie as oneDNN computes with them, on a CPU.

A step of an engine multiplies few rows, and there MKL, which torch takes for fp32, reads a plain weight at half of the
memory's speed or less. Reordered once into oneDNN's blocks, 2 to 16 rows take half of the time and 256 four fifths
(AVX2); in bf16, where torch takes oneDNN and has it reorder the weight each time, two thirds and nine tenths. It is
what torch.compile does with frozen weights, by the same two operators, without compiling.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from chartline.models.precision import preferred_dtype

_DTYPES = {torch.float32, preferred_dtype("cpu")}


class BlockedLinear(nn.Module):
    """As the `linear` it is made of, which is not needed any more. For inference alone."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        self.out_features, self.in_features = weight.shape
        self._bias = None if linear.bias is None else linear.bias.detach()
        with torch.inference_mode():
            self._blocks = torch.ops.mkldnn._reorder_linear_weight(weight)

    def forward(self, rows: Tensor) -> Tensor:
        """[..., in_features] to [..., out_features]"""
        output: Tensor = torch.ops.mkldnn._linear_pointwise(rows, self._blocks, self._bias, "none", [], "")
        return output


def block_linears(model: nn.Module) -> None:
    """Replaces those of a model on a CPU; the model cannot be trained, saved or moved any more."""
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Linear and layer.weight.dtype in _DTYPES and layer.weight.device.type == "cpu":
                setattr(parent, name, BlockedLinear(layer))
