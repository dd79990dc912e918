"""What a record must be before it is stored: the limits that the contract states and the database relies on."""

from chartline.errors import InvalidRequest
from chartline.record.event import CanonicalRecord, Event, Instant
from chartline.record.kinds import CARRIED
from chartline.record.times import check_instant

_LONGEST_IDENTIFIER = 256
_LONGEST_KEY = 1_024
_LONGEST_TEXT = 1 << 20


def check_record(record: CanonicalRecord, field: str) -> None:
    """Raises InvalidRequest that names `field`, the record's place in the request."""
    try:
        for event in record.events:
            _check_event(event)
        for definition in record.definitions:
            _check_name(definition.reference, _LONGEST_KEY, "definition.reference")
        for link in record.links:
            for identifier in link.identifiers:
                check_identifier(identifier)
            _demand(len(set(link.identifiers)) >= 2, "a link names fewer than two identifiers")
            _check_told(link.available_time, link.system, link.record_id)
        for version in record.versions:
            _check_name(version.record_id, _LONGEST_KEY, "version.record_id")
            _check_told(version.available_time, version.system, version.record_id)
    except ValueError as error:
        raise InvalidRequest(str(error), field=field) from None


def _check_told(available_time: Instant | None, *names: str) -> None:
    if available_time is not None:
        check_instant(available_time)
    for name in names:
        _demand(len(name) <= _LONGEST_KEY and "\x00" not in name, "a name of a source is too long or holds a NUL")


def check_identifier(identifier: str) -> None:
    """Raises ValueError for what can be nobody's identifier."""
    _check_name(identifier, _LONGEST_IDENTIFIER, "patient")


def _check_event(event: Event) -> None:
    check_identifier(event.patient)
    _check_name(event.natural_key, _LONGEST_KEY, "natural_key")
    _check_name(event.source.system, _LONGEST_KEY, "source.system")
    _demand(len(event.text_value.encode()) <= _LONGEST_TEXT, "text_value is longer than 1 MiB")
    for instant in (event.time, event.end_time, event.available_time):
        if instant is not None:
            check_instant(instant)
    for attribute in event.attributes:
        _demand(attribute.name in CARRIED[event.kind], "an attribute that events of this kind do not have")
        if isinstance(attribute.value, Instant):
            check_instant(attribute.value)


def _check_name(text: str, longest: int, what: str) -> None:
    _demand(0 < len(text) <= longest, f"{what} is empty or longer than {longest} characters")
    _demand("\x00" not in text, f"{what} holds a NUL character")  # PostgreSQL stores none


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
