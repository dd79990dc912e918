"""The two services over a real channel, with tokens of the tenant that a test acts for."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio

from chartline.record.event import CanonicalRecord, Event
from chartline.rpc.auth import mint_token
from chartline.rpc.keys import KeyFiles, read_secret
from chartline.rpc.messages import record_to_message
from chartline.rpc.paging import PageTokens
from chartline.rpc.server import Server
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from chartline.v1 import encoder_service_pb2_grpc, record_service_pb2_grpc
from chartline.v1 import record_service_pb2 as record_pb2
from services.encoder.servicer import services_of
from services.encoder.settings import EncoderSettings
from services.encoder.shard import LoadingShard


class Client:
    """Both stubs; every call takes the tenant it is made for."""

    def __init__(self, channel: grpc.aio.Channel, keys: KeyFiles) -> None:
        self._record: Any = record_service_pb2_grpc.RecordServiceStub(channel)
        self._encoder: Any = encoder_service_pb2_grpc.EncoderServiceStub(channel)
        self._key_file = keys.service_key_file

    def metadata(self, tenant: str, scope: str = "internal") -> tuple[tuple[str, str], ...]:
        token = mint_token(self._key_file, tenant=tenant, scopes=[scope], subject="gateway")
        return (("authorization", f"Bearer {token}"),)

    async def call(self, request: Any, tenant: str = "t", scope: str = "internal", wait: bool = False) -> Any:
        name = type(request).__name__.removesuffix("Request")
        stub = self._encoder if hasattr(encoder_pb2, type(request).__name__) else self._record
        metadata = self.metadata(tenant, scope)
        return await getattr(stub, name)(request, metadata=metadata, timeout=30, wait_for_ready=wait)

    async def append(self, *contents: Event | CanonicalRecord, tenant: str = "t", load: str = "") -> list[int]:
        response = await self.call(append_request(contents, load), tenant)
        return list(response.outcomes)


def append_request(contents: Sequence[Event | CanonicalRecord], load: str = "") -> record_pb2.AppendEventsRequest:
    records = [CanonicalRecord("r", (c,)) if isinstance(c, Event) else c for c in contents]
    messages = [record_pb2.DeliveredRecord(record=record_to_message(r), load_id=load, counted=True) for r in records]
    return record_pb2.AppendEventsRequest(records=messages)


@asynccontextmanager
async def serving(settings: EncoderSettings, shard: LoadingShard, keys: KeyFiles) -> AsyncIterator[Client]:
    server = Server(settings, services_of(shard, PageTokens(read_secret(keys.secret_file))))
    await server.start()
    server.set_ready()
    try:
        async with grpc.aio.insecure_channel(server.address) as channel:
            yield Client(channel, keys)
    finally:
        await server.stop()
