"""The encoder's record as ingest calls it: append to a shard, count over all of them."""

import asyncio
from collections.abc import Sequence

from chartline.errors import InvalidRequest
from chartline.rpc.auth import ServiceTokens
from chartline.rpc.shards import Shards
from chartline.rpc.statuses import calling
from chartline.v1.record_service_pb2 import (
    AppendEventsRequest,
    DeliveredRecord,
    GetRecordCountsRequest,
    GetRecordCountsResponse,
    RecordOutcome,
)
from chartline.v1.record_service_pb2_grpc import RecordServiceStub

#: An append that takes longer is given up and sent again.
APPEND_SECONDS = 60.0


class EncoderClient:
    """Errors are those of `chartline.errors`, as `rpc.statuses.calling` names them."""

    def __init__(self, shards: Shards, tokens: ServiceTokens) -> None:
        self._shards = shards
        self._tokens = tokens
        self._stubs = [RecordServiceStub(channel) for channel in shards.channels]

    @property
    def shards(self) -> int:
        return len(self._stubs)

    def owner(self, tenant: str, patient: str) -> int:
        return self._shards.index(tenant, patient)

    async def append(
        self, tenant: str, shard: int, records: Sequence[DeliveredRecord], actor: str = ""
    ) -> list[RecordOutcome.ValueType]:
        """One outcome a record, in order; they are durable when it returns. Raises InvalidRequest for what fits no
        message: time will not heal it."""
        request = AppendEventsRequest(records=records)
        if request.ByteSize() > self._shards.largest_message:
            raise InvalidRequest(f"larger than {self._shards.largest_message} bytes", field="records")
        with calling("encoder"):
            response = await self._stubs[shard].AppendEvents(
                request,
                metadata=self._tokens.metadata(tenant, actor),
                timeout=APPEND_SECONDS,
            )
        return list(response.outcomes)

    async def counts(self, tenant: str, load_id: str, actor: str, seconds: float) -> GetRecordCountsResponse:
        """The counts of all shards, added up."""
        request = GetRecordCountsRequest(load_id=load_id)
        metadata = self._tokens.metadata(tenant, actor)
        with calling("encoder"):
            found = await asyncio.gather(
                *(stub.GetRecordCounts(request, metadata=metadata, timeout=seconds) for stub in self._stubs)
            )
        return _added_up(found)


def _added_up(counts: Sequence[GetRecordCountsResponse]) -> GetRecordCountsResponse:
    total = GetRecordCountsResponse()
    for each in counts:
        for field, value in each.ListFields():
            if field.message_type is None:
                setattr(total, field.name, getattr(total, field.name) + value)
            else:
                numbers = getattr(total, field.name)
                for name, number in value.items():
                    numbers[name] += number
    for reason in [reason for reason, number in total.reasons.items() if not number]:
        del total.reasons[reason]  # all of its dead letters were replayed
    return total
