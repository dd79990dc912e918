"""The dead letters of a tenant as they stand: the newest of each record, without those that were erased.

Each question reads the whole topic: it is small where parsers are right, and nothing beside Kafka can disagree with it.
"""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from google.protobuf.message import DecodeError

from chartline.errors import NotFound, Unfit
from chartline.v1.event_pb2 import CanonicalRecord
from chartline.v1.record_service_pb2 import Position
from services.ingest.dead_letters import DeadLetters
from services.ingest.incoming import backfill_topic, dead_letter_topic, raw_topic
from services.ingest.letters import DeadLetter, decode
from services.ingest.parsers.errors import UnreadableRecord
from services.ingest.parsers.hl7v2.decoding import decode as decode_hl7

#: A shorter value stands in many records by chance: it counts only as a whole identifier, as in Patient/12.
_SHORTEST_BARE_VALUE = 4
#: How gzip, xz, zstd and zip begin.
_PACKED = (b"\x1f\x8b", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")


class Reader(Protocol):
    def read(self, topic: str, since: float = 0.0, until: float = float("inf")) -> AsyncIterator[list[Any]]: ...
    async def one(self, place: Position) -> Any | None: ...


class Compacting(Protocol):
    async def compacts(self, topic: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters; what is empty or None does not narrow. Offsets are those of the records, both included."""

    ids: frozenset[str] = frozenset()
    reason: str = ""
    load_id: str = ""
    topic: str = ""
    partition: int | None = None
    first_offset: int | None = None
    last_offset: int | None = None
    replayed: bool = False

    def fits(self, letter: DeadLetter) -> bool:
        origin = letter.origin
        return (
            (not self.ids or letter.id in self.ids)
            and self.reason in ("", letter.reason)
            and self.load_id in ("", letter.load_id)
            and self.topic in ("", origin.topic)
            and self.partition in (None, origin.partition)
            and (self.first_offset is None or self.first_offset <= origin.offset)
            and (self.last_offset is None or origin.offset <= self.last_offset)
            and (self.replayed or not letter.replayed)
        )


@dataclass(frozen=True, slots=True)
class Erased:
    erased: int
    unreadable: int


class LetterBox:
    """Every method raises Unavailable when Kafka is away."""

    def __init__(self, reader: Reader, dead_letters: DeadLetters, topics: Compacting) -> None:
        self._reader = reader
        self._dead_letters = dead_letters
        self._topics = topics

    async def list(self, tenant: str, wanted: Wanted) -> Sequence[DeadLetter]:
        """Without content, in the order of their places. The topic decides the tenant of a letter as of a record: one
        that says it came from another tenant's is forged, and no replay may write into that tenant's charts."""
        origins = (raw_topic(tenant), backfill_topic(tenant))
        standing: dict[str, DeadLetter] = {}
        async for records in self._reader.read(dead_letter_topic(tenant)):
            for record in records:
                letter = decode(record)
                if record.value is None:
                    standing.pop((record.key or b"").decode("utf-8", "replace"), None)
                elif letter is not None and letter.origin.topic in origins:
                    standing[letter.id] = replace(letter, payload=b"")
        return sorted((each for each in standing.values() if wanted.fits(each)), key=_order)

    async def get(self, tenant: str, letter_id: str) -> DeadLetter:
        """With its content. Raises NotFound."""
        found = await self.list(tenant, Wanted(ids=frozenset({letter_id}), replayed=True))
        record = await self._reader.one(found[0].place) if found else None
        letter = decode(record) if record is not None else None
        if letter is None:
            raise NotFound("there is no dead letter of that id")
        return letter

    async def read(self, tenant: str, wanted: Wanted) -> AsyncIterator[Sequence[DeadLetter]]:
        """With their content, some at a time."""
        places = {_order(letter) for letter in await self.list(tenant, wanted)}
        if not places:
            return
        async for records in self._reader.read(dead_letter_topic(tenant)):
            letters = [decode(record) for record in records if (record.partition, record.offset) in places]
            if letters:
                yield [letter for letter in letters if letter is not None]

    async def erase(self, tenant: str, identifiers: Collection[str]) -> Erased:
        """Takes out what names the patient. Raises Unfit where Kafka would keep it all the same."""
        if not await self._topics.compacts(dead_letter_topic(tenant)):
            raise Unfit("the dead-letter topic is not compacted: set its cleanup.policy to compact,delete")
        erased = unreadable = 0
        async for letters in self.read(tenant, Wanted(replayed=True)):
            for letter in letters:
                if names(letter, identifiers):
                    await self._dead_letters.erase(tenant, letter.id)
                    erased += 1
                elif _opaque(letter):
                    unreadable += 1
        return Erased(erased, unreadable)


def names(letter: DeadLetter, identifiers: Collection[str]) -> bool:
    """Whether one of the identifiers stands in the content, whole and not as a part of a longer word or number."""
    patients = _patients(letter)
    if patients is not None:
        return any(each in patients for each in identifiers)
    content = _content(letter)
    words = {*identifiers, *(value for value in map(_value, identifiers) if len(value) >= _SHORTEST_BARE_VALUE)}
    return any(re.search(rb"(?<![\w.-])%b(?![\w.-])" % re.escape(word.encode()), content) for word in words)


def _patients(letter: DeadLetter) -> Collection[str] | None:
    """None for what is no CanonicalRecord, or a torn one."""
    if letter.source_format != "events":
        return None
    try:
        record = CanonicalRecord.FromString(letter.payload)
    except DecodeError:
        return None
    return {event.patient for event in record.events} | {name for link in record.links for name in link.identifiers}


def _content(letter: DeadLetter) -> bytes:
    """HL7 v2 in UTF-8, whatever two bytes a character it came in, if its parser can read it."""
    if letter.source_format != "hl7v2":
        return letter.payload
    try:
        return decode_hl7(letter.payload).encode("utf-8", "replace")
    except UnreadableRecord:
        return letter.payload


def _value(identifier: str) -> str:
    return identifier.rpartition("|")[2].removeprefix("Patient/")


def _opaque(letter: DeadLetter) -> bool:
    """Its content is elsewhere, in an envelope, packed, a torn CanonicalRecord, or no text in one byte a character."""
    if letter.too_large or letter.content_type or letter.payload.startswith(_PACKED):
        return True
    return _patients(letter) is None and (letter.source_format == "events" or b"\x00" in _content(letter))


def _order(letter: DeadLetter) -> tuple[int, int]:
    return letter.place.partition, letter.place.offset
