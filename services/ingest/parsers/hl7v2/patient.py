"""PID, PDA and MRG: who the patient is, that they died, and which numbers name them.

Each fact of PID is an event of its own, because an empty field says that the fact is unchanged (2.5.3.6): a message
that repeats the name alone must not take the date of birth away. `""` takes a fact away.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus, PatientLink
from chartline.record.kinds import EventKind
from services.ingest.parsers.errors import RecordWithoutEvents
from services.ingest.parsers.hl7v2 import tables, values
from services.ingest.parsers.hl7v2.scope import Facts, Head, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Element, Segment
from services.ingest.parsers.hl7v2.times import day_of, known_at

_LONGEST_IDENTIFIER = 256
#: Fact of a patient → the field of PID that says it.
_FIELDS = {
    "name": 5,
    "birth_date": 7,
    "gender": 8,
    "race": 10,
    "language": 15,
    "marital_status": 16,
    "ethnicity": 22,
}


# --- numbers ---------------------------------------------------------------------------------------------------------


def identifiers(patient: Segment, head: Head) -> list[str]:
    """`system|value` of each number that names this patient alone, the one of PID-3 first.

    A number without an assigning authority belongs to the sending facility; those of PID-2 and PID-4, which have no
    authority before 2.3, may number other people there, and are kept apart.
    """
    found = [each for element in patient.all(3) for each in _named(element, head.facility)]
    found += [each for element in patient.all(2) for each in _named(element, f"{head.facility}/PID-2")]
    found += [each for element in patient.all(4) for each in _named(element, f"{head.facility}/PID-4")]
    return list(dict.fromkeys(found))


def merged(merge: Segment, head: Head) -> list[str]:
    """The numbers that are given up: MRG-1, and MRG-4 of versions before 2.5."""
    found = [each for number in (1, 4) for element in merge.all(number) for each in _named(element, head.facility)]
    return list(dict.fromkeys(found))


def _named(element: Element, local: str) -> Iterator[str]:
    """The universal form of the authority first, then its namespace, which another sender may use alone."""
    value, kind = element.get(1), element.get(5).upper()
    if not value or kind in tables.SHARED_IDENTIFIERS:
        return
    given = [system for system in (values.authority(element, 4), element.get(4)) if system]
    own = local if kind in tables.LOCAL_IDENTIFIERS else f"{local}/{kind}"
    yield from (f"{system}|{value}"[:_LONGEST_IDENTIFIER] for system in given or [own])


def enter(scope: Scope, patient: Segment) -> list[str]:
    """Makes the patient the scope's own; all their numbers. Raises RecordWithoutEvents where there is none."""
    found = identifiers(patient, scope.head)
    if not found:
        raise RecordWithoutEvents("PID without a number of the patient")
    scope.patient = found[0]
    scope.authority, _, scope.number = found[0].rpartition("|")
    return found


def links(
    head: Head, names: Iterable[str], others: Iterable[str] = (), *, withdrawn: bool = False
) -> list[PatientLink]:
    """The first name with each other one; `others` name the same patient, or no longer, in a second PID or MRG."""
    own, *aliases = names
    pairs = [(own, other) for other in dict.fromkeys((*aliases, *others)) if other != own]
    return [PatientLink(pair, withdrawn, None, head.known, head.system, head.record_id) for pair in pairs]


# --- facts -----------------------------------------------------------------------------------------------------------


def demographics(scope: Scope, patient: Segment) -> Iterator[Event]:
    """Known since always, as a chart's head is; the latest message counts."""
    facts = _facts(scope, patient)
    kind = EventKind.PATIENT
    for name, number in _FIELDS.items():
        if facts[name] or patient.deleted(number):
            event = scope.event(kind, "patient", scope.number, name, system=scope.authority)
            said = attributes(kind, {name: facts[name]})
            yield replace(event, encounter="", display="demographics", available_time=None, attributes=said)


def forgotten(scope: Scope) -> Iterator[Event]:
    """Person information is deleted (A29): every fact of PID acts as if it had never been said."""
    for name in _FIELDS:
        event = scope.event(EventKind.PATIENT, "patient", scope.number, name, system=scope.authority)
        status = EventStatus.ENTERED_IN_ERROR
        yield replace(event, encounter="", display="demographics", available_time=None, status=status)


def _facts(scope: Scope, patient: Segment) -> Facts:
    born = scope.moment(patient, _FIELDS["birth_date"])
    return {
        "name": _name(patient),
        "birth_date": day_of(born) if born else None,
        "gender": values.said(patient.first(8), tables.SEXES),
        "race": "; ".join(values.said(element, tables.RACES) for element in patient.all(10)),
        "language": values.words(patient.first(15)),
        "marital_status": values.said(patient.first(16), tables.MARITAL_STATUSES),
        "ethnicity": "; ".join(values.said(element, tables.ETHNICITIES) for element in patient.all(22)),
    }


def _name(patient: Segment) -> str:
    """The legal name (table 0200), else the first."""
    names = patient.all(5)
    best = next((n for n in names if n.get(7) == "L"), names[0] if names else None)
    return values.person_name(best) if best else ""


def death(scope: Scope, patient: Segment, autopsy: Segment | None) -> Iterator[Event]:
    """PID-29 and PID-30, and the cause of PDA. Only a message about the person takes a death back, by N or `""`."""
    indicator, died = patient.get(30).upper(), scope.moment(patient, 29)
    cause = values.words(autopsy.first(1)) if autopsy else ""
    dead = bool(indicator == "Y" or died or cause)
    taken_back = indicator == "N" or patient.deleted(29) or patient.deleted(30)
    if not (dead or (taken_back and scope.head.family == "visit")):
        return
    yield replace(
        scope.event(EventKind.DEATH, "death", scope.number, system=scope.authority),
        display="death",
        time=died,
        available_time=known_at([scope.head.known], died),
        text_value=f"cause: {cause}" if cause else "",
        status=EventStatus.FINAL if dead else EventStatus.ENTERED_IN_ERROR,
    )
