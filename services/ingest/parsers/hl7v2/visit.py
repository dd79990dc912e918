"""PV1 and PV2: the visit, and the moves between units that ADT's trigger events tell (HL7 v2.8, chapter 3.3).

A visit's later message replaces its earlier one whole. A message about something else than the visit (a result that
repeats PV1) never replaces what one about the visit said.
"""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus, Instant, RecordVersion, Source
from chartline.record.kinds import EventKind
from services.ingest.parsers.hl7v2 import tables, values
from services.ingest.parsers.hl7v2.grouping import Group
from services.ingest.parsers.hl7v2.scope import FORMAT, Facts, Head, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment

#: Stands above every time in microseconds, so that such versions stand above those of other messages.
_ABOUT_THE_VISIT = 1 << 59
_NOT_APPLICABLE = "N"
_LONGEST = 128


def enter(scope: Scope, group: Group) -> Segment | None:
    """Makes the group's visit the scope's own, by PV1-19, else PV1-50, else PID-18, else its admission; its PV1."""
    visit = next(iter(group.all("PV1")), None)
    if visit is None:
        return None
    scope.visit_start = scope.moment(visit, 44)
    for number in (19, 50):
        if value := visit.get(number):
            scope.visit, scope.visit_authority = value[:_LONGEST], values.authority(visit.first(number), 4)[:_LONGEST]
            break
    else:
        account = group.patient.get(18) if group.patient else ""
        scope.visit = (account or (f"{scope.number}-{visit.get(44)}" if scope.visit_start else ""))[:_LONGEST]
    scope.visit_authority = scope.visit_authority or scope.head.facility
    return visit


def read(scope: Scope, visit: Segment, group: Group, event_segment: Segment | None) -> Iterator[Event]:
    trigger = tables.VISIT_TRIGGERS.get(scope.head.trigger) if scope.head.family == "visit" else None
    if trigger is None and (visit.get(2) == _NOT_APPLICABLE or scope.visit_start is None or not scope.visit):
        return  # a PV1 that only says where the patient is, or that there is no visit
    if not scope.visit:
        scope.leave("PV1 without a number of the visit")
        return
    happened = scope.moment(event_segment, 6) if event_segment else None
    yield _encounter(scope, visit, group, trigger or {}, happened)
    if trigger:
        yield from _move(scope, visit, trigger, happened)


def deletion(scope: Scope) -> RecordVersion | None:
    """The visit's record is deleted (A23): its moves go with it, acting backwards."""
    if scope.head.family != "visit" or scope.head.trigger != "A23" or not scope.visit:
        return None
    version = _version(scope.head, about=True)
    return RecordVersion(scope.visit_authority, _record_id(scope), version, scope.head.known, deleted=True)


def _encounter(scope: Scope, visit: Segment, group: Group, trigger: dict[str, str], happened: Instant | None) -> Event:
    kind = EventKind.ENCOUNTER
    facts = _facts(scope, visit, group)
    return replace(
        _event(scope, kind, about=bool(trigger)),
        display=str(facts["class"] or ""),
        time=scope.visit_start or _began(scope, group, trigger, happened),
        end_time=_ended(scope, visit, trigger, happened),
        status=EventStatus[trigger.get("status", "FINAL")],
        attributes=attributes(kind, facts),
    )


def _began(scope: Scope, group: Group, trigger: dict[str, str], happened: Instant | None) -> Instant | None:
    """Without PV1-44: when the admission happened, or, before it, when it is expected (PV2-8)."""
    if trigger.get("move") in ("admission", "registration") or trigger.get("cancels") == "admission":
        return happened or scope.head.known
    more = next(iter(group.all("PV2")), None)
    return scope.moment(more, 8) if more else None


def _ended(scope: Scope, visit: Segment, trigger: dict[str, str], happened: Instant | None) -> Instant | None:
    if trigger.get("reopened"):
        return None
    discharged = scope.moment(visit, 45)
    return discharged or ((happened or scope.head.known) if trigger and scope.head.trigger == "A03" else None)


def _facts(scope: Scope, visit: Segment, group: Group) -> Facts:
    more = next(iter(group.all("PV2")), None)
    covers = (values.words(cover.first(2)) for cover in group.all("IN1"))
    return {
        "admission_type": values.said(visit.first(4), tables.ADMISSION_TYPES),
        "admission_location": values.said(visit.first(14), tables.ADMIT_SOURCES),
        "discharge_location": values.said(visit.first(36), tables.DISPOSITIONS) or visit.get(37),
        "class": values.said(visit.first(2), tables.PATIENT_CLASSES),
        "reason": (values.words(more.first(3)) or more.first(12).whole()) if more else "",
        "insurance": next(filter(None, (cover.first(4).whole() for cover in group.all("IN1"))), "")
        or next(filter(None, covers), ""),
    }


def _move(scope: Scope, visit: Segment, trigger: dict[str, str], happened: Instant | None) -> Iterator[Event]:
    """The unit that the patient came to. An admission is one move of its visit; others are known by their time.

    A cancellation names in EVN-6 when the event that it takes back happened (3.4.1.6).
    """
    word = trigger.get("move") or trigger.get("cancels")
    cancelled, first = "cancels" in trigger, word in ("admission", "registration")
    unit = values.place(visit.first(3)) if first or not cancelled else ""  # PV1-3 is where the patient is again
    if word is None or not (unit or cancelled):
        return
    if cancelled and not first and happened is None:
        scope.leave("EVN without EVN-6: which transfer is cancelled is not said")
        return
    when = (scope.visit_start if first else None) or happened or scope.head.known
    part = ("first",) if first else (word, str(when.unix_micros) if when else "")
    kind = EventKind.TRANSFER
    yield replace(
        _event(scope, kind, *part, about=True),
        display=unit or word,
        time=when,
        status=EventStatus.CANCELLED if cancelled else EventStatus[trigger["status"]],
        attributes=attributes(kind, {"care_unit": unit, "event_type": word}),
    )


def _event(scope: Scope, kind: EventKind, *part: str, about: bool) -> Event:
    key = ("location", *part) if part else ()
    event = scope.event(kind, "visit", scope.visit, *key, system=scope.visit_authority)
    source = Source(FORMAT, scope.visit_authority, _record_id(scope))
    return replace(event, source=source, version=_version(scope.head, about=about))


def _record_id(scope: Scope) -> str:
    return f"visit/{scope.visit}"


def _version(head: Head, *, about: bool) -> int | None:
    if head.version is None:
        return None
    return head.version + (_ABOUT_THE_VISIT if about else 0)
