"""What versions of whole source records do to the facts that the records told: some are gone, some were never true.

    Observation/7   v1: systolic, diastolic ──── v2: systolic ──── deleted at v3 ──── v4: systolic
    diastolic       shown                        gone from then    at no time         not there
    systolic        shown                        shown             at no time         shown

A record's version and the events of it may come in any order: both are kept, and this is applied when they are read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from chartline.record.event import Event, EventStatus, Instant, PatientLink, RecordVersion
from chartline.record.identity import content_hash
from chartline.record.times import EARLIEST, interval_end
from chartline.record.versions import stub

_Record = tuple[str, str]


def takes_back(record: RecordVersion, version: int | None, available_time: Instant | None) -> bool:
    """Whether what its record said with that version, known at that time, ends with the version `record` of it.

    What has no version is older than all that has one. A deletion without a version takes back what was known by then,
    without a time as well everything.
    """
    if record.version is not None:
        said = -1 if version is None else version
        return said <= record.version if record.deleted else said < record.version
    known = EARLIEST if available_time is None else interval_end(available_time)
    if record.deleted:
        return record.available_time is None or known <= interval_end(record.available_time)
    return version is None and record.available_time is not None and known < interval_end(record.available_time)


def with_record_versions(events: Iterable[Event], records: Iterable[RecordVersion]) -> list[Event]:
    """The events' versions with withdrawals for what `records` take back, ready for `versions.states`.

    What a deletion takes back is left out, for no time shows it.
    """
    versions = _by_record(records)
    kept: list[Event] = []
    facts: defaultdict[tuple[_Record, str, str], list[Event]] = defaultdict(list)
    for event in events:
        record = event.source.system, event.source.record_id
        if record in versions:
            facts[record, event.event_key, event.patient].append(event)
        else:
            kept.append(event)
    for (record, *_), told in facts.items():
        kept += _applied(told, versions[record])
    return kept


def standing_words(words: Iterable[PatientLink], records: Iterable[RecordVersion]) -> list[PatientLink]:
    """Those that no version of their own record takes back."""
    versions = _by_record(records)

    def stands(word: PatientLink) -> bool:
        own = versions.get((word.system, word.record_id), [])
        return not any(takes_back(version, word.version, word.available_time) for version in own)

    return [word for word in words if stands(word)]


def _by_record(records: Iterable[RecordVersion]) -> dict[_Record, list[RecordVersion]]:
    versions: defaultdict[_Record, list[RecordVersion]] = defaultdict(list)
    for record in records:
        versions[record.system, record.record_id].append(record)
    return dict(versions)


def _applied(told: Sequence[Event], records: Sequence[RecordVersion]) -> Iterator[Event]:
    """`told` are versions of one fact by one record, `records` are that record's own versions."""
    deletions = [record for record in records if record.deleted]
    for event in told:
        if not any(takes_back(deletion, event.version, event.available_time) for deletion in deletions):
            yield event
    for record in records:
        taken = [event for event in told if takes_back(record, event.version, event.available_time)]
        if taken:
            yield _withdrawal(max(taken, key=content_hash), taken, record)


def _withdrawal(example: Event, taken: Sequence[Event], record: RecordVersion) -> Event:
    """A deletion that names no version counts as the highest of those that it takes back."""
    version = record.version
    if version is None and record.deleted:
        version = max((event.version for event in taken if event.version is not None), default=None)
    status = EventStatus.ENTERED_IN_ERROR if record.deleted else EventStatus.REMOVED
    told = stub(example, status)
    return replace(told, version=version, available_time=record.available_time, recorded_at=record.recorded_at)
