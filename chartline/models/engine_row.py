"""One request while it runs: which inputs are still to be computed, what was written, when it must end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from chartline.llm_contract import Chunk, Failed, Finished, Text
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.detour import Detour
from chartline.models.engine_prompt import Prompt
from chartline.models.grammar import Constraint
from chartline.models.packed_attention import Segment
from chartline.models.prefix_cache import Kept
from chartline.models.text_stream import TextStream


class Reply(Protocol):
    """Where a request's chunks go; called by the engine's thread alone, so it must not block."""

    def send(self, chunk: Chunk) -> None:
        """The last chunk is the one that is not a Text."""

    def is_cancelled(self) -> bool:
        """True when nobody reads any more."""


class Row:
    """`ids` is the prompt's tail and what was generated after it; `kept` holds the computed part of prompt and ids.

    `draft` is what may come next: some of it is computed behind `ids` and is theirs as far as it is chosen. With a
    `detour` it is what must not come: it is followed to its end and left where something else was likeliest.
    """

    def __init__(
        self,
        prompt: Prompt,
        text: TextStream,
        constraint: Constraint | None,
        reply: Reply,
        content_from_block: int,
        most_new_tokens: int,
        deadline: float,
        draft: Sequence[int] = (),
        detour: Detour | None = None,
    ) -> None:
        self.prompt, self.reply, self.content_from_block = prompt, reply, content_from_block
        self.ids = list(prompt.tail)
        self.submitted, self.deadline = time.monotonic(), deadline
        self.first_token_after = 0.0
        self._text, self._constraint, self._most = text, constraint, most_new_tokens
        self._kept: Kept | None = None
        self._draft = list(draft[: most_new_tokens - 1])
        self._detour = detour
        self.reused, self.draft_tokens, self.draft_kept = 0, 0 if detour else len(self._draft), 0

    @property
    def longest(self) -> int:
        """Tokens of the prompt and the longest text."""
        return self.prompt.length + self._most

    @property
    def generated(self) -> int:
        return len(self.ids) - len(self.prompt.tail)

    @property
    def kept(self) -> Kept:
        assert self._kept is not None, "the row was not admitted"
        return self._kept

    def admit(self, kept: Kept) -> None:
        self._kept, self.reused = kept, kept.kv.length

    @property
    def remaining(self) -> int:
        """Inputs whose keys and values are not computed yet; the next token follows from the last of them."""
        return self.prompt.chain.end + len(self.ids) - self.kept.kv.length

    @property
    def needed(self) -> int:
        """Those and the inputs that are guessed to follow."""
        return self.remaining + len(self._draft)

    def inputs(self, llm: ConditionedLLM, count: int) -> Tensor:
        start = self.kept.kv.length
        return self.prompt.rows(llm, self.ids + self._draft, start, start + count)

    def segment(self, first: int, count: int) -> Segment:
        """With logits behind the last input that is sure and behind each that is guessed."""
        return Segment(self.kept.kv, first, count, self.kept.kv.length, max(count - self.remaining, 0) + 1)

    def take(self, logits: Tensor, end_tokens: frozenset[int]) -> Finished | Failed | None:
        """Goes on as far as the draft is what the model chooses; `logits` [1 + guessed inputs, V]."""
        if self._detour is not None:
            return self._follow(self._detour, logits)
        guessed = len(logits) - 1
        for place, after in enumerate(logits):
            last = self._choose(after, end_tokens)
            right = last is None and bool(self._draft) and self.ids[-1] == self._draft[0]
            self._draft = self._draft[1:] if right else []
            self.draft_kept += right
            if place == guessed or not right:
                self.kept.kv.length -= guessed - place
                return last
        return None

    def _follow(self, detour: Detour, logits: Tensor) -> Finished | Failed | None:
        """Along the text that must not come as far as `logits` go, and at its end back to where it is left."""
        assert self._constraint is not None, "there is always something else to write"
        for after in logits:
            detour.weigh(self._constraint.mask(after))
            if not self._draft or not self._constraint.follow(self._draft[0]):
                return self._leave(detour, self._constraint)
            self.ids.append(self._draft.pop(0))
        return None

    def _leave(self, detour: Detour, constraint: Constraint) -> Finished | Failed | None:
        if detour.best is None:
            return self.finish("stop")
        kept = len(self.prompt.tail) + detour.best.followed
        constraint.back(len(self.ids) - kept)
        del self.ids[kept:]
        self.kept.kv.length = min(self.kept.kv.length, self.prompt.chain.end + kept)
        self._draft, self._detour = [], None
        self._send(self.ids[len(self.prompt.tail) :])
        return self._write(detour.best.token)

    def _choose(self, logits: Tensor, end_tokens: frozenset[int]) -> Finished | Failed | None:
        """Takes the likeliest allowed token, sends its text; the last chunk where this ends the text."""
        if self._constraint is not None:
            logits = self._constraint.mask(logits)
        token = int(torch.argmax(logits))
        return self.finish("stop") if token in end_tokens else self._write(token)

    def _write(self, token: int) -> Finished | Failed | None:
        """Takes a token and those that follow from it."""
        self.first_token_after = self.first_token_after or time.monotonic() - self.submitted
        new = [token] if self._constraint is None else [token, *self._constraint.accept(token)]
        if self._constraint is not None and self._constraint.failed:
            return Failed("InvalidRequest", "the grammar is too complex")
        new = new[: self._most - self.generated]
        self.ids += new
        self._send(new)
        if self._text.stopped or (self._constraint is not None and self._constraint.complete):
            return self.finish("stop")
        return self.finish("length") if self.generated >= self._most else None

    def _send(self, new: Sequence[int]) -> None:
        if text := self._text.add(new):
            self.reply.send(Text(text))

    def finish(self, reason: str) -> Finished:
        if not self._text.stopped and (rest := self._text.rest()):
            self.reply.send(Text(rest))
        chain = self.prompt.chain
        return Finished(reason, chain.end - chain.head, self.reused, self.prompt.length, self.generated)
