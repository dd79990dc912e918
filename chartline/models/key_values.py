"""The keys and values of one sequence, preallocated: appending a token moves no other and allocates nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class KVLayout:
    """What one token's keys and values take in this model."""

    layers: int
    heads: int
    head_dim: int
    dtype: torch.dtype
    device: torch.device

    @classmethod
    def of(cls, llm: Any) -> KVLayout:
        """`llm` is a transformers causal LM."""
        config = llm.config
        heads = config.num_attention_heads
        head_dim = getattr(config, "head_dim", None) or config.hidden_size // heads
        kv_heads = getattr(config, "num_key_value_heads", None) or heads
        return cls(config.num_hidden_layers, kv_heads, head_dim, llm.dtype, llm.device)

    @property
    def token_bytes(self) -> int:
        return 2 * self.layers * self.heads * self.head_dim * self.dtype.itemsize


class KeyValues:
    """`keys[layer]` and `values[layer]` are [heads, capacity, head_dim]; the first `length` positions are filled."""

    def __init__(self, layout: KVLayout, capacity: int) -> None:
        shape = (layout.layers, 2, layout.heads, capacity, layout.head_dim)
        self._data = torch.empty(shape, dtype=layout.dtype, device=layout.device)
        self.keys = [layer[0] for layer in self._data]
        self.values = [layer[1] for layer in self._data]
        self.capacity = capacity
        self.bytes = capacity * layout.token_bytes
        self.length = 0

    def write(self, layer: int, position: int, keys: Tensor, values: Tensor) -> None:
        """`keys` and `values` [heads, n, head_dim] at `position`; `length` moves when all layers are written."""
        end = position + keys.shape[1]
        self.keys[layer][:, position:end] = keys
        self.values[layer][:, position:end] = values

    def copy_from(self, other: KeyValues, length: int) -> None:
        self._data[:, :, :, :length] = other._data[:, :, :, :length]
        self.length = length
