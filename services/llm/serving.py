"""Model `chartline_llm` as Triton's shim calls it, without Triton: tensors in, chunks out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chartline.errors import ChartlineError
from chartline.llm_contract import EMBEDDING_SIZE, Failed, load_generate_request
from chartline.models.base_models import placement
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.cores import one_core
from chartline.models.engine import Engine, EngineLimits
from chartline.models.engine_counts import EngineCounts
from chartline.models.engine_prompt import PrefixTensors
from chartline.models.engine_row import Reply
from services.llm.settings import LlmSettings

Tensors = Mapping[str, NDArray[Any]]

_NO_PREFIX = {
    "BLOCK_DIGESTS": np.zeros(0, np.object_),
    "BLOCK_EVENTS": np.zeros(0, np.int32),
    "EVENT_EMBEDDINGS": np.zeros((0, EMBEDDING_SIZE), np.float32),
    "EVENT_CHANNELS": np.zeros((0, 0), np.float32),
}


class LlmService:
    """Owns the engine; any thread may ask."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def load(cls, settings: LlmSettings, on_change: Callable[[EngineCounts], None]) -> LlmService:
        """Raises InvalidRequest where checkpoint and base do not fit."""
        device, dtype = placement(settings.device, settings.dtype)
        with one_core():
            llm = ConditionedLLM.load(settings.checkpoint, settings.model, dtype=dtype, device=device)
        limits = EngineLimits(settings.max_running, settings.max_waiting, settings.step_tokens, settings.kv_bytes)
        return cls(Engine(llm, limits, on_change))

    def answer(self, tensors: Tensors, reply: Reply) -> None:
        """Returns at once; whatever becomes of the request, `reply` gets exactly one last chunk."""
        try:
            request = load_generate_request(tensors["REQUEST"][0])
            given = {**_NO_PREFIX, **tensors}
            prefix = PrefixTensors(
                tuple(bytes(digest) for digest in given["BLOCK_DIGESTS"]),
                given["BLOCK_EVENTS"],
                given["EVENT_EMBEDDINGS"],
                given["EVENT_CHANNELS"],
            )
            self._engine.submit(request, prefix, reply)
        except ChartlineError as error:
            reply.send(Failed(type(error).__name__, error.message))
        except (ValueError, TypeError):
            reply.send(Failed("InvalidRequest", "REQUEST is not a GenerateRequest"))

    def close(self) -> None:
        self._engine.close()
