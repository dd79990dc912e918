"""Attention over a pack: shared rows among themselves, each question over the shared rows and its own.

The linear layers see all rows of a pack at once; here alone questions are looked at one by one, so that Q of them cost
Q small rectangles and not one large square that is nearly all masked. It plugs into transformers' attention interface
as serving's does, with every family's windows and soft caps.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface

from chartline.models.packed_attention import attend

NAME = "chartline_pack"


class PackRows:
    """Which rows of a pack see which; one for all layers of a pass.

    The first `shared` rows are everybody's; questions of `lengths` rows follow. `positions` int64 [rows].
    """

    def __init__(self, shared: int, lengths: Sequence[int], positions: Tensor) -> None:
        self.parts = [shared, *lengths]
        self._positions = torch.split(positions, self.parts)
        self._masks: dict[tuple[int | None, int, torch.dtype], list[Tensor]] = {}

    def masks(self, window: int | None, group: int, dtype: torch.dtype) -> list[Tensor]:
        """Additive, for the shared rows and for each question: [group * rows, columns].

        `group` query heads are folded into the rows of their key head.
        """
        key = (window, group, dtype)
        if key not in self._masks:
            shared, *own = self._positions
            columns = [shared, *(torch.cat([shared, positions]) for positions in own)]
            self._masks[key] = [
                _mask(rows, seen, window, dtype).repeat(group, 1)
                for rows, seen in zip(self._positions, columns, strict=True)
            ]
        return self._masks[key]


def _mask(rows: Tensor, columns: Tensor, window: int | None, dtype: torch.dtype) -> Tensor:
    distance = rows[:, None] - columns[None, :]
    hidden = distance < 0 if window is None else (distance < 0) | (distance >= window)
    return torch.zeros(hidden.shape, dtype=dtype, device=rows.device).masked_fill_(hidden, float("-inf"))


def pack_attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    softcap: float | None = None,
    sliding_window: int | None = None,
    *,
    pack_rows: PackRows,
    **_: Any,
) -> tuple[Tensor, None]:
    """`query` [1, H, rows, D], `key` and `value` [1, G, rows, D] to [1, rows, H, D]."""
    heads, groups, dim = query.shape[1], key.shape[1], query.shape[-1]
    masks = pack_rows.masks(sliding_window, heads // groups, query.dtype)
    queries, keys, values = (torch.split(part, pack_rows.parts, dim=2) for part in (query, key, value))
    outputs = []
    for number, (q, k, v, mask) in enumerate(zip(queries, keys, values, masks, strict=True)):
        if number:
            k, v = torch.cat([keys[0], k], dim=2), torch.cat([values[0], v], dim=2)
        attended = _attend(q.reshape(1, groups, -1, dim), k, v, mask, scaling, softcap)
        outputs.append(attended.reshape(1, heads, -1, v.shape[-1]).transpose(1, 2))
    return torch.cat(outputs, dim=1), None


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scaling: float, softcap: float | None) -> Tensor:
    if softcap is None and q.device.type == "cpu":
        return attend_by_steps(q, k, v, mask, scaling)
    return attend(q, k, v, mask, scaling, softcap)


def attend_by_steps(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scaling: float) -> Tensor:
    """As `attend`. Backwards, the fused kernel of torch 2.15 takes a CPU four times as long as these three steps."""
    scores = (q * scaling) @ k.transpose(-1, -2)
    return torch.softmax(scores.add_(mask), dim=-1) @ v


# No mask function is registered under this name, which tells transformers to build none.
AttentionInterface.register(NAME, pack_attention)
