"""Attention over a pack: shared rows among themselves, each question over the shared rows and its own.

The linear layers see one row a token and no padding. Here alone questions are laid beside each other, padded to the
longest, so that a pack of Q questions costs Q small squares and not one large one with nearly all of it masked. It
plugs into transformers' attention interface as serving's does, with every family's windows and soft caps.
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
    """Where the questions of a pack stand and what they see; one for all layers of a pass.

    The first `shared` rows are everybody's; questions of `lengths` rows follow. `positions` int64 [rows].
    """

    def __init__(self, shared: int, lengths: Sequence[int], positions: Tensor) -> None:
        device = positions.device
        self.shared, self.longest = shared, max(lengths)
        counts = torch.tensor(lengths, device=device)[:, None]
        columns = torch.arange(self.longest, device=device)
        starts = counts.cumsum(0) - counts
        self._real = columns < counts
        #: [Q * longest] row of the questions that stands at each place; padding repeats the last row.
        self.places = (starts + torch.minimum(columns, counts - 1)).flatten()
        #: [rows - shared] place of each row of the questions
        self.rows = self._real.flatten().nonzero().squeeze(1)
        self._positions = positions
        self._masks: dict[tuple[int | None, int, torch.dtype], tuple[Tensor, Tensor]] = {}

    def masks(self, window: int | None, group: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Additive masks of the shared rows [group * shared, shared] and of the questions.

        The latter is [Q, 1, group * longest, shared + longest]. `group` query heads are folded into the rows of their
        key head. A padded row sees at least itself, since a row that sees nothing would be NaN.
        """
        key = (window, group, dtype)
        if key not in self._masks:
            shared = self._among_shared(window).repeat(group, 1)
            asked = self._by_questions(window).repeat(1, group, 1)[:, None]
            self._masks[key] = _additive(shared, dtype), _additive(asked, dtype)
        return self._masks[key]

    def _among_shared(self, window: int | None) -> Tensor:
        positions = self._positions[: self.shared]
        return _visible(positions, positions, window)

    def _by_questions(self, window: int | None) -> Tensor:
        own = self._positions[self.shared :][self.places].view(-1, self.longest)
        shared = _visible(own, self._positions[: self.shared].expand(len(own), -1), window)
        order = torch.arange(self.longest, device=own.device)
        among = _visible(order, order, window) & self._real[:, None, :] | (order[:, None] == order)
        return torch.cat([shared, among], dim=-1)


def _additive(visible: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.zeros(visible.shape, dtype=dtype, device=visible.device).masked_fill_(~visible, float("-inf"))


def _visible(rows: Tensor, columns: Tensor, window: int | None) -> Tensor:
    distance = rows[..., :, None] - columns[..., None, :]
    return distance >= 0 if window is None else (distance >= 0) & (distance < window)


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
    heads, groups, shared = query.shape[1], key.shape[1], pack_rows.shared
    group = heads // groups
    shared_mask, question_mask = pack_rows.masks(sliding_window, group, query.dtype)
    head_q, head_k, head_v = (part[:, :, :shared] for part in (query, key, value))
    head = _attend(_folded(head_q, groups), head_k, head_v, shared_mask, scaling, softcap)
    q, k, v = (_side_by_side(part, pack_rows) for part in (query, key, value))
    k, v = (torch.cat([h.expand(len(q), -1, -1, -1), own], dim=2) for h, own in ((head_k, k), (head_v, v)))
    asked = _attend(_folded(q, groups), k, v, question_mask, scaling, softcap)
    asked = _unfolded(asked, heads).flatten(0, 1).index_select(0, pack_rows.rows)
    return torch.cat([_unfolded(head, heads)[0], asked]).unsqueeze(0), None


def _attend(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scaling: float, softcap: float | None) -> Tensor:
    if softcap is None and q.device.type == "cpu":
        return attend_by_steps(q, k, v, mask, scaling)
    return attend(q, k, v, mask, scaling, softcap)


def attend_by_steps(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, scaling: float) -> Tensor:
    """As `attend`. Backwards, the fused kernel of torch 2.15 takes a CPU four times as long as these three steps."""
    scores = (q * scaling) @ k.transpose(-1, -2)
    return torch.softmax(scores.add_(mask), dim=-1) @ v


def _side_by_side(part: Tensor, pack_rows: PackRows) -> Tensor:
    """[1, H, rows, D] to [Q, H, longest, D]: the questions alone."""
    rows = part[0, :, pack_rows.shared :].transpose(0, 1)
    return rows.index_select(0, pack_rows.places).view(-1, pack_rows.longest, *rows.shape[1:]).transpose(1, 2)


def _folded(query: Tensor, groups: int) -> Tensor:
    """[N, H, R, D] to [N, G, H / G * R, D]: query heads that share a key head become rows of it."""
    return query.reshape(len(query), groups, -1, query.shape[-1])


def _unfolded(attended: Tensor, heads: int) -> Tensor:
    """[N, G, H / G * R, D] to [N, R, H, D]"""
    return attended.reshape(len(attended), heads, -1, attended.shape[-1]).transpose(1, 2)


# No mask function is registered under this name, which tells transformers to build none.
AttentionInterface.register(NAME, pack_attention)
