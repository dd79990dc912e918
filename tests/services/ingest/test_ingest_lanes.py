"""Live records go first: a backfill appends in their pauses, at its rate, and last after a full encoder."""

import asyncio

import pytest
from ingest_fakes import FakeEncoder

from chartline.errors import Exhausted
from chartline.v1.event_pb2 import CanonicalRecord
from chartline.v1.record_service_pb2 import DeliveredRecord
from services.ingest.incoming import Incoming
from services.ingest.lanes import BackfillLane, LiveLane, paced


def records(name, number=1):
    return [DeliveredRecord(record=CanonicalRecord(record_id=name), counted=True)] * number


def order(encoder):
    return [delivered.record.record_id for delivered in encoder.counted()]


class Steps(FakeEncoder):
    """Answers one request for each `let`."""

    def __init__(self):
        super().__init__()
        self.turns = asyncio.Semaphore(0)

    async def append(self, tenant, shard, records, actor=""):
        await self.turns.acquire()
        return await super().append(tenant, shard, records, actor)

    def let(self, number=1):
        for _ in range(number):
            self.turns.release()


async def settled():
    """Everything that can go on without the encoder has done so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_backfill_waits_for_the_live_records_that_are_under_way():
    encoder = Steps()
    live = LiveLane(encoder)
    backfill = BackfillLane(encoder, live)
    sent = [asyncio.create_task(live.append("t", 0, records("live"))) for _ in range(3)]
    await settled()
    late = asyncio.create_task(backfill.append("t", 0, records("old")))
    await settled()
    encoder.let(2)
    await settled()
    assert order(encoder) == ["live", "live"]
    encoder.let(2)
    await asyncio.gather(*sent, late)
    assert order(encoder) == ["live", "live", "live", "old"]


async def test_a_live_record_waits_for_one_append_of_the_backfill_at_most():
    encoder = Steps()
    live = LiveLane(encoder)
    backfill = BackfillLane(encoder, live)
    old = [asyncio.create_task(backfill.append("t", 0, records(f"old {n}"))) for n in range(5)]
    await settled()
    new = asyncio.create_task(live.append("t", 0, records("live")))
    await settled()
    encoder.let(6)
    await asyncio.gather(*old, new)
    assert order(encoder).index("live") <= 1


@pytest.mark.parametrize("full", ["live", "backfill"])
async def test_after_a_full_encoder_the_backfill_rests_and_live_records_do_not(full):
    class Full(FakeEncoder):
        async def append(self, tenant, shard, records, actor=""):
            if not self.requests and not self.waits:
                self.waits = 1
                raise Exhausted("the embedding queue is full", retry_after=0.05)
            return await super().append(tenant, shard, records, actor)

    encoder = Full()
    live = LiveLane(encoder)
    backfill = BackfillLane(encoder, live)
    with pytest.raises(Exhausted):
        await (live if full == "live" else backfill).append("t", 0, records("first"))
    late = asyncio.create_task(backfill.append("t", 0, records("old")))
    await settled()
    await live.append("t", 0, records("live"))
    await late
    assert order(encoder) == ["live", "old"]


async def test_a_rate_is_kept_over_batches():
    """Time is the event loop's own: sleeping is noted, not done."""
    slept = []
    delivered = []

    async def deliver(incoming):
        delivered.append(len(incoming))

    async def sleep(seconds):
        slept.append(seconds)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.ingest.lanes.asyncio.sleep", sleep)
        patch.setattr("services.ingest.lanes.time.monotonic", lambda: 100.0)
        slow = paced(deliver, 50.0)
        for _ in range(4):
            await slow([Incoming("t", "fhir", b"")] * 100)
        await paced(deliver, 0.0)([Incoming("t", "fhir", b"")] * 100)
    assert slept == [0.0, 2.0, 4.0, 6.0]
    assert delivered == [100] * 5
