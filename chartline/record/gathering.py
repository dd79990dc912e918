"""Source records become patients' charts in memory, by the rules by which the encoder's store keeps them.

Links make several identifiers one patient, events take over what their definitions say, and each fact gets its key.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace

from chartline.record.definitions import defined
from chartline.record.event import CanonicalRecord, Definition, Event
from chartline.record.identity import event_key

_Reference = tuple[str, str]


def preference(identifier: str) -> tuple[bool, str]:
    """The least of a patient's identifiers is its canonical one: those of FHIR before others, then by letters."""
    return not identifier.startswith("Patient/"), identifier


def gather(records: Iterable[CanonicalRecord]) -> dict[str, tuple[Event, ...]]:
    """All versions of each patient's events by canonical identifier, in whatever order the records come."""
    groups: dict[str, set[str]] = {}
    events: list[Event] = []
    definitions: dict[_Reference, Definition] = {}
    for record in records:
        events += record.events
        for definition in record.definitions:
            _keep_newest(definitions, definition)
        for link in record.links:
            _join(groups, link.identifiers)
    names = {identifier: min(group, key=preference) for identifier, group in groups.items()}
    patients: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        patients[names.get(event.patient, event.patient)].append(_kept(event, definitions))
    return {patient: tuple(patients[patient]) for patient in sorted(patients)}


def _keep_newest(definitions: dict[_Reference, Definition], new: Definition) -> None:
    known = definitions.get((new.system, new.reference))
    if known is None or (known.version or -1, repr(known)) < (new.version or -1, repr(new)):
        definitions[new.system, new.reference] = new


def _join(groups: dict[str, set[str]], identifiers: Collection[str]) -> None:
    joined = set(identifiers).union(*(groups.get(one, ()) for one in identifiers))
    for identifier in joined:
        groups[identifier] = joined


def _kept(event: Event, definitions: dict[_Reference, Definition]) -> Event:
    key = event_key("", event.source.system, event.natural_key)
    definition = definitions.get((event.source.system, event.code_reference)) if event.code_reference else None
    return replace(event if definition is None else defined(event, definition), event_key=key)
