"""Tokens to text as it may be sent: whole UTF-8 characters, nothing of or behind a stop string."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tokenizers.decoders import DecodeStream


class TextStream:
    """`context` is the ids before the text: some decoders drop the space in front of what they take for a start."""

    def __init__(self, tokenizer: Any, context: Sequence[int], stop: Sequence[str] = ()) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._decoder = DecodeStream(ids=list(context), skip_special_tokens=True)
        self._stop = [text for text in stop if text]
        self._held = ""
        self.stopped = False

    def add(self, ids: Sequence[int]) -> str:
        """What can be sent now; a beginning of a stop string is held back until it is one or is none."""
        for token in ids:
            self._held += self._decoder.step(self._tokenizer, token) or ""
        ends = [at for text in self._stop if (at := self._held.find(text)) >= 0]
        if ends:
            self.stopped = True
            self._held = self._held[: min(ends)]
            return self.rest()
        sent = self._held[: len(self._held) - self._beginning_of_stop()]
        self._held = self._held[len(sent) :]
        return sent

    def rest(self) -> str:
        """What was held back, when no more tokens come."""
        rest, self._held = self._held, ""
        return rest

    def _beginning_of_stop(self) -> int:
        lengths = (n for text in self._stop for n in range(len(text) - 1, 0, -1) if self._held.endswith(text[:n]))
        return max(lengths, default=0)
