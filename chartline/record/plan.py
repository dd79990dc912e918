"""The query plan: what the model writes, typed. Numbers of enums are those of chartline.v1 (query_plan.proto)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from chartline.record.event import Quantity
from chartline.record.kinds import EventKind


class Field(IntEnum):
    VALUE = 1
    NAME = 2
    TIME = 3
    END_TIME = 4
    DURATION = 5
    INTERPRETATION = 6
    ATTRIBUTE = 7
    AGE = 8


class Comparator(IntEnum):
    EQUAL = 1
    LESS = 2
    GREATER = 3
    LESS_OR_EQUAL = 4
    GREATER_OR_EQUAL = 5
    DIFFERENCE = 6
    PRESENT = 7


class TimeUnit(IntEnum):
    MINUTE = 1
    HOUR = 2
    DAY = 3
    WEEK = 4
    MONTH = 5
    YEAR = 6


class Which(IntEnum):
    ALL = 0
    FIRST = 1
    LAST = 2
    CURRENT = 3


class Extremum(IntEnum):
    NONE = 0
    MINIMUM = 1
    MAXIMUM = 2


class Function(IntEnum):
    COUNT = 1
    COUNT_DISTINCT = 2
    SUM = 3
    MINIMUM = 4
    MAXIMUM = 5
    MEAN = 6


class StayType(IntEnum):
    HOSPITAL = 1
    ICU = 2


class Relation(IntEnum):
    IN = 1
    SINCE = 2
    BEFORE = 3
    SAME_TIME = 4
    AFTER = 5


class OutOfScopeReason(IntEnum):
    NOT_RECORDED = 1
    OTHER_PATIENTS = 2
    KNOWLEDGE = 3
    OFF_TOPIC = 4


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date whose parts are absolute or relative to now. Of each pair at most one is set.

    Its smallest set part is its precision: a day of 24 hours, an hour, a minute, a second.
    """

    year: int | None = None
    year_offset: int | None = None
    month: int | None = None
    month_offset: int | None = None
    day: int | None = None
    day_offset: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """`end` is the period's last day, month or year, included; None for a single period."""

    relation: Relation
    start: CalendarDate
    end: CalendarDate | None = None


@dataclass(frozen=True, slots=True)
class RecentWindow:
    """The last `amount` units before now."""

    amount: int
    unit: TimeUnit


@dataclass(frozen=True, slots=True)
class StayWindow:
    """A stay or one part of it; `which` ALL means the request's encounter, else every stay."""

    stay: StayType
    which: Which = Which.ALL
    nth: int = 1
    first_hours: float | None = None
    last_hours: float | None = None
    day: int | None = None
    at_hour: str | None = None


@dataclass(frozen=True, slots=True)
class EventWindow:
    """A window drawn around other events."""

    relation: Relation
    anchor: Selection
    within_amount: int | None = None
    within_unit: TimeUnit | None = None
    same_calendar_unit: bool = False
    within_stay: StayType | None = None


Window = CalendarWindow | RecentWindow | StayWindow | EventWindow


@dataclass(frozen=True, slots=True)
class Filter:
    field: Field
    comparator: Comparator
    value: str = ""
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events. `kind` None is any kind that the concept links to; `exact_occurrences` makes the least the most."""

    kind: EventKind | None = None
    concepts: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    windows: tuple[Window, ...] = ()
    extremum: Extremum = Extremum.NONE
    which: Which = Which.ALL
    nth: int = 1
    min_occurrences: int = 0
    absent_in: Window | None = None
    exact_occurrences: bool = False


@dataclass(frozen=True, slots=True)
class Lookup:
    selection: Selection
    field: Field
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    selection: Selection
    function: Function
    field: Field = Field.VALUE
    attribute: str = ""
    bucket: TimeUnit | None = None


Operand = Lookup | Aggregate | Quantity


@dataclass(frozen=True, slots=True)
class Compare:
    left: Operand
    comparator: Comparator
    right: Operand


@dataclass(frozen=True, slots=True)
class Interval:
    """The time from one event to another; `end` None is now."""

    start: Selection
    end: Selection | None = None
    unit: TimeUnit = TimeUnit.HOUR


@dataclass(frozen=True, slots=True)
class Exists:
    selection: Selection


@dataclass(frozen=True, slots=True)
class Retrieve:
    query: str
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class OutOfScope:
    reason: OutOfScopeReason


QueryPlan = Lookup | Aggregate | Exists | Compare | Interval | Retrieve | OutOfScope


class PlanOutcome(IntEnum):
    FOUND = 1
    EMPTY = 2
    CONFLICTING = 3
    UNLINKED = 4
    AMBIGUOUS = 5
    INCOMPARABLE = 6
