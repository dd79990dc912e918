"""The gateway's way to Triton, and the only place that knows it: text after a patient's prefix, and predictions.

A patient's prefix is asked for by its digests. Triton answers `MissingBlocks` where it has not kept them; the content
is then fetched from the encoder and sent once. Requests about one patient go to one Triton (rendezvous hashing),
because that is where the prefix is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Protocol, TypeVar

import grpc
import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc import aio as triton
from tritonclient.utils import InferenceServerException

from chartline import errors
from chartline.llm_contract import (
    LLM_MODEL,
    PREDICTOR_MODEL,
    Chunk,
    Failed,
    Finished,
    GenerateRequest,
    MissingBlocks,
    PredictRequest,
    PredictResponse,
    Text,
    dump_request,
    load_chunk,
    load_predict_response,
)
from services.gateway.deadlines import time_left
from services.gateway.prefix import LoadContent, Prefix

T = TypeVar("T")

_CHANNEL = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    ("grpc.keepalive_time_ms", 30_000),
]
#: Errors a model raises on its own reach a stream with their status only under this header.
_HEADERS = {"triton_grpc_error": "true"}
_UNARY_SECONDS = 10.0
_FAILURES: dict[str, type[errors.ChartlineError]] = {
    "InvalidRequest": errors.InvalidRequest,
    "Exhausted": errors.Exhausted,
    "Unavailable": errors.Unavailable,
    "DeadlineExceeded": errors.DeadlineExceeded,
}


class LanguageModel(Protocol):
    """What planning, saying and prediction need of Triton."""

    def generate(
        self, request: GenerateRequest, prefix: Prefix, load_content: LoadContent
    ) -> AsyncGenerator[Text | Finished, None]: ...

    async def predict(self, request: PredictRequest, chart: bytes, patient: str) -> PredictResponse: ...


def rank(targets: Sequence[str], key: str) -> list[str]:
    """Targets by random weight, lowest first: losing one moves its own patients alone (Thaler, Ravishankar 1998)."""
    return sorted(targets, key=lambda target: hashlib.sha256(f"{target}\0{key}".encode()).digest())


class TritonClient:
    """Talks to one or more Triton servers; `*_seconds` bound how long one may be silent.

    A model's process may die under a live Triton and leave its streams hanging, so silence is a failure of its own.
    """

    def __init__(self, targets: Sequence[str], *, first_token_seconds: float, inter_token_seconds: float) -> None:
        self._clients = {target: triton.InferenceServerClient(target, channel_args=_CHANNEL) for target in targets}
        self._first_token_seconds = first_token_seconds
        self._inter_token_seconds = inter_token_seconds

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()

    def generate(
        self, request: GenerateRequest, prefix: Prefix, load_content: LoadContent
    ) -> AsyncGenerator[Text | Finished, None]:
        """Pieces of text, then Finished. Raises ChartlineError; closing the generator cancels the request on Triton."""
        key = f"{prefix.tenant}\0{prefix.patient}"
        return self._ask(key, lambda target: self._with_content(target, request, prefix, load_content))

    async def predict(self, request: PredictRequest, chart: bytes, patient: str) -> PredictResponse:
        """`chart` as the encoder gave it, empty where nothing is predicted. Raises ChartlineError."""
        async with aclosing(self._ask(patient, lambda target: self._predicted(target, request, chart))) as answers:
            return await anext(answers)

    async def _ask(self, key: str, ask: Callable[[str], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
        """What the Triton of the key says; another takes over where it is away before it said anything."""
        targets = rank(list(self._clients), key)
        for target in targets:
            begun = False
            try:
                async with aclosing(ask(target)) as said:
                    async for each in said:
                        begun = True
                        yield each
                return
            except errors.Unavailable:
                if begun or target == targets[-1]:
                    raise

    async def _with_content(
        self, target: str, request: GenerateRequest, prefix: Prefix, load_content: LoadContent
    ) -> AsyncGenerator[Text | Finished, None]:
        """Digests first; content when it is missed, and again when the chart or the cache moved meanwhile."""
        for _ in range(4):
            missing: MissingBlocks | None = None
            async with aclosing(self._stream(target, request, prefix)) as chunks:
                async for chunk in chunks:
                    if isinstance(chunk, Failed):
                        raise _FAILURES.get(chunk.error, errors.Unavailable)(chunk.message)
                    if isinstance(chunk, Finished) and chunk.reason == "deadline":
                        raise errors.DeadlineExceeded("The model did not answer in time")
                    if isinstance(chunk, MissingBlocks):
                        missing = chunk
                    else:
                        yield chunk
            if missing is None:
                return
            prefix = await load_content(missing.from_block)
        raise errors.Unavailable("The chart changes faster than the model reads it", reason="PREFIX_UNSTABLE")

    async def _stream(self, target: str, request: GenerateRequest, prefix: Prefix) -> AsyncGenerator[Chunk, None]:
        """The chunks of one request; the final one only when the stream has ended, because a stream that is cancelled
        right after its last response can hang Triton's shutdown."""
        seconds = time_left(request.deadline_seconds)
        inputs = _llm_inputs(replace(request, deadline_seconds=seconds), prefix)
        call = self._clients[target].stream_infer(_once(inputs), stream_timeout=seconds, headers=_HEADERS)
        final: Chunk | None = None
        ended = False
        silence = self._first_token_seconds
        try:
            while (chunk := await _next_chunk(call, silence)) is not None:
                silence = self._inter_token_seconds
                if isinstance(chunk, Text):
                    yield chunk
                else:
                    final = chunk
            ended = True
        finally:
            if not ended:
                call.cancel()
        if final is None:
            raise errors.Unavailable("The model's text broke off", reason="MODEL_BROKE_OFF")
        yield final

    async def _predicted(
        self, target: str, request: PredictRequest, chart: bytes
    ) -> AsyncGenerator[PredictResponse, None]:
        """One response."""
        inputs = [_strings("REQUEST", [dump_request(request)], 1), _strings("CHART", [chart], 1)]
        seconds = time_left(_UNARY_SECONDS)
        try:
            result = await self._clients[target].infer(PREDICTOR_MODEL, inputs, client_timeout=seconds)
        except InferenceServerException as error:
            raise _failure(error.status() or "") from error
        yield load_predict_response(result.as_numpy("RESPONSE").flat[0])


async def _next_chunk(call: Any, silence: float) -> Chunk | None:
    """None at the end of the stream. Raises ChartlineError, Unavailable after `silence` seconds without a word."""
    try:
        async with asyncio.timeout(silence):
            result, error = await anext(call)
    except StopAsyncIteration:
        return None
    except TimeoutError as stalled:
        raise errors.Unavailable("The model fell silent", reason="MODEL_SILENT") from stalled
    except grpc.aio.AioRpcError as failed:
        raise _failure(str(failed.code())) from failed
    if error is not None:
        raise errors.Unavailable("The model failed", reason="MODEL_FAILED") from error
    return load_chunk(result.as_numpy("CHUNK")[0])


def _failure(status: str) -> errors.ChartlineError:
    """Triton's status ("StatusCode.UNAVAILABLE") as an error of ours; its text may quote a prompt and stays behind."""
    if status == "StatusCode.DEADLINE_EXCEEDED":
        return errors.DeadlineExceeded("The model did not answer in time")
    if status == "StatusCode.RESOURCE_EXHAUSTED":
        return errors.Exhausted("The model is full; try later")
    if status == "StatusCode.INVALID_ARGUMENT":  # another Triton would say so, too
        return errors.ChartlineError("The model cannot read the request", reason="MODEL_REFUSED")
    return errors.Unavailable("The model is away; try later", reason="MODEL_AWAY")


async def _once(inputs: list[triton.InferInput]) -> AsyncIterator[dict[str, Any]]:
    yield {"model_name": LLM_MODEL, "inputs": inputs}


def _llm_inputs(request: GenerateRequest, prefix: Prefix) -> list[triton.InferInput]:
    """What is empty is left out: digests without a patient, content where the digests may do."""
    request = replace(request, content_from_block=prefix.content_from_block)
    inputs = [_strings("REQUEST", [dump_request(request)])]
    if prefix.digests:
        inputs.append(_strings("BLOCK_DIGESTS", prefix.digests))
        inputs.append(_numbers("BLOCK_EVENTS", np.array(prefix.block_events, np.int32), "INT32"))
    if len(prefix.event_embeddings):
        inputs.append(_numbers("EVENT_EMBEDDINGS", prefix.event_embeddings, "FP32"))
        inputs.append(_numbers("EVENT_CHANNELS", prefix.channels, "FP32"))
    return inputs


def _strings(name: str, values: Sequence[bytes], *batch: int) -> triton.InferInput:
    shape = [*batch, len(values)]
    tensor = triton.InferInput(name, shape, "BYTES")
    tensor.set_data_from_numpy(np.array(values, dtype=np.object_).reshape(shape))
    return tensor


def _numbers(name: str, values: NDArray[Any], data_type: str) -> triton.InferInput:
    tensor = triton.InferInput(name, list(values.shape), data_type)
    tensor.set_data_from_numpy(values)
    return tensor
