"""Grammar-constrained decoding (step 7): the model can only write what the caller's Lark grammar allows.

llguidance computes which tokens may come next and which must: forced tokens need no forward pass of their own, they
join the next one as a small prefill.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from llguidance import LLMatcher
from llguidance.hf import from_tokenizer
from torch import Tensor

from chartline.errors import InvalidRequest

_SILENT = 0  # llguidance's own log would print the grammar, and with it the question


class GrammarCompiler:
    """Made once per tokenizer (half a second); `constraint` is safe from any thread."""

    def __init__(self, tokenizer: Any, end_tokens: Sequence[int]) -> None:
        self._tokenizer = from_tokenizer(tokenizer, eos_token=list(end_tokens))

    def constraint(self, grammar: str) -> Constraint:
        """Raises InvalidRequest for what is no grammar; the message does not repeat it, it may hold a question."""
        matcher = LLMatcher(self._tokenizer, grammar, log_level=_SILENT)
        if matcher.is_error():
            raise InvalidRequest("not a Lark grammar of llguidance", field="grammar")
        return Constraint(matcher)


class Constraint:
    """Where one text stands in its grammar."""

    def __init__(self, matcher: Any) -> None:
        self._matcher = matcher

    def mask(self, logits: Tensor) -> Tensor:
        """`logits` [V] with -inf where the grammar forbids the token."""
        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        allowed = np.unpackbits(bits, bitorder="little", count=min(logits.shape[0], bits.shape[0] * 8))
        hidden = torch.ones(logits.shape[0], dtype=torch.bool)
        hidden[: allowed.shape[0]] = torch.from_numpy(allowed == 0)
        return logits.masked_fill(hidden.to(logits.device), float("-inf"))

    def accept(self, token: int) -> list[int]:
        """Takes the chosen token and returns those that the grammar forces after it, already taken too."""
        self._matcher.consume_token(token)
        forced: list[int] = self._matcher.compute_ff_tokens()
        if forced:
            self._matcher.consume_tokens(forced)
        return forced

    def follow(self, token: int) -> bool:
        """Takes a token that somebody else chose; False, and nothing taken, where the grammar forbids it."""
        allowed = bool(self._matcher.validate_tokens([token]))
        if allowed:
            self._matcher.consume_token(token)
        return allowed

    def back(self, tokens: int) -> None:
        """Takes the last so many tokens back."""
        self._matcher.rollback(tokens)

    @property
    def complete(self) -> bool:
        """The text is whole and nothing more may follow."""
        return bool(self._matcher.is_stopped())

    @property
    def failed(self) -> bool:
        """The grammar was too complex for llguidance's limits; the text so far cannot be trusted."""
        return bool(self._matcher.is_error())
