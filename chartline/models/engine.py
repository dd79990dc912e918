"""The engine (step 9): one thread that owns the LLM and computes for all requests at once, a packed step at a time.

    submit ─▶ waiting ─▶ admitted: longest kept prefix found, or MissingBlocks
                            │
              step: ≤ step_tokens rows, the shortest need first, the rest shared evenly ─▶ logits where a row is ready
                            │                                                               │
                            └────────────────── grammar, next token, text ◀─────────────────┘

Requests join and leave at any step, so none waits for another's end. A request that fails takes no other with it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from chartline.errors import Exhausted, InvalidRequest, Unavailable
from chartline.llm_contract import Chunk, Failed, Finished, GenerateRequest, MissingBlocks
from chartline.models import packed_attention
from chartline.models.blocked_linear import block_linears
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.cores import one_core
from chartline.models.detour import Detour
from chartline.models.engine_counts import EngineCounts
from chartline.models.engine_prompt import PrefixTensors, prepare
from chartline.models.engine_row import Reply, Row
from chartline.models.grammar import GrammarCompiler
from chartline.models.key_values import KVLayout
from chartline.models.packed_attention import PackedStep
from chartline.models.prefix_cache import PrefixCache
from chartline.models.text_stream import TextStream
from chartline.telemetry import get_logger

_log = get_logger(__name__)
_CONTEXT_FOR_TEXT = 8  # ids the text decoder is shown before its first


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """`step_tokens` bounds how long a step takes, and so how long a running text waits for another's prefill."""

    max_running: int = 16
    max_waiting: int = 64
    step_tokens: int = 256
    kv_bytes: int = 2 << 30


class Engine:
    """Takes the model over: it is made for serving and serves nothing else any more.

    `on_change` is called by the engine's thread with the counts when requests came, were admitted or ended.
    """

    def __init__(
        self,
        llm: ConditionedLLM,
        limits: EngineLimits | None = None,
        on_change: Callable[[EngineCounts], None] = lambda counts: None,
    ) -> None:
        self._llm = llm
        self._limits = limits or EngineLimits()
        self._on_change = on_change
        llm.llm.set_attn_implementation(packed_attention.NAME)
        with one_core():
            block_linears(llm.llm)
        self._end_tokens = _end_tokens(llm)
        self._grammars = GrammarCompiler(llm.tokenizer, sorted(self._end_tokens))
        self._context = int(llm.llm.config.max_position_embeddings)
        self._cache = PrefixCache(KVLayout.of(llm.llm), self._limits.kv_bytes)
        self._waiting: deque[Row] = deque()
        self._running: list[Row] = []
        self._changed = threading.Condition()
        self._closing = False
        self.counts = EngineCounts()
        self._thread = threading.Thread(target=self._run, name="llm-engine", daemon=True)
        self._thread.start()

    # --- any thread ---------------------------------------------------------------------------------------------------

    def submit(self, request: GenerateRequest, prefix: PrefixTensors, reply: Reply) -> None:
        """Returns at once; the chunks go to `reply`. Raises InvalidRequest, Exhausted or, once closed, Unavailable."""
        row = self._row(request, prefix, reply)
        with self._changed:
            if self._closing:
                raise Unavailable("the engine is closing")
            if len(self._waiting) >= self._limits.max_waiting:
                raise Exhausted(f"{self._limits.max_waiting} requests are waiting already")
            self._waiting.append(row)
            self._changed.notify()

    def close(self) -> None:
        """Ends what runs with Unavailable and waits for the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _row(self, request: GenerateRequest, prefix: PrefixTensors, reply: Reply) -> Row:
        prompt = prepare(self._llm, request, prefix)
        room = self._context - prompt.length
        if room < 1:
            raise InvalidRequest(f"the prompt has {prompt.length} tokens, the model reads {self._context}")
        draft = self._llm.tokenizer(request.other_than or request.draft, add_special_tokens=False)["input_ids"]
        row = Row(
            prompt=prompt,
            text=TextStream(self._llm.tokenizer, prompt.tail[-_CONTEXT_FOR_TEXT:], request.stop),
            constraint=self._grammars.constraint(request.grammar) if request.grammar else None,
            reply=reply,
            content_from_block=request.content_from_block,
            most_new_tokens=min(request.max_new_tokens, room),
            deadline=time.monotonic() + request.deadline_seconds,
            draft=draft,
            detour=Detour(draft, self._llm.tokenizer, self._end_tokens, request.stop) if request.other_than else None,
        )
        if not self._cache.fits(row.longest):
            raise InvalidRequest(f"{row.longest} tokens do not fit into {self._limits.kv_bytes} bytes of kept KV")
        return row

    # --- the engine's thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with torch.inference_mode():
            while self._work_or_wait():
                self._end_cancelled_and_late()
                self._admit()
                self._report()
                if self._running:
                    self._step_guarded()
        for row in [*self._running, *self._waiting]:
            self._end(row, Failed("Unavailable", "the engine is closing"))

    def _work_or_wait(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._running or self._waiting or self._closing)
            return not self._closing

    def _end_cancelled_and_late(self) -> None:
        now = time.monotonic()
        for row in [*self._running, *self._waiting]:
            if row.reply.is_cancelled():
                self._end(row, Failed("Unavailable", "cancelled by the caller"))
            elif now > row.deadline and row.generated:
                self._end(row, row.finish("deadline"))
            elif now > row.deadline:
                self._end(row, Failed("DeadlineExceeded", "no token before the deadline"))

    def _admit(self) -> None:
        for row in list(self._waiting):
            if len(self._running) == self._limits.max_running:
                return
            reuse = self._cache.find(row.prompt.chain, row.ids)
            if self._cache.is_coming(row.prompt.chain, reuse):
                continue  # another request computes blocks that this one needs too; those behind it may go first
            if reuse.blocks < row.content_from_block:
                self._end(row, MissingBlocks(reuse.blocks))
                continue
            kept = self._cache.take(row.prompt.chain, row.ids, row.longest, reuse)
            if kept is None:
                return  # no room until another ends
            row.admit(kept)
            with self._changed:
                self._waiting.remove(row)
            self._running.append(row)

    def _step_guarded(self) -> None:
        try:
            self._step(list(self._shares()))
        except Exception:
            _log.exception("engine_step_failed")
            for row in list(self._running):
                self._end(row, Failed("Unavailable", "the engine failed; try again"), intact=False)

    def _shares(self) -> Iterator[tuple[Row, int]]:
        """Who computes how many inputs in this step: small needs (texts being written) first, whole if possible."""
        rows = sorted(self._running, key=lambda row: row.remaining)
        left = self._limits.step_tokens
        for index, row in enumerate(rows):
            count = min(row.needed, max(left // (len(rows) - index), 1))
            left -= count
            yield row, count

    def _step(self, shares: list[tuple[Row, int]]) -> None:
        logits = self._forward(shares)
        self.counts.steps += 1
        for (row, count), row_logits in zip(shares, logits, strict=True):
            ready = row.remaining <= count
            row.kept.kv.length += count
            if ready and (last := row.take(row_logits, self._end_tokens)) is not None:
                self._end(row, last)

    def _forward(self, shares: list[tuple[Row, int]]) -> Sequence[Tensor]:
        """For each row [wanted, V] in fp32: logits after its last input of this step, and after each guessed one."""
        segments, first = [], 0
        for row, count in shares:
            segments.append(row.segment(first, count))
            first += count
        step = PackedStep(segments, self._llm.llm.dtype, self._llm.device)
        output = self._llm.llm(
            inputs_embeds=torch.cat([row.inputs(self._llm, count) for row, count in shares]).unsqueeze(0),
            position_ids=step.position_ids(),
            logits_to_keep=step.wanted_rows(),
            use_cache=False,
            packed_step=step,
        )
        return torch.split(output.logits[0].float(), [segment.wanted for segment in segments])

    def _end(self, row: Row, last: Chunk, intact: bool = True) -> None:
        if row in self._running:
            self._running.remove(row)
            (self._cache.give_back if intact else self._cache.drop)(row.kept)
        else:
            with self._changed:
                self._waiting.remove(row)
        self.counts.end(last, row)
        self._report()
        row.reply.send(replace(last, model_versions=self._llm.versions) if isinstance(last, Finished) else last)

    def _report(self) -> None:
        counts, cache = self.counts, self._cache
        if counts.show(len(self._running), len(self._waiting), cache.bytes, len(cache)):
            self._on_change(counts)


def _end_tokens(llm: ConditionedLLM) -> frozenset[int]:
    configured = llm.llm.generation_config.eos_token_id
    ids = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in (*ids, llm.tokenizer.eos_token_id) if token is not None)
