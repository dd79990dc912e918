"""IngestService: protobuf in, one call of the pipeline or of the counters, protobuf out."""

from typing import Protocol

from grpc.aio import ServicerContext

from chartline.errors import InvalidRequest
from chartline.rpc.auth import current_caller
from chartline.rpc.context import remaining_seconds
from chartline.v1 import ingest_service_pb2 as pb
from chartline.v1.record_service_pb2 import GetRecordCountsResponse
from services.ingest.incoming import LONGEST_LOAD_ID, Incoming, is_load_id
from services.ingest.operator_servicer import Operations, OperatorServicer
from services.ingest.pipeline import Pipeline

MOST_RECORDS = 1000
LARGEST_PAYLOAD = 4 << 20


class Counter(Protocol):
    async def counts(self, tenant: str, load_id: str, actor: str, seconds: float) -> GetRecordCountsResponse: ...


class LagMeter(Protocol):
    async def lag(self, tenant: str) -> int: ...
    async def backfill_lag(self, tenant: str) -> int: ...


class Assigned(Protocol):
    assigned: int


class IngestServicer(OperatorServicer):
    def __init__(
        self, pipeline: Pipeline, counter: Counter, broker: LagMeter, consumer: Assigned, operations: Operations
    ) -> None:
        super().__init__(operations)
        self._pipeline = pipeline
        self._counter = counter
        self._broker = broker
        self._consumer = consumer

    async def GetIngestStatus(
        self, request: pb.GetIngestStatusRequest, context: ServicerContext[object, object]
    ) -> pb.GetIngestStatusResponse:
        caller = current_caller()
        counts = await self._counter.counts(caller.tenant, request.load_id, caller.person, remaining_seconds())
        return pb.GetIngestStatusResponse(
            counts=counts,
            lag=await self._broker.lag(caller.tenant),
            backfill_lag=await self._broker.backfill_lag(caller.tenant),
            assigned_partitions=self._consumer.assigned,
            sources=[
                pb.SourceCounts(format=key[0], source=key[1], outcomes=found.outcomes, reasons=found.reasons)
                for key, found in sorted(self._pipeline.sources.of(caller.tenant).items())
            ],
        )

    async def SubmitRecords(
        self, request: pb.SubmitRecordsRequest, context: ServicerContext[object, object]
    ) -> pb.SubmitRecordsResponse:
        _check(request)
        caller = current_caller()
        incoming = [Incoming(caller.tenant, r.format, r.payload, request.load_id) for r in request.records]
        outcomes = await self._pipeline.deliver(incoming, actor=caller.person, patience=remaining_seconds())
        return pb.SubmitRecordsResponse(
            records=[pb.SubmittedRecord(outcome=o.value, reason=o.reason) for o in outcomes]
        )


def _check(request: pb.SubmitRecordsRequest) -> None:
    if len(request.records) > MOST_RECORDS:
        raise InvalidRequest(f"more than {MOST_RECORDS} records", field="records")
    if not is_load_id(request.load_id):
        reason = f"longer than {LONGEST_LOAD_ID} characters, or holds a NUL character"
        raise InvalidRequest(reason, field="load_id")
    for number, record in enumerate(request.records):
        if len(record.payload) > LARGEST_PAYLOAD:
            raise InvalidRequest("a payload of more than 4 MiB", field=f"records[{number}].payload")
