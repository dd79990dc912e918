"""The canonical event as the code inside handles it: frozen, slotted, free of protobuf."""

from dataclasses import dataclass
from enum import IntEnum

from chartline.record.kinds import EventKind


class TimePrecision(IntEnum):
    """How much of an instant the source knew (FHIR R4 dateTime)."""

    YEAR = 1
    MONTH = 2
    DAY = 3
    MINUTE = 4
    SECOND = 5
    MICROSECOND = 6


class EventStatus(IntEnum):
    UNSPECIFIED = 0
    FINAL = 1
    PRELIMINARY = 2
    CORRECTED = 3
    ENTERED_IN_ERROR = 4
    WRONG_PATIENT = 5
    CANCELLED = 6
    REMOVED = 7  # a newer version of its record does not hold it any more


#: Statuses that say an event was never true of this patient; they alone act backwards through as_of.
RETRACTIONS = frozenset({EventStatus.ENTERED_IN_ERROR, EventStatus.WRONG_PATIENT})
#: Statuses of versions that show nothing: they only take away.
WITHDRAWALS = RETRACTIONS | {EventStatus.REMOVED}


@dataclass(frozen=True, slots=True)
class Instant:
    """`unix_micros` is UTC; without `offset_minutes` it is the local clock read as if it were UTC.

    A partial date is the start of the interval it names, and `precision` says how long that interval is.
    """

    unix_micros: int
    offset_minutes: int | None = None
    precision: TimePrecision = TimePrecision.SECOND


@dataclass(frozen=True, slots=True)
class Coding:
    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` is the decimal text as the source wrote it; `unit` is UCUM where known."""

    value: str
    unit: str = ""
    comparator: str = ""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A further fact; `kinds.CARRIED` says which names a kind may carry."""

    name: str
    value: str | Quantity | Instant


@dataclass(frozen=True, slots=True)
class Source:
    format: str
    system: str
    record_id: str


@dataclass(frozen=True, slots=True)
class Event:
    """One version of one fact of one patient's chart.

    `patient` is `Patient/<id>` or `<system>|<value>`. `event_key`, `recorded_at` and `conflicting` are filled by the
    record when it keeps the event.
    """

    patient: str
    kind: EventKind
    source: Source
    natural_key: str
    encounter: str = ""
    codings: tuple[Coding, ...] = ()
    display: str = ""
    time: Instant | None = None
    end_time: Instant | None = None
    available_time: Instant | None = None
    quantity: Quantity | None = None
    text_value: str = ""
    interpretation: str = ""
    status: EventStatus = EventStatus.FINAL
    version: int | None = None
    attributes: tuple[Attribute, ...] = ()
    code_reference: str = ""
    event_key: str = ""
    recorded_at: Instant | None = None
    conflicting: bool = False

    @property
    def name(self) -> str:
        """The concept's name: what the source says, else the first coding's display, else its code."""
        if self.display:
            return self.display
        return next((c.display or c.code for c in self.codings), "")

    def attribute(self, name: str) -> str | Quantity | Instant | None:
        return next((a.value for a in self.attributes if a.name == name), None)


@dataclass(frozen=True, slots=True)
class Definition:
    """What events refer to: a FHIR Medication, the culture in which an organism grew.

    `code_reference` names the definition that says what this one does not.
    """

    reference: str
    system: str
    codings: tuple[Coding, ...] = ()
    display: str = ""
    version: int | None = None
    attributes: tuple[Attribute, ...] = ()
    code_reference: str = ""


@dataclass(frozen=True, slots=True)
class PatientLink:
    """Says that identifiers name the same patient, or, `withdrawn`, that they do not any more.

    Of several words on the same identifiers the highest version counts, else the latest `available_time`. A newer
    RecordVersion of `record_id` that does not repeat the link takes it back.
    """

    identifiers: tuple[str, ...]
    withdrawn: bool = False
    version: int | None = None
    available_time: Instant | None = None
    system: str = ""
    record_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """A source record as a whole: facts that only its older versions hold are gone; `deleted` acts backwards.

    `recorded_at` is filled by the record when it keeps it.
    """

    system: str
    record_id: str
    version: int | None = None
    available_time: Instant | None = None
    deleted: bool = False
    recorded_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class CanonicalRecord:
    """What one source record became; each record has exactly one outcome.

    `leftovers` are parts of it that became no event, each by its reason.
    """

    record_id: str
    events: tuple[Event, ...] = ()
    definitions: tuple[Definition, ...] = ()
    links: tuple[PatientLink, ...] = ()
    unreadable_reason: str = ""
    without_events_reason: str = ""
    versions: tuple[RecordVersion, ...] = ()
    leftovers: tuple[str, ...] = ()
