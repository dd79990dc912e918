"""DG1, PR1, PRB, GOL and PTH: diagnoses, procedures, problems, goals and pathways."""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import Event, EventStatus, Instant
from chartline.record.kinds import EventKind
from chartline.record.times import MINUTE
from services.ingest.parsers.hl7v2 import tables, values
from services.ingest.parsers.hl7v2.comments import comment
from services.ingest.parsers.hl7v2.scope import Facts, Scope, attributes
from services.ingest.parsers.hl7v2.splitting import Segment


def read_diagnosis(scope: Scope, segment: Segment) -> Iterator[Event]:
    """A code that is repeated in a later message about the visit is the same diagnosis, whatever its type became."""
    concept = segment.first(3)
    described = segment.first(4).whole()
    if not (code := values.code_of(concept) or described):
        scope.leave("DG1 without a diagnosis")
        return
    kind = EventKind.CONDITION
    facts: Facts = {"rank": segment.get(15), "category": values.said(segment.first(6), tables.DIAGNOSIS_TYPES)}
    yield replace(
        _of_visit(scope, kind, "diagnosis", code),
        codings=values.codings(concept, values.system_uri(segment.get(2))),
        display=values.name(concept) or described,
        time=scope.moment(segment, 5) or scope.visit_start,
        text_value=comment(segment),
        status=_status(segment.get(21)),
        attributes=attributes(kind, facts),
    )


def read_procedure(scope: Scope, segment: Segment) -> Iterator[Event]:
    concept = segment.first(3)
    described = segment.first(4).whole()
    if not (code := values.code_of(concept) or described):
        scope.leave("PR1 without a procedure")
        return
    start = scope.moment(segment, 5)
    kind = EventKind.PROCEDURE
    facts: Facts = {
        "category": values.said(segment.first(6), tables.PROCEDURE_TYPES),
        "rank": segment.get(14),
        "reason": values.words(segment.first(15)),
    }
    yield replace(
        _of_visit(scope, kind, "procedure", segment.get(19) or code, segment.get(5)),
        codings=values.codings(concept, values.system_uri(segment.get(2))),
        display=values.name(concept) or described,
        time=start,
        end_time=_after(start, segment.get(7)),
        available_time=scope.known(happened=start),
        text_value=comment(segment),
        status=_status(segment.get(20)),
        attributes=attributes(kind, facts),
    )


def read_charge(scope: Scope, segment: Segment, said: set[str]) -> Iterator[Event]:
    """FT1: what is charged for and why, unless PR1 or DG1 of the message say the same; `said` are their codes."""
    if (kind := segment.get(6).upper()) in tables.CREDITS:
        scope.leave(f"FT1 of a credit ({kind})")
        return
    when = scope.moment(segment, 4)
    procedure = segment.first(25)
    if (code := values.code_of(procedure)) and code not in said:
        said.add(code)
        event = _of_visit(scope, EventKind.PROCEDURE, "procedure", code, segment.get(4))
        named = {"codings": values.codings(procedure), "display": values.name(procedure)}
        yield replace(event, time=when, available_time=scope.known(happened=when), **named)  # type: ignore[arg-type]
    for diagnosis in segment.all(19):
        if (code := values.code_of(diagnosis)) and code not in said:
            said.add(code)
            event = _of_visit(scope, EventKind.CONDITION, "diagnosis", code)
            facts = attributes(EventKind.CONDITION, {"category": "billing"})
            named = {"codings": values.codings(diagnosis), "display": values.name(diagnosis), "attributes": facts}
            yield replace(event, time=scope.visit_start, **named)  # type: ignore[arg-type]


def read_problem(scope: Scope, segment: Segment) -> Iterator[Event]:
    """PRB-4 names the problem for as long as it lasts, else its code."""
    concept = segment.first(3)
    if not (code := values.code_of(concept)):
        scope.leave("PRB without a problem")
        return
    established, solved = scope.moment(segment, 7), scope.moment(segment, 9)
    kind = EventKind.CONDITION
    facts: Facts = {
        "category": values.words(segment.first(10)) or "problem",
        "clinical_status": values.words(segment.first(14)),
        "rank": values.words(segment.first(18)),
    }
    yield replace(
        scope.event(kind, "problem", scope.number, values.entity(segment.first(4)) or code),
        codings=values.codings(concept),
        display=values.name(concept),
        time=scope.moment(segment, 16) or established,
        end_time=solved,
        available_time=scope.known(scope.moment(segment, 2)),
        text_value="\n".join(filter(None, (segment.first(17).whole(), comment(segment)))),
        status=_status(segment.get(1)),
        attributes=attributes(kind, facts),
    )


def read_goal(scope: Scope, segment: Segment) -> Iterator[Event]:
    yield from _planned(scope, segment, "goal", named=3, start=7, status=18, target=8)


def read_pathway(scope: Scope, segment: Segment) -> Iterator[Event]:
    yield from _planned(scope, segment, "pathway", named=2, start=4, status=5)


def _planned(
    scope: Scope, segment: Segment, word: str, *, named: int, start: int, status: int, target: int = 0
) -> Iterator[Event]:
    """Numbers of fields, 0 where there is none: behind the one that says what is planned stands the plan's number."""
    concept = segment.first(named)
    if not (code := values.code_of(concept)):
        scope.leave(f"{segment.name} without a {word}")
        return
    kind = EventKind.CARE_PLAN
    facts: Facts = {
        "category": word,
        "plan_status": values.words(segment.first(status)),
        "target": scope.moment(segment, target) if target else None,
    }
    yield replace(
        scope.event(kind, word, scope.number, values.entity(segment.first(named + 1)) or code),
        codings=values.codings(concept),
        display=values.name(concept),
        time=scope.moment(segment, start),
        text_value=comment(segment),
        status=_status(segment.get(1)),
        attributes=attributes(kind, facts),
    )


def _of_visit(scope: Scope, kind: EventKind, word: str, *key: str) -> Event:
    if scope.visit:
        return scope.event(kind, word, "visit", scope.visit, *key, system=scope.visit_authority)
    return scope.event(kind, word, "patient", scope.number, *key, system=scope.authority)


def _status(action: str) -> EventStatus:
    return tables.ACTION_CODES.get(action, EventStatus.FINAL)


def _after(start: Instant | None, minutes: str) -> Instant | None:
    if start is None or not (minutes.isascii() and minutes.isdecimal()) or len(minutes) > 6 or int(minutes) == 0:
        return None
    return replace(start, unix_micros=start.unix_micros + int(minutes) * MINUTE)
