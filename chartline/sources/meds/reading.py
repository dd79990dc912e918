"""MEDS rows become canonical records: one a row, subject by subject.

A stay, a drug or an infusion that MEDS tells as two rows, its beginning and its end, is one event that is learnt in two
versions: as_of does not see the end before it came.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from chartline.record.event import Attribute, CanonicalRecord, Event, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant
from chartline.sources.meds.codes import Codes, Meaning
from chartline.sources.meds.dataset import MedsRow, open_dataset, read_subjects
from chartline.sources.meds.exported import read_exported

_FORMAT = "meds"
_PatientRow = tuple[MedsRow, Meaning]


def read_meds(folder: Path) -> Iterator[CanonicalRecord]:
    """One record for each row of the data set. Raises InvalidRequest where there is none."""
    dataset = open_dataset(folder)
    if dataset.ours:
        for shard in dataset.shards:
            yield from read_exported(shard)
        return
    reader = MedsReader(f"meds:{dataset.name}" if dataset.name else "meds", Codes(dataset.descriptions))
    for shard in dataset.shards:
        for rows in read_subjects(shard):
            yield from reader.records(rows)


def unread_files(folder: Path) -> list[str]:
    """Names of the Parquet files of the data set that hold no events."""
    return [file.name for file in open_dataset(folder).unread]


@dataclass(frozen=True, slots=True)
class MedsReader:
    """`system` is part of the events' identity and names the patients."""

    system: str
    codes: Codes

    def records(self, rows: Sequence[MedsRow]) -> Iterator[CanonicalRecord]:
        """One record for each row of one subject, in their order."""
        known = [(row, self.codes.meaning(row.code, row.table)) for row in rows]
        names, begun = _names(rows), _paired(known)
        events = [self._event(name, row, meaning) for name, (row, meaning) in zip(names, known, strict=True)]
        for place, (row, meaning) in enumerate(known):
            if meaning.span == "end":
                start = begun.get(place)
                yield _ended(names[place], row, meaning, None if start is None else events[start])
            elif meaning.without_events:
                yield CanonicalRecord(names[place], without_events_reason=f"meds: {meaning.without_events}")
            else:
                yield CanonicalRecord(names[place], _versions(events[place], row, meaning))

    def _event(self, record_id: str, row: MedsRow, meaning: Meaning) -> Event:
        time = _instant(row.time)
        quantity = Quantity(row.number, row.unit or meaning.unit) if row.number and not meaning.number else None
        demographic = meaning.kind is EventKind.PATIENT
        return Event(
            patient=f"urn:{self.system}:subject|{row.subject}",
            kind=meaning.kind,
            source=Source(_FORMAT, self.system, _record_name(record_id, row, meaning)),
            natural_key=record_id,
            encounter=_encounter(row, meaning),
            codings=() if demographic else meaning.codings,
            display="" if demographic else meaning.display,
            time=None if demographic else time,
            end_time=None if meaning.span else _instant(row.end),
            available_time=None if meaning.birth else time,
            quantity=quantity,
            text_value=row.text or meaning.text,
            status=meaning.status,
            attributes=(*meaning.attributes, *_attributes(row, meaning)),
        )


def _paired(rows: Sequence[_PatientRow]) -> dict[int, int]:
    """Place of an end → place of its beginning: the earliest of the same thing that is still open and not later."""
    begun: dict[tuple[str, ...], deque[int]] = defaultdict(deque)
    for place, (row, meaning) in enumerate(rows):
        if meaning.span == "start" and row.time is not None:
            begun[_thing(row, meaning)].append(place)
    pairs: dict[int, int] = {}
    for place, (row, meaning) in enumerate(rows):
        if meaning.span == "end" and row.time is not None:
            waiting = begun[_thing(row, meaning)]
            if waiting and (rows[waiting[0]][0].time or 0) <= row.time:
                pairs[place] = waiting.popleft()
    return pairs


def _thing(row: MedsRow, meaning: Meaning) -> tuple[str, ...]:
    return (*meaning.pair, row.stay if meaning.kind is EventKind.ICU_STAY else row.visit)


def _ended(record_id: str, row: MedsRow, meaning: Meaning, begun: Event | None) -> CanonicalRecord:
    if begun is None:
        return CanonicalRecord(record_id, without_events_reason="meds: the end of what has no beginning, or no time")
    end = _instant(row.time)
    attributes = (*begun.attributes, *meaning.attributes, *_attributes(row, meaning))
    quantity = Quantity(row.number, row.unit or meaning.unit) if row.number else begun.quantity
    event = replace(
        begun,
        version=2,
        end_time=end,
        available_time=end,
        quantity=quantity,
        attributes=tuple(dict.fromkeys(attributes)),
    )
    return CanonicalRecord(record_id, (event,))


def _versions(event: Event, row: MedsRow, meaning: Meaning) -> tuple[Event, ...]:
    """A span is open at first; where its own row tells its end, that is the second version."""
    if meaning.span != "start":
        return (event,)
    end = _instant(row.end)
    first = replace(event, version=1)
    return (first,) if end is None else (first, replace(event, version=2, end_time=end, available_time=end))


def _attributes(row: MedsRow, meaning: Meaning) -> Iterator[Attribute]:
    if meaning.birth and (born := _instant(row.time)) is not None:
        yield Attribute("birth_date", format_instant(replace(born, precision=TimePrecision.DAY)))
    if meaning.number and row.number:
        yield Attribute(meaning.number, f"{row.number} {row.unit}".strip())


def _encounter(row: MedsRow, meaning: Meaning) -> str:
    """What is charted belongs to its ICU stay; the stay itself, to its visit."""
    return row.visit if meaning.kind in (EventKind.ICU_STAY, EventKind.ENCOUNTER) else row.stay or row.visit


def _record_name(record_id: str, row: MedsRow, meaning: Meaning) -> str:
    """An ICU stay is named by its number: the events that are charted in it name it so."""
    return f"{row.subject}/{row.stay}" if meaning.kind is EventKind.ICU_STAY and row.stay else record_id


def _names(rows: Sequence[MedsRow]) -> list[str]:
    """MEDS names no rows: a row is what it says, and which one of those that say the same."""
    seen, names = Counter[str](), []
    for row in rows:
        key = _content(row)
        seen[key] += 1
        names.append(f"{key}/{seen[key]}")
    return names


def _content(row: MedsRow) -> str:
    time = _instant(row.time)
    content = "\x1f".join((row.number, row.text, row.unit, str(row.end), row.stay, row.visit, row.table))
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return f"{row.subject}/{format_instant(time) if time else 'static'}/{row.code}/{digest}"


def _instant(micros: int | None) -> Instant | None:
    if micros is None:
        return None
    return Instant(micros, None, TimePrecision.MICROSECOND if micros % 1_000_000 else TimePrecision.SECOND)
