"""Composition root of ingest: settings → build → serve."""

import asyncio
import sys

from chartline.record.codes import code_tables
from chartline.rpc.audit import AuditTrail
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.keys import read_secret
from chartline.rpc.paging import PageTokens
from chartline.rpc.server import Service, serve
from chartline.rpc.shards import Shards
from chartline.v1.ingest_service_pb2_grpc import add_IngestServiceServicer_to_server
from services.ingest.acknowledgements import Acknowledgements
from services.ingest.broker import Broker
from services.ingest.claims import Claims
from services.ingest.consumer import Consumer
from services.ingest.dead_letters import DeadLetters
from services.ingest.encoder_client import EncoderClient
from services.ingest.envelope import Formats
from services.ingest.kafka_connection import connection
from services.ingest.lanes import BackfillLane, LiveLane, paced
from services.ingest.letter_box import LetterBox
from services.ingest.mllp import listeners
from services.ingest.operator_servicer import Operations
from services.ingest.pipeline import Pipeline
from services.ingest.replay import Replayer
from services.ingest.servicer import IngestServicer
from services.ingest.settings import IngestSettings
from services.ingest.topic_reader import TopicReader


async def main(settings: IngestSettings) -> int:
    code_tables()
    secret = read_secret(settings.secret_file)
    shards = Shards(settings.encoders, settings)
    encoder = EncoderClient(shards, ServiceTokens(settings.service_key_file, settings.service))
    broker, reader = Broker(settings), TopicReader(connection(settings))
    letters, formats = DeadLetters(broker), Formats(settings.topic_formats)
    lane = LiveLane(encoder)
    claims = Claims(settings.claim_folder, settings.claim_largest_bytes, settings.claim_seconds)
    live = Pipeline(lane, letters, claims=claims)
    backfill = Pipeline(BackfillLane(encoder, lane), letters, claims=claims, sources=live.sources)
    consumer = Consumer(settings, settings.live, Acknowledgements(live.deliver, broker).deliver)
    answered = Acknowledgements(backfill.deliver, broker).deliver
    slow = Consumer(settings, settings.backfill, paced(answered, settings.backfill_records_per_second))
    box = LetterBox(reader, letters, broker)
    audit = AuditTrail(settings.audit_file, secret)
    operations = Operations(box, Replayer(backfill, box, reader, letters, formats), broker, PageTokens(secret), audit)
    servicer = IngestServicer(live, encoder, broker, consumer, operations)
    service = Service("chartline.v1.IngestService", add_IngestServiceServicer_to_server, servicer)
    doors = listeners(settings.mllp_listen, settings.mllp_tenant, secret, broker)
    work = [consumer.run, slow.run, *(door.run for door in doors)]
    return await serve(settings, [service], work=work, close=[shards.close, broker.close])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(IngestSettings())))
