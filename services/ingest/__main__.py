"""Composition root of ingest: settings → build → serve."""

import asyncio
import sys

from chartline.record.codes import code_tables
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.server import Service, serve
from chartline.rpc.shards import Shards
from chartline.v1.ingest_service_pb2_grpc import add_IngestServiceServicer_to_server
from services.ingest.consumer import Broker, Consumer
from services.ingest.dead_letters import DeadLetters
from services.ingest.encoder_client import EncoderClient
from services.ingest.pipeline import Pipeline
from services.ingest.servicer import IngestServicer
from services.ingest.settings import IngestSettings


async def main(settings: IngestSettings) -> int:
    code_tables()
    shards = Shards(settings.encoders, settings)
    encoder = EncoderClient(shards, ServiceTokens(settings.service_key_file, settings.service))
    broker = Broker(settings)
    pipeline = Pipeline(encoder, DeadLetters(broker))
    consumer = Consumer(settings, pipeline.deliver)
    servicer = IngestServicer(pipeline, encoder, broker, consumer)
    service = Service("chartline.v1.IngestService", add_IngestServiceServicer_to_server, servicer)
    return await serve(settings, [service], work=[consumer.run], close=[shards.close, broker.close])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(IngestSettings())))
