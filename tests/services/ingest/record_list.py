"""A real RecordService over gRPC whose store is a list."""

import asyncio
from contextlib import asynccontextmanager

from chartline.rpc.auth import current_caller
from chartline.rpc.server import Server, Service
from chartline.v1 import record_service_pb2 as record_pb
from chartline.v1.record_service_pb2_grpc import RecordServiceServicer


class ListRecord(RecordServiceServicer):
    def __init__(self):
        self.kept = []
        self.callers = []
        self.changed = asyncio.Condition()

    async def AppendEvents(self, request, context):
        self.callers.append(current_caller())
        async with self.changed:
            self.kept += request.records
            self.changed.notify_all()
        return record_pb.AppendEventsResponse(outcomes=[record_pb.RECORD_OUTCOME_INDEXED] * len(request.records))

    async def received(self, different):
        """Until records of so many places in Kafka were kept; what was not committed may come twice."""
        async with self.changed:
            await self.changed.wait_for(lambda: len(self.places()) >= different)

    def places(self):
        return {(r.position.topic, r.position.partition, r.position.offset) for r in self.kept}

    async def GetRecordCounts(self, request, context):
        return record_pb.GetRecordCountsResponse(
            indexed=len(self.kept), reasons={"no patient": 1}, leftovers={"OBX": 2}
        )


@asynccontextmanager
async def served(settings, name, register, servicer):
    server = Server(settings, [Service(f"chartline.v1.{name}", register, servicer)])
    await server.start()
    server.set_ready()
    try:
        yield server.address
    finally:
        await server.stop()
