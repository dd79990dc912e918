"""The parts of a gateway test and what every answer stream must keep to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc.aio
from gateway_fake_encoder import PATIENT, TENANT, FakeEncoder
from gateway_fake_model import FakeModel
from gateway_fake_triton import FakeTriton

from chartline.errors import Unavailable
from chartline.rpc.audit import AuditTrail
from chartline.rpc.auth import ServiceTokens, mint_token
from chartline.rpc.keys import KeyFiles, read_secret
from chartline.rpc.server import Server, Service
from chartline.rpc.shards import Shards
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1.encoder_service_pb2_grpc import add_EncoderServiceServicer_to_server
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceStub, add_GatewayServiceServicer_to_server
from chartline.v1.record_service_pb2_grpc import add_RecordServiceServicer_to_server
from services.gateway.answering import Answering
from services.gateway.encoder_client import EncoderClient
from services.gateway.llm_client import LanguageModel
from services.gateway.model_info import ModelCatalogue
from services.gateway.planning import Planner
from services.gateway.prediction import Predictor
from services.gateway.saying import Sayer
from services.gateway.servicer import GatewayServicer
from services.gateway.settings import GatewaySettings


class Trail(AuditTrail):
    """An audit trail whose disk may be full, and that tells when something was recorded."""

    def __init__(self, file: Path, secret: bytes) -> None:
        super().__init__(file, secret)
        self.full = False
        self.recorded = asyncio.Event()

    def record(self, **entry: Any) -> None:
        if self.full:
            raise Unavailable("the read cannot be audited now", reason="AUDIT_AWAY")
        super().record(**entry)
        self.recorded.set()


@dataclass(kw_only=True)
class Caller:
    """A client of the real server, and the encoder behind it."""

    stub: Any
    stub_channel: grpc.aio.Channel
    encoder: FakeEncoder
    keys: KeyFiles
    encoder_server: Server
    audit_file: Path
    trail: Trail

    def metadata(self, tenant: str = TENANT, scopes: str = "read ask predict", subject: str = "vendor") -> Any:
        token = mint_token(
            self.keys.issuer_key_file, tenant=tenant, scopes=scopes.split(), subject=subject, issuer="test"
        )
        return (("authorization", f"Bearer {token}"),)

    def begin(
        self, question: str = "What was the last creatinine?", *, seconds: float = 10, tenant: str = TENANT, **rest: Any
    ) -> Any:
        """A running call."""
        request = pb.AnswerQuestionRequest(**{"patient": PATIENT, "question": question, **rest})
        return self.stub.AnswerQuestion(request, timeout=seconds, metadata=self.metadata(tenant))

    async def ask(self, *question: str, **rest: Any) -> list[pb.AnswerQuestionResponse]:
        return [message async for message in self.begin(*question, **rest)]

    async def final(self, question: str = "What was the last creatinine?", **rest: Any) -> pb.FinalAnswer:
        messages = await self.ask(question, **rest)
        check_stream(messages)
        return messages[-1].final


@dataclass(kw_only=True)
class Gateway(Caller):
    model: FakeModel


@dataclass(kw_only=True)
class TritonGateway(Caller):
    triton: FakeTriton
    triton_server: grpc.aio.Server


def check_stream(messages: list[pb.AnswerQuestionResponse]) -> None:
    """The order the contract promises, and exactly one final message."""
    assert [m.sequence for m in messages] == list(range(len(messages)))
    forms = [m.WhichOneof("message") for m in messages]
    assert forms[0] == "summary"
    assert forms[-1] == "final"
    assert forms.count("summary") == forms.count("final") == 1
    final = messages[-1].final
    if final.status != pb.ANSWER_STATUS_UNAVAILABLE:
        assert "".join(m.text for m in messages) == final.text
        assert [m.citation for m in messages if m.HasField("citation")] == list(final.citations)


@asynccontextmanager
async def running_gateway(
    keys: KeyFiles, model: LanguageModel, audit_file: Path, *others: FakeEncoder
) -> AsyncIterator[dict[str, Any]]:
    """The whole gateway as its composition root builds it, on free ports; `others` are further shards."""
    encoder = FakeEncoder()
    settings = GatewaySettings(
        encoders=("unused",),
        tritons=("unused",),
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        secret_file=keys.secret_file,
        audit_file=audit_file,
        drain_seconds=0,
    )
    async with AsyncExitStack() as life:
        encoder_server, *further = [await _started(life, _encoder_server(settings, e)) for e in (encoder, *others)]
        shards = Shards([server.address for server in (encoder_server, *further)], settings)
        life.push_async_callback(shards.close)
        client = EncoderClient(shards, ServiceTokens(keys.service_key_file, "gateway"))
        trail = Trail(audit_file, read_secret(keys.secret_file))
        life.callback(trail.close)
        answering = Answering(client, model, Planner(5.0), Sayer(5.0))
        servicer = GatewayServicer(answering, Predictor(client, model), client, ModelCatalogue(model, {}), trail)
        service = Service("chartline.v1.GatewayService", add_GatewayServiceServicer_to_server, servicer)
        server = await _started(life, Server(settings, [service]))
        channel = await life.enter_async_context(grpc.aio.insecure_channel(server.address))
        yield {
            "stub": GatewayServiceStub(channel),
            "stub_channel": channel,
            "encoder": encoder,
            "keys": keys,
            "encoder_server": encoder_server,
            "audit_file": audit_file,
            "trail": trail,
        }


def _encoder_server(settings: GatewaySettings, encoder: FakeEncoder) -> Server:
    services = [
        Service("chartline.v1.EncoderService", add_EncoderServiceServicer_to_server, encoder),
        Service("chartline.v1.RecordService", add_RecordServiceServicer_to_server, encoder),
    ]
    return Server(settings, services)


async def _started(life: AsyncExitStack, server: Server) -> Server:
    await server.start()
    life.push_async_callback(server.stop)
    return server
