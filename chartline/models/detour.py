"""Where the model leaves a text that it may not write: at the place where something else was likeliest.

    refused   get    value   of last lab "sodium" during …
    instead   max    time       first         "lab"  before        what else the grammar allows at each place
    log p     -4.1   -6.0       -0.9          -7.2   -3.0          of all that was followed, and the other token

The refused text is read in one pass, as a draft is; from the likeliest other token on the model writes as always. This
is the second of the k best texts with each rest chosen greedily (Lawler 1972, "A procedure for computing the K best
solutions", with one deviation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_CANDIDATES = 16  # of one place; few of them only spell the same text in other tokens


@dataclass(frozen=True, slots=True)
class Exit:
    """After `followed` tokens of the refused text `token` comes; `log_p` is what the model gives both."""

    followed: int
    token: int
    log_p: float


class Detour:
    """`refused` are the token ids of the text that is not to be written again; `best` is the way out so far.

    `end_tokens` and what begins with a text of `stop` end the refused text and are no way out of it.
    """

    def __init__(
        self, refused: Sequence[int], tokenizer: Any, end_tokens: frozenset[int], stop: tuple[str, ...] = ()
    ) -> None:
        self._ahead = list(refused)
        self._tokenizer, self._end_tokens, self._stop = tokenizer, end_tokens, stop
        self._followed, self._log_p = 0, 0.0
        self.best: Exit | None = None

    def weigh(self, logits: Tensor) -> None:
        """`logits` [V] behind what was followed so far, -inf where the grammar forbids; goes one token on."""
        log_p = torch.log_softmax(logits, dim=0)
        values, tokens = torch.topk(log_p, min(_CANDIDATES, len(log_p)))
        rest = self._spelling(self._ahead)
        for value, token in zip(values.tolist(), tokens.tolist(), strict=True):
            if value == float("-inf") or (self.best is not None and self._log_p + value <= self.best.log_p):
                break
            if not self._goes_on(token, rest):
                self.best = Exit(self._followed, token, self._log_p + value)
                break
        if self._ahead:
            self._log_p += float(log_p[self._ahead.pop(0)])
            self._followed += 1

    def _goes_on(self, token: int, rest: str) -> bool:
        """Whether it is the refused text after all, its end or another spelling of what is left of it."""
        if rest:
            return rest.startswith(self._spelling([token]))
        return token in self._end_tokens or self._tokenizer.decode([token]).startswith(self._stop)

    def _spelling(self, tokens: Sequence[int]) -> str:
        return "".join(self._tokenizer.convert_ids_to_tokens(tokens))
