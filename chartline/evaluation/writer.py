"""Many texts at once from one checkpoint's engine, with no server between: what an arm of a comparison writes with."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from chartline.errors import Unavailable
from chartline.evaluation.arms import Tampering
from chartline.language.prompt import SYSTEM
from chartline.learning.training.charts import Charts, Shown
from chartline.learning.training.model_card import read_reports
from chartline.learning.training.settings import Showing
from chartline.llm_contract import Chunk, Failed, Finished, GenerateRequest, Text
from chartline.models.base_models import placement
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine
from chartline.models.engine_prompt import BLOCK_EVENTS, PrefixTensors
from chartline.models.text_encoder import TextEncoder
from chartline.record.event import Event

#: Fewer than an engine lets wait.
_AT_ONCE = 32
_PATIENCE_SECONDS = 3_600.0


class Writer:
    """Shows charts as the checkpoint was trained to read them. A context manager."""

    def __init__(
        self,
        checkpoint: Path,
        charts: Mapping[str, Sequence[Event]],
        encoder: TextEncoder,
        tampering: Tampering = Tampering.NONE,
        device: str = "auto",
    ) -> None:
        device, dtype = placement(device, "auto")
        llm = ConditionedLLM.load(checkpoint, dtype=dtype, device=device)
        if tampering is Tampering.ZEROED:
            llm.projector.norm.data.zero_()  # a soft token has this length
        names = sorted(charts)
        shift = len(names) // 2 if tampering is Tampering.ANOTHER_PATIENT else 0
        self._shown_for = dict(zip(names, names[shift:] + names[:shift], strict=True))
        showing = Showing(read_reports(checkpoint)[-1].settings.get("showing", Showing.SOFT))
        self._charts = Charts(charts, encoder, showing)
        self._engine = Engine(llm)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    async def write(
        self, patient: str, user_text: str, *, grammar: str = "", other_than: str = "", most_tokens: int
    ) -> str:
        """The line that the model writes behind the patient's chart. Raises Unavailable where the engine fails."""
        shown = self._charts.whole(self._shown_for[patient])
        request = GenerateRequest(
            request_id="",
            cache_scope="",
            system=SYSTEM,
            user_text=shown.text + user_text,
            grammar=grammar,
            other_than=other_than,
            stop=("\n",),
            max_new_tokens=most_tokens,
            deadline_seconds=_PATIENCE_SECONDS,
        )
        async with self._turns:
            reply = _Reply(asyncio.get_running_loop())
            self._engine.submit(request, _tensors(patient, shown), reply)
            return await reply.text


class _Reply:
    """The engine's thread sends, the loop waits for `text`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.text: asyncio.Future[str] = loop.create_future()
        self._loop, self._pieces = loop, list[str]()

    def send(self, chunk: Chunk) -> None:
        if isinstance(chunk, Text):
            self._pieces.append(chunk.text)
        else:
            self._loop.call_soon_threadsafe(self._end, chunk)

    def is_cancelled(self) -> bool:
        return self.text.cancelled()

    def _end(self, chunk: Chunk) -> None:
        if isinstance(chunk, Finished):
            self.text.set_result("".join(self._pieces))
        else:
            told = f"{chunk.error}: {chunk.message}" if isinstance(chunk, Failed) else "it misses what was sent"
            self.text.set_exception(Unavailable(f"the engine wrote nothing: {told}"))


def _tensors(patient: str, shown: Shown) -> PrefixTensors:
    """A patient's chart is shown in one way as long as a writer lives, so its name is digest enough."""
    starts = range(0, len(shown.prefix), BLOCK_EVENTS)
    return PrefixTensors(
        digests=tuple(hashlib.sha256(f"{patient} {start}".encode()).digest() for start in starts),
        block_events=np.array([min(BLOCK_EVENTS, len(shown.prefix) - start) for start in starts], np.int32),
        embeddings=shown.prefix.embeddings,
        channels=shown.prefix.channels,
    )
