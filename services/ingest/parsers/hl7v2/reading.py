"""One patient's part of a message: which reader reads which segment, and what is left over by its name.

Every OBX, OBR, DG1, PR1, AL1, IAM, RXA, RXE, PRB, GOL, SCH and TXA ends as an event or as a leftover that names it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from chartline.record.event import Event
from chartline.record.kinds import EventKind
from services.ingest.parsers.hl7v2 import (
    allergy,
    appointment,
    diagnosis,
    measuring,
    medication,
    note,
    ordering,
    result,
    tables,
    values,
)
from services.ingest.parsers.hl7v2.grouping import Detail, Group, Order
from services.ingest.parsers.hl7v2.scope import Scope
from services.ingest.parsers.hl7v2.splitting import Segment

Reader = Callable[[Scope, Segment], Iterator[Event]]

#: Segments that are read alone, wherever they stand.
_ALONE: dict[str, Reader] = {
    "AL1": allergy.read,
    "IAM": allergy.read,
    "DG1": diagnosis.read_diagnosis,
    "PR1": diagnosis.read_procedure,
    "PRB": diagnosis.read_problem,
    "GOL": diagnosis.read_goal,
    "PTH": diagnosis.read_pathway,
}
#: Read with what they belong to.
_ELSEWHERE = tables.WITHOUT_CONTENT | {"PV1", "OBX", "SPM", "FT1", "SCH", "OBR", "TXA"}
_DRUGS = {
    "RXE": medication.read_order,
    "RXO": medication.read_order,
    "RXD": medication.read_dispense,
    "RXG": medication.read_give,
    "RXA": medication.read_administration,
}
_TEXTS = frozenset({"TX", "FT", "ST", "ED"})
_RESULTS = frozenset({"results", "vaccines", "visit", "referrals", "problems", "billing"})


def read_group(scope: Scope, group: Group) -> Iterator[Event]:
    """What follows PID and PV1, in the order it was sent."""
    schedules = group.all("SCH")
    for schedule in schedules:
        yield from appointment.read(scope, schedule, group.segments)
    yield from _standalone(scope, group.segments)
    yield from _results(scope, _of(group.segments, "OBX"), result.Request())
    yield from _specimens(scope, group.segments, scope.number)
    for order in group.orders:
        yield from _order(scope, group, order)
    charged = {values.code_of(s.first(3)) for name in ("PR1", "DG1") for s in group.all(name)}
    for charge in group.all("FT1"):
        yield from diagnosis.read_charge(scope, charge, charged)


def _order(scope: Scope, group: Group, order: Order) -> Iterator[Event]:
    yield from _standalone(scope, order.leads)
    yield from _results(scope, _of(order.leads, "OBX"), result.Request())
    yield from _specimens(scope, order.leads, scope.number)
    if order.control is not None and not order.details:
        scope.leave("ORC without what is ordered")
    encoded = any(detail.segment.name == "RXE" for detail in order.details)
    for detail in order.details:
        name = detail.segment.name
        yield from _standalone(scope, detail.followers)
        if name == "OBR":
            yield from _request(scope, order, detail)
            continue
        yield from _specimens(scope, detail.followers, scope.number)
        if name == "TXA":
            yield from _document(scope, group, detail)
        else:
            if name in _DRUGS and not (name == "RXO" and encoded):
                yield from _DRUGS[name](scope, order, detail)
            elif name not in _DRUGS:
                scope.leave(f"{name} segment is not read")
            yield from _results(scope, detail.all("OBX"), result.Request())


def _request(scope: Scope, order: Order, detail: Detail) -> Iterator[Event]:
    """An order in a message of orders; elsewhere a report with its results."""
    found = detail.all("OBX")
    specimens = detail.all("SPM")
    asked = result.request(scope, order, detail.segment, found, _sample(scope, order, detail))
    if scope.head.family not in _RESULTS:
        yield from ordering.read(scope, order, detail)
        yield from _results(scope, found, replace(asked, kind=EventKind.VITAL))
    else:
        yield from _report(scope, detail.segment, asked, found)
    yield from _specimens(scope, specimens, asked.number)


def _sample(scope: Scope, order: Order, detail: Detail) -> Segment | None:
    """Behind the request, else before it, else that of its parent (OBR-29); another order's is none of its."""
    asked = detail.segment
    own = next(iter((*detail.all("SPM"), *_of(order.leads, "SPM"))), detail.specimen)
    parents = (("placer", asked.get(29, 1)), ("filler", asked.get(29, 2)))
    found = own or next(filter(None, (scope.samples.get(parent) for parent in parents)), None)
    if found is not None:
        numbers = (("placer", asked.get(2)), ("filler", asked.get(3)))
        scope.samples.update((number, found) for number in numbers if number[1])
    return found


def _report(scope: Scope, segment: Segment, asked: result.Request, found: Sequence[Segment]) -> Iterator[Event]:
    """Of a report the lines of text are the report's own; what is measured beside them is a result."""
    told = asked.kind is EventKind.REPORT
    lines = [segment for segment in found if told and _is_text(segment)]
    text, withdrawn = note.joined(scope, lines)
    yield from result.read_report(scope, segment, asked, text, withdrawn)
    yield from _results(scope, [s for s in found if not (told and _is_text(s))], asked)


def _is_text(segment: Segment) -> bool:
    """A line that is taken back needs no type."""
    return segment.get(2).upper() in _TEXTS or bool(not segment.get(2) and note.taken_back(segment))


def _specimens(scope: Scope, segments: Iterable[Segment], number: str) -> Iterator[Event]:
    for specimen in _of(segments, "SPM"):
        yield from result.read_specimen(scope, specimen, number)


def _document(scope: Scope, group: Group, detail: Detail) -> Iterator[Event]:
    """In a message of documents all OBX are the document's text."""
    body = detail.all("OBX") if scope.head.family == "documents" else []
    yield from note.read(scope, detail, body)
    if not body:
        yield from _results(scope, detail.all("OBX"), result.Request())


def _results(scope: Scope, found: Iterable[Segment], asked: result.Request) -> Iterator[Event]:
    """Lines of one text together, all else one by one."""
    lines: list[Segment] = []
    for segment in found:
        if lines and not measuring.joins(lines[-1], segment):
            yield from result.read_result(scope, lines, asked)
            lines = []
        lines.append(segment)
    if lines:
        yield from result.read_result(scope, lines, asked)


def _standalone(scope: Scope, segments: Iterable[Segment]) -> Iterator[Event]:
    for segment in segments:
        if (read := _ALONE.get(segment.name)) is not None:
            yield from _once(scope, segment, read(scope, segment))
        elif segment.name.startswith("Z"):
            scope.leave(f"{segment.name} segment kept as it came")
        elif segment.name not in _ELSEWHERE:
            scope.leave(f"{segment.name} segment is not read")


def _once(scope: Scope, segment: Segment, events: Iterable[Event]) -> Iterator[Event]:
    """A diagnosis or allergy that a message repeats under several orders is one fact."""
    for event in events:
        if (said := replace(event, natural_key="")) in scope.said:
            scope.leave(f"{segment.name} repeated word for word")
        else:
            scope.said.add(said)
            yield event


def _of(segments: Iterable[Segment], name: str) -> list[Segment]:
    return [segment for segment in segments if segment.name == name]
