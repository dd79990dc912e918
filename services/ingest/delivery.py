"""Turns parsed records into what each shard of the encoder is sent; pure.

A record goes to the shards that own its patients. Definitions, links and deletions name no patient whose shard could be
known, so every shard gets them. One shard counts the record, the same one however often it is
delivered; the others keep their part in silence.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from chartline.record.event import CanonicalRecord, Event
from chartline.record.kinds import EventKind
from chartline.rpc.messages import record_to_message
from chartline.v1.record_service_pb2 import DeliveredRecord
from services.ingest.incoming import LONGEST_LOAD_ID, Incoming, is_load_id
from services.ingest.parsers import parse
from services.ingest.tombstones import read_tombstone

#: Limits of one AppendEvents, below those of the contract (4,096 records) and of a message (64 MiB).
MOST_RECORDS = 2000
MOST_BYTES = 32 << 20

Owner = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Part:
    """What one shard is sent of the record at `index` of the batch; `bytes` is its size on the wire."""

    index: int
    message: DeliveredRecord
    size: int


def read(incoming: Incoming) -> CanonicalRecord:
    if incoming.refused:
        return CanonicalRecord("", unreadable_reason=incoming.refused)
    if not is_load_id(incoming.load_id):
        reason = f"a load id of more than {LONGEST_LOAD_ID} characters, or with a NUL character"
        return CanonicalRecord("", unreadable_reason=reason)
    if incoming.payload is None:
        return read_tombstone(incoming)
    return parse(incoming.source_format, incoming.payload)


def split(
    index: int, incoming: Incoming, record: CanonicalRecord, owner: Owner, shards: int
) -> Iterator[tuple[int, Part]]:
    """The parts of a record with the number of the shard each is for."""
    events: dict[int, list[Event]] = defaultdict(list)
    for event in record.events:
        events[owner(incoming.tenant, event.patient)].append(event)
    place = index if incoming.position is None else incoming.position.offset
    counting = next(iter(events), place % shards)
    everywhere = _concerns_all_shards(record)
    for shard in range(shards):
        if shard in events or shard == counting or everywhere:
            kept = replace(record, events=tuple(events.get(shard, ())))
            yield shard, part(index, incoming, kept, counted=shard == counting)


def _concerns_all_shards(record: CanonicalRecord) -> bool:
    """A deletion names no patient; a patient's own record, or one without events, may take links or facts back."""
    if record.definitions or record.links or any(version.deleted for version in record.versions):
        return True
    own = not record.events or any(event.kind is EventKind.PATIENT for event in record.events)
    return own and bool(record.versions)


def part(index: int, incoming: Incoming, record: CanonicalRecord, *, counted: bool) -> Part:
    """A dead letter that is read again counts at its own place, and no longer under the reason it was buried for.

    What was refused for its load id counts under none: the encoder would refuse the count as well.
    """
    letter = incoming.letter
    message = DeliveredRecord(
        record=record_to_message(record),
        position=letter.place if letter else incoming.position,
        load_id=incoming.load_id if is_load_id(incoming.load_id) else "",
        counted=counted,
        buried_reason=letter.reason if letter else "",
    )
    return Part(index, message, message.ByteSize())


def chunks(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Cuts what a shard is sent into requests of bounded number and size; one large part makes a request alone."""
    chunk: list[Part] = []
    size = 0
    for each in parts:
        if chunk and (len(chunk) == MOST_RECORDS or size + each.size > MOST_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(each)
        size += each.size
    if chunk:
        yield chunk
