"""Source records become patients' charts in memory, by the rules by which the encoder's store keeps them.

Links make several identifiers one patient, events take over what their definitions say, versions of whole records take
back what they no longer hold, and each fact gets its key.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from chartline.record.definitions import Definitions, resolved
from chartline.record.event import CanonicalRecord, Definition, Event, PatientLink, RecordVersion
from chartline.record.identity import event_key
from chartline.record.patients import canonical, groups
from chartline.record.whole_records import with_record_versions

_Reference = tuple[str, str]


def gather(records: Iterable[CanonicalRecord]) -> dict[str, tuple[Event, ...]]:
    """All versions of each patient's events by canonical identifier, in whatever order the records come."""
    events: list[Event] = []
    definitions: dict[_Reference, Definition] = {}
    links: set[PatientLink] = set()
    versions: set[RecordVersion] = set()
    for record in records:
        events += record.events
        links.update(record.links)
        versions.update(record.versions)
        for definition in record.definitions:
            _keep_newest(definitions, definition)
    names = {identifier: canonical(group) for identifier, group in groups((), links, versions).items()}
    patients: defaultdict[str, list[Event]] = defaultdict(list)
    for event in with_record_versions((_kept(event, definitions) for event in events), versions):
        patients[names.get(event.patient, event.patient)].append(event)
    return {patient: tuple(patients[patient]) for patient in sorted(patients)}


def _keep_newest(definitions: dict[_Reference, Definition], new: Definition) -> None:
    known = definitions.get((new.system, new.reference))
    if known is None or _rank(known) < _rank(new):
        definitions[new.system, new.reference] = new


def _rank(definition: Definition) -> tuple[int, str]:
    return -1 if definition.version is None else definition.version, repr(definition)


def _kept(event: Event, definitions: Definitions) -> Event:
    key = event_key("", event.source.system, event.natural_key)
    return replace(resolved(event, definitions), event_key=key)
