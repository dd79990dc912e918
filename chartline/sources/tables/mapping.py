"""What a mapping file says once it is read: which rows of which tables become which events.

In the spirit of MEDS-Extract's event_configs.yaml: a table names its file, its joins to dictionaries, and the events
that each row stands for. docs/mapping-files.md explains every word; `mapping_file` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chartline.record.kinds import EventKind
from chartline.sources.tables.expressions import Expression

#: The mapping files that come with Chartline; a format's name is its file's.
MAPPINGS = Path(__file__).parent / "mappings"


@dataclass(frozen=True, slots=True)
class CodingMapping:
    system: Expression
    code: Expression
    display: Expression


@dataclass(frozen=True, slots=True)
class VersionMapping:
    """One version of an event that the source learns in steps: an admission, then its discharge.

    An empty `status` is the event's.
    """

    available_time: Expression
    end_time: Expression
    status: Expression
    attributes: dict[str, Expression]


@dataclass(frozen=True, slots=True)
class EventMapping:
    """`when` lists expressions that must not be empty; `status` and `interpretation` give canonical words."""

    kind: EventKind
    key: Expression
    when: tuple[Expression, ...]
    display: Expression
    codings: tuple[CodingMapping, ...]
    encounter: Expression
    time: Expression
    end_time: Expression
    available_time: Expression
    value: tuple[Expression, ...]
    unit: Expression
    text: Expression
    interpretation: Expression
    status: Expression
    reference_low: Expression
    reference_high: Expression
    attributes: dict[str, Expression]
    versions: tuple[VersionMapping, ...]


@dataclass(frozen=True, slots=True)
class JoinMapping:
    """`key` of a row finds the row of `dictionary` whose key reads the same; its columns are `<name>.<column>`."""

    name: str
    dictionary: str
    key: Expression


@dataclass(frozen=True, slots=True)
class DictionaryMapping:
    """A row is found by its `key`; with `when`, only rows where none of it is empty can be found.

    `define` names further columns, each made of those before it; `columns` are those that some table reads.
    """

    file: tuple[str, ...]
    key: Expression
    when: tuple[Expression, ...]
    define: dict[str, Expression]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """`without_events` is the reason why a row of which no event comes has none; `missing` texts fill no cell."""

    name: str
    file: tuple[str, ...]
    joins: tuple[JoinMapping, ...]
    events: tuple[EventMapping, ...]
    without_events: str
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """A whole source: `system` is part of every event's identity."""

    format: str
    system: str
    patient_system: str
    patient: Expression
    dictionaries: dict[str, DictionaryMapping]
    tables: tuple[TableMapping, ...]
