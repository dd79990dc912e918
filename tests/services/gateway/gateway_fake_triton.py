"""A Triton server for tests: the real KServe protocol on a real port, with a script in the place of the model."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import grpc
import grpc.aio
from tritonclient.grpc import service_pb2, service_pb2_grpc

from chartline.llm_contract import (
    Chunk,
    Finished,
    GenerateRequest,
    MissingBlocks,
    PredictRequest,
    PredictResponse,
    Text,
    dump_chunk,
    dump_predict_response,
    load_generate_request,
    load_predict_request,
)

FINISHED = Finished("stop", 64, 0, 10, 5, {"chartline_llm": "test-1"})


@dataclass(frozen=True)
class Received:
    """One request as the model would see it."""

    request: GenerateRequest
    digests: tuple[bytes, ...]
    shapes: dict[str, tuple[int, ...]]
    headers: dict[str, str]

    @property
    def rows(self) -> int:
        """Events whose content came along."""
        return self.shapes.get("EVENT_EMBEDDINGS", (0,))[0]


@dataclass(frozen=True)
class Stall:
    """Says nothing any more, as the streams of a model whose process died."""


@dataclass(frozen=True)
class Fail:
    code: grpc.StatusCode


Script = Callable[[Received], list[Chunk | Stall | Fail]]


def say(*pieces: str) -> list[Chunk | Stall | Fail]:
    return [*(Text(piece) for piece in pieces), FINISHED]


@dataclass
class FakeTriton(service_pb2_grpc.GRPCInferenceServiceServicer):
    """`script` decides what a request is answered; `kept` digests are not asked for."""

    script: Script = lambda received: say("ok")
    predict: Callable[[PredictRequest], PredictResponse] = lambda request: PredictResponse((), ())
    chart: bytes = b""
    requires_blocks: bool = False
    received: list[Received] = field(default_factory=list)
    kept: set[bytes] = field(default_factory=set)
    cancelled: int = 0
    running: int = 0
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ModelStreamInfer(
        self,
        request_iterator: AsyncIterator[service_pb2.ModelInferRequest],
        context: grpc.aio.ServicerContext,
    ) -> None:
        self.running += 1
        self.ended.clear()
        try:
            async for message in request_iterator:
                received = _received(message, context)
                self.received.append(received)
                for chunk in self._answer(received):
                    await self._send(chunk, context)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
            self.ended.set()

    def _answer(self, received: Received) -> list[Chunk | Stall | Fail]:
        known = 0
        while known < len(received.digests) and received.digests[known] in self.kept:
            known += 1
        if self.requires_blocks and received.request.content_from_block > known:
            return [MissingBlocks(known)]
        self.kept.update(received.digests)
        return self.script(received)

    async def _send(self, chunk: Chunk | Stall | Fail, context: grpc.aio.ServicerContext) -> None:
        if isinstance(chunk, Stall):
            self.stalled.set()
            await asyncio.Event().wait()
        if isinstance(chunk, Fail):
            await context.abort(chunk.code, "creatinine 9.9 of Jane Doe")
        assert not isinstance(chunk, Stall | Fail)
        response = service_pb2.ModelStreamInferResponse()
        _set_bytes(response.infer_response, "CHUNK", dump_chunk(chunk))
        await context.write(response)

    async def ModelInfer(
        self, request: service_pb2.ModelInferRequest, context: grpc.aio.ServicerContext
    ) -> service_pb2.ModelInferResponse:
        asked, self.chart = (_strings(content)[0] for content in request.raw_input_contents)
        answer = self.predict(load_predict_request(asked))
        response = service_pb2.ModelInferResponse(model_name=request.model_name)
        _set_bytes(response, "RESPONSE", dump_predict_response(answer))
        return response


def _strings(data: bytes) -> list[bytes]:
    values, at = [], 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        values.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return values


def _set_bytes(response: service_pb2.ModelInferResponse, name: str, value: bytes) -> None:
    response.outputs.add(name=name, datatype="BYTES", shape=[1])
    response.raw_output_contents.append(struct.pack("<I", len(value)) + value)


def _received(message: service_pb2.ModelInferRequest, context: grpc.aio.ServicerContext) -> Received:
    contents = {
        tensor.name: content for tensor, content in zip(message.inputs, message.raw_input_contents, strict=True)
    }
    return Received(
        load_generate_request(_strings(contents["REQUEST"])[0]),
        tuple(_strings(contents.get("BLOCK_DIGESTS", b""))),
        {tensor.name: tuple(tensor.shape) for tensor in message.inputs},
        {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)},
    )


async def start(triton: FakeTriton) -> tuple[grpc.aio.Server, str]:
    """The server and its address."""
    server = grpc.aio.server()
    service_pb2_grpc.add_GRPCInferenceServiceServicer_to_server(triton, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    return server, f"127.0.0.1:{port}"
