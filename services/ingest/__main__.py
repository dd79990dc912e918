"""Composition root of ingest: settings → build → serve."""

import asyncio
import sys

from chartline.record.codes import code_tables
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.keys import derive_key, read_secret
from chartline.rpc.server import Service, serve
from chartline.rpc.shards import Shards
from chartline.v1.ingest_service_pb2_grpc import add_IngestServiceServicer_to_server
from services.ingest.acknowledgements import Acknowledgements
from services.ingest.consumer import Broker, Consumer
from services.ingest.dead_letters import DeadLetters
from services.ingest.encoder_client import EncoderClient
from services.ingest.mllp import MllpListener
from services.ingest.pipeline import Pipeline
from services.ingest.servicer import IngestServicer
from services.ingest.settings import IngestSettings


async def main(settings: IngestSettings) -> int:
    code_tables()
    shards = Shards(settings.encoders, settings)
    encoder = EncoderClient(shards, ServiceTokens(settings.service_key_file, settings.service))
    broker = Broker(settings)
    pipeline = Pipeline(encoder, DeadLetters(broker))
    consumer = Consumer(settings, Acknowledgements(pipeline.deliver, broker).deliver)
    servicer = IngestServicer(pipeline, encoder, broker, consumer)
    service = Service("chartline.v1.IngestService", add_IngestServiceServicer_to_server, servicer)
    work = [consumer.run, *(listener.run for listener in _listeners(settings, broker))]
    return await serve(settings, [service], work=work, close=[shards.close, broker.close])


def _listeners(settings: IngestSettings, broker: Broker) -> list[MllpListener]:
    if not settings.mllp_listen:
        return []
    key = derive_key(read_secret(settings.secret_file), "kafka-key", settings.mllp_tenant)
    return [MllpListener(settings.mllp_listen, settings.mllp_tenant, key, broker)]


if __name__ == "__main__":
    sys.exit(asyncio.run(main(IngestSettings())))
