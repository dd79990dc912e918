"""Random bytes and random metadata to every rpc: the caller's mistake each time, never UNKNOWN or INTERNAL."""

import asyncio
import contextlib
import random

import grpc
import grpc.aio
from rpc_parts import Mint, gateway_service, started

from chartline.rpc.methods import RULES
from chartline.rpc.server import Service
from chartline.settings import ServiceSettings
from chartline.v1 import (
    encoder_service_pb2_grpc,
    gateway_service_pb2_grpc,
    ingest_service_pb2_grpc,
    record_service_pb2_grpc,
)

ALL = [
    ("GatewayService", gateway_service_pb2_grpc),
    ("IngestService", ingest_service_pb2_grpc),
    ("RecordService", record_service_pb2_grpc),
    ("EncoderService", encoder_service_pb2_grpc),
]
STANDARD = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"]
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
ALLOWED = {
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.UNIMPLEMENTED,  # the bytes happened to be a message, and these servicers do nothing
    grpc.StatusCode.NOT_FOUND,  # health: no such service
}


async def status_of(call: grpc.aio.Call) -> grpc.StatusCode:
    code = await call.code()
    return grpc.StatusCode(code)


def random_bytes(seed: int) -> bytes:
    source = random.Random(seed)
    if seed % 3 == 0:  # a plausible head, a broken rest
        return bytes([source.choice([8, 10, 18, 26]), source.randrange(1, 128)]) + source.randbytes(
            source.randrange(40)
        )
    return source.randbytes(source.randrange(1, 200))


async def test_random_bytes_to_every_rpc(settings: ServiceSettings, mint: Mint) -> None:
    services = []
    for name, module in ALL:
        servicer = getattr(module, f"{name}Servicer")()
        services.append(Service(f"chartline.v1.{name}", getattr(module, f"add_{name}Servicer_to_server"), servicer))
    token = mint(scopes="read ask predict ingest internal operator")
    seen: dict[grpc.StatusCode, int] = {}
    async with started(settings, *services) as server, grpc.aio.insecure_channel(server.address) as channel:
        for method in [*RULES, *STANDARD, REFLECTION]:
            for seed in range(40):
                code = await fuzz(channel, method, random_bytes(seed), token)
                seen[code] = seen.get(code, 0) + 1
                assert code in ALLOWED or method == REFLECTION, f"{method} seed {seed}: {code}"
                assert code not in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL), f"{method} seed {seed}"
    assert seen[grpc.StatusCode.INVALID_ARGUMENT] > 500


async def fuzz(
    channel: grpc.aio.Channel, method: str, data: bytes, token: tuple[tuple[str, str], ...]
) -> grpc.StatusCode:
    if method == REFLECTION:
        call = channel.stream_stream(method)(iter([data]), metadata=token)
    else:
        call = channel.unary_stream(method)(data, metadata=token)  # reads unary answers too
    if method.endswith("/Watch"):
        with contextlib.suppress(grpc.aio.AioRpcError):
            await call.read()
            call.cancel()
    return await asyncio.wait_for(status_of(call), 5)


async def test_an_unknown_rpc_is_unimplemented(settings: ServiceSettings) -> None:
    async with started(settings) as server, grpc.aio.insecure_channel(server.address) as channel:
        for method in ("/a/b", "/chartline.v1.GatewayService/Nothing", "/x"):
            call = channel.unary_unary(method)(b"")
            assert await call.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_random_metadata_never_breaks_the_boundary(settings: ServiceSettings) -> None:
    service = gateway_service(gateway_service_pb2_grpc.GatewayServiceServicer())
    source = random.Random(1)
    async with started(settings, service) as server, grpc.aio.insecure_channel(server.address) as channel:
        for _ in range(200):
            value = "".join(chr(source.randrange(32, 127)) for _ in range(source.randrange(60)))
            metadata = (("authorization", value), ("x-request-id", value), ("x-bin", source.randbytes(9)))
            call = channel.unary_unary("/chartline.v1.GatewayService/ListPatients")(b"", metadata=metadata)
            assert await call.code() is grpc.StatusCode.UNAUTHENTICATED
