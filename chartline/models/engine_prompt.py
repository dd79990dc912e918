"""A request, checked and brought into the engine's form, before the engine's thread sees it.

Whatever could hurt the other requests of a batch is refused here: shapes, types, sizes and numbers that are not finite.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chartline.errors import InvalidRequest
from chartline.llm_contract import GenerateRequest
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.prefix_cache import Chain

BLOCK_EVENTS = 64
MOST_NEW_TOKENS = 4096
MOST_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class PrefixTensors:
    """The tensors of `llm_contract`; content is that of the blocks from `content_from_block` on."""

    digests: tuple[bytes, ...]
    block_events: NDArray[np.int32]
    embeddings: NDArray[np.float32]
    channels: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prompt:
    """`head` ids, the soft tokens of `chain`, `tail` ids; `content_from` is the token of the first content row."""

    chain: Chain
    head: list[int]
    tail: list[int]
    content_from: int
    embeddings: Tensor
    channels: Tensor

    @property
    def length(self) -> int:
        return self.chain.end + len(self.tail)

    def rows(self, llm: ConditionedLLM, ids: list[int], start: int, stop: int) -> Tensor:
        """[stop - start, H]: inputs of the LLM; `ids` is the tail and what was generated after it."""
        head, end = self.chain.head, self.chain.end
        parts = []
        if start < head:
            parts.append(llm.tokens(self.head[start:stop]))
        first, last = max(start, head), min(stop, end)
        if first < last:
            part = slice(first - self.content_from, last - self.content_from)
            parts.append(llm.soft_tokens(self.embeddings[part].to(llm.device), self.channels[part].to(llm.device)))
        if stop > end:
            parts.append(llm.tokens(ids[max(start, end) - end : stop - end]))
        return torch.cat(parts)


def prepare(llm: ConditionedLLM, request: GenerateRequest, prefix: PrefixTensors) -> Prompt:
    """Raises InvalidRequest naming the field that is wrong."""
    if not 1 <= request.max_new_tokens <= MOST_NEW_TOKENS:
        raise InvalidRequest(f"max_new_tokens must be 1 to {MOST_NEW_TOKENS}", field="max_new_tokens")
    if request.draft and request.grammar:
        raise InvalidRequest("a text with a grammar has no draft", field="draft")
    if request.other_than and not request.grammar:
        raise InvalidRequest("only a text with a grammar is written otherwise", field="other_than")
    if not 0 <= request.deadline_seconds <= MOST_SECONDS:
        raise InvalidRequest(f"deadline_seconds must be 0 to {MOST_SECONDS}", field="deadline_seconds")
    _check_blocks(prefix, request.content_from_block)
    _check_content(llm, prefix, request.content_from_block)
    head, tail = prompt_ids(llm.tokenizer, request.system, request.user_text, request.assistant_text)
    if not tail:
        raise InvalidRequest("the prompt has no text after the prefix", field="user_text")
    scope = hashlib.sha256(repr((request.cache_scope, head)).encode()).digest()
    blocks = tuple(zip(prefix.digests, prefix.block_events.tolist(), strict=True))
    chain = Chain(scope, len(head), blocks)
    return Prompt(
        chain=chain,
        head=head,
        tail=tail,
        content_from=chain.tokens(request.content_from_block),
        embeddings=torch.from_numpy(prefix.embeddings),
        channels=torch.from_numpy(prefix.channels),
    )


def _check_blocks(prefix: PrefixTensors, content_from_block: int) -> None:
    events = prefix.block_events
    if events.dtype != np.int32 or events.shape != (len(prefix.digests),):
        raise InvalidRequest("BLOCK_EVENTS must be int32, one for each of BLOCK_DIGESTS", field="BLOCK_EVENTS")
    if len(events) and (events.min() < 1 or events.max() > BLOCK_EVENTS):
        raise InvalidRequest(f"a block has 1 to {BLOCK_EVENTS} events", field="BLOCK_EVENTS")
    if not 0 <= content_from_block <= len(prefix.digests):
        raise InvalidRequest("content_from_block is not a block of this prefix", field="content_from_block")


def _check_content(llm: ConditionedLLM, prefix: PrefixTensors, content_from_block: int) -> None:
    rows = int(prefix.block_events[content_from_block:].sum())
    for name, tensor, width in (
        ("EVENT_EMBEDDINGS", prefix.embeddings, llm.projector.embedding_size),
        ("EVENT_CHANNELS", prefix.channels, llm.projector.channels),
    ):
        if tensor.dtype != np.float32 or (tensor.shape != (rows, width) and (rows or tensor.size)):
            raise InvalidRequest(f"{name} must be float32 [{rows}, {width}], is {tensor.shape}", field=name)
        if not np.isfinite(tensor).all():
            raise InvalidRequest(f"{name} holds numbers that are not finite", field=name)
