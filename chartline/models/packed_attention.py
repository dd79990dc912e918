"""Attention over a packed step: rows of many sequences, each at its own position of its own kept keys and values.

    packed rows   | a: 256 rows of a prefill | b: 1 | c: 1 | d: 5 forced by a grammar |
    attends to      a's KV                     b's    c's    d's

The linear layers see one row per token and no padding; only attention looks at sequences one by one. It plugs into
transformers' attention interface, so every family whose layers call that interface is served by the same code, with
its own position encoding, sliding windows and soft caps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface

from chartline.models.key_values import KeyValues

NAME = "chartline_packed"


@dataclass(frozen=True, slots=True)
class Segment:
    """`count` packed rows from `first` on continue `kv` at `position`; logits are wanted behind the last `wanted`."""

    kv: KeyValues
    first: int
    count: int
    position: int
    wanted: int = 1

    @property
    def end(self) -> int:
        return self.position + self.count


class PackedStep:
    """The segments of one forward pass and the masks that its layers share."""

    def __init__(self, segments: list[Segment], dtype: torch.dtype, device: torch.device) -> None:
        self.segments = segments
        self._dtype, self._device = dtype, device
        self._masks: dict[tuple[int, int | None, int], Tensor | None] = {}

    def position_ids(self) -> Tensor:
        """[1, rows]"""
        ranges = [torch.arange(s.position, s.end, device=self._device) for s in self.segments]
        return torch.cat(ranges).unsqueeze(0)

    def wanted_rows(self) -> Tensor:
        """The packed rows behind which logits are wanted."""
        ends = ((s.first + s.count, s.wanted) for s in self.segments)
        return torch.tensor([row for end, wanted in ends for row in range(end - wanted, end)], device=self._device)

    def visible_from(self, segment: Segment, window: int | None) -> int:
        return 0 if window is None else max(0, segment.position - window + 1)

    def mask(self, segment: Segment, window: int | None, group: int) -> Tensor | None:
        """Additive [group * count, end - visible_from], None where every row sees every column."""
        key = (segment.first, window, group)
        if key not in self._masks:
            self._masks[key] = self._built_mask(segment, window, group) if segment.count > 1 else None
        return self._masks[key]

    def _built_mask(self, segment: Segment, window: int | None, group: int) -> Tensor:
        rows = torch.arange(segment.position, segment.end, device=self._device).unsqueeze(1)
        columns = torch.arange(self.visible_from(segment, window), segment.end, device=self._device)
        hidden = columns > rows
        if window is not None:
            hidden |= columns <= rows - window
        mask = torch.zeros(hidden.shape, dtype=self._dtype, device=self._device).masked_fill_(hidden, float("-inf"))
        return mask.repeat(group, 1)


def packed_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    softcap: float | None = None,
    sliding_window: int | None = None,
    *,
    packed_step: PackedStep,
    **_: Any,
) -> tuple[Tensor, None]:
    """`query` [1, H, rows, D], `key` and `value` [1, G, rows, D] to [1, rows, H, D].

    Query heads that share a key head are folded into rows of it, so keys and values are never repeated.
    """
    heads, rows, dim = query.shape[1:]
    group = heads // key.shape[1]
    output = query.new_empty(rows, heads, value.shape[-1])
    for segment in packed_step.segments:
        part = slice(segment.first, segment.first + segment.count)
        segment.kv.write(module.layer_idx, segment.position, key[0, :, part], value[0, :, part])
        seen = slice(packed_step.visible_from(segment, sliding_window), segment.end)
        attended = attend(
            query[:, :, part].reshape(1, -1, group * segment.count, dim),
            segment.kv.keys[module.layer_idx][None, :, seen],
            segment.kv.values[module.layer_idx][None, :, seen],
            packed_step.mask(segment, sliding_window, group),
            scaling,
            softcap,
        )
        output[part] = attended.reshape(heads, segment.count, -1).transpose(0, 1)
    return output.unsqueeze(0), None


def attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scaling: float, softcap: float | None) -> Tensor:
    """`q` [N, G, R, D] over `k` and `v` [N, G, S, D] to [N, G, R, D]; `mask` is additive."""
    if softcap is None:
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scaling)
    scores = softcap * torch.tanh(q @ k.transpose(-1, -2) * scaling / softcap)  # no fused kernel caps scores
    if mask is not None:
        scores = scores + mask
    return torch.softmax(scores, dim=-1, dtype=torch.float32).to(v.dtype) @ v


# No mask function is registered under this name, which tells transformers to build none.
AttentionInterface.register(NAME, packed_attention)
