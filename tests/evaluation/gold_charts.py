"""Charts of a set of records straight from its tables: what the encoder would hold of them, without a cluster."""

from collections import defaultdict
from functools import cache
from pathlib import Path

from chartline.record.chart import Chart
from chartline.record.event import Event
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.names import NAMING_ATTRIBUTES, normalise
from chartline.record.times import parse_instant
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import read_tables

_TENANT = "hospital"


class Hospital:
    """One set of records: a chart is built when it is first asked for, names are those of all its patients."""

    def __init__(self, events: list[Event]) -> None:
        self._events: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            self._events[event.patient.rpartition("|")[2]].append(event)
        self.chart = cache(self._chart)
        self.terms = cache(self._terms)
        self.values = cache(self._values)

    @classmethod
    def of_tables(cls, folder: Path) -> "Hospital":
        records = read_tables(folder, load_mapping(MAPPINGS / "mimic-iv.yaml"))
        return cls([with_event_key(_TENANT, event) for record in records for event in record.events])

    def _chart(self, patient: str, as_of: str | None) -> Chart:
        """`as_of` is ISO local time, None for all that is known."""
        return Chart.build(self._events[patient], parse_instant(as_of) if as_of else None)

    def _terms(self, kind: EventKind) -> frozenset[str]:
        """Every normalised name that an event of the kind goes by."""
        naming = NAMING_ATTRIBUTES.get(kind, ())
        names = {name for event in self._of(kind) for name in (event.name, *map(event.attribute, naming))}
        return frozenset(normalise(name) for name in names if isinstance(name, str)) - {""}

    def _values(self, kind: EventKind, attribute: str) -> frozenset[str]:
        values = {event.attribute(attribute) for event in self._of(kind)}
        return frozenset(normalise(value) for value in values if isinstance(value, str)) - {""}

    def _of(self, kind: EventKind) -> list[Event]:
        return [event for events in self._events.values() for event in events if event.kind is kind]
