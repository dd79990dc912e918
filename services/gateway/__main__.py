"""Composition root of the gateway: settings → clients → stages → servicer → serve."""

import asyncio
import sys
from functools import partial

from chartline.rpc.audit import AuditTrail
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.keys import read_secret
from chartline.rpc.server import Service, serve
from chartline.rpc.shards import Shards
from chartline.v1.gateway_service_pb2_grpc import add_GatewayServiceServicer_to_server
from services.gateway.answering import Answering
from services.gateway.encoder_client import EncoderClient
from services.gateway.llm_client import TritonClient
from services.gateway.model_info import ModelCatalogue
from services.gateway.planning import Planner
from services.gateway.prediction import Predictor
from services.gateway.saying import Sayer
from services.gateway.servicer import GatewayServicer
from services.gateway.settings import GatewaySettings


async def run() -> int:
    """The exit code of the process."""
    settings = GatewaySettings()
    shards = Shards(settings.encoders, settings)
    model = TritonClient(
        settings.tritons,
        first_token_seconds=settings.first_token_seconds,
        inter_token_seconds=settings.inter_token_seconds,
    )
    encoder = EncoderClient(shards, ServiceTokens(settings.service_key_file, "gateway"))
    answering = Answering(encoder, model, Planner(settings.plan_seconds), Sayer(settings.say_seconds))
    trail = AuditTrail(settings.audit_file, read_secret(settings.secret_file))
    servicer = GatewayServicer(
        answering, Predictor(encoder, model), encoder, ModelCatalogue(model, settings.model_cards), trail
    )
    service = Service("chartline.v1.GatewayService", add_GatewayServiceServicer_to_server, servicer)
    return await serve(settings, [service], close=[shards.close, model.close, partial(asyncio.to_thread, trail.close)])


if __name__ == "__main__":
    sys.exit(asyncio.run(run()))
