"""chartline events, similar, patients: a chart as the system knows it."""

from typing import Annotated

import typer

from chartline.commands.console import (
    DEFAULT_TENANT,
    AsOfOption,
    HomeOption,
    JsonOption,
    PatientArgument,
    TenantOption,
    as_dict,
    connect,
    instant,
    out,
    print_json,
)
from chartline.errors import InvalidRequest
from chartline.language.verbalizer import describe
from chartline.local.client import READ_SECONDS
from chartline.record.event import WITHDRAWALS, Event
from chartline.record.kinds import EventKind
from chartline.rpc.messages import event_from_message
from chartline.v1 import event_pb2
from chartline.v1.encoder_service_pb2 import FindSimilarPatientsRequest
from chartline.v1.record_service_pb2 import ListEventsRequest


def events(
    patient: PatientArgument,
    home: HomeOption,
    kind: Annotated[list[str] | None, typer.Option(help="Repeatable, e.g. laboratory; without it all.")] = None,
    encounter: Annotated[str, typer.Option(help="Only this hospital visit.")] = "",
    as_of: AsOfOption = "",
    withdrawn: Annotated[bool, typer.Option("--withdrawn", help="Also what was withdrawn, without content.")] = False,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """List a patient's events in the order in which the chart knew them; with --json one object a line."""
    request = ListEventsRequest(
        patient=patient,
        kinds=[_kind(name) for name in kind or []],
        encounter=encounter,
        as_of=instant(as_of),
        include_withdrawn=withdrawn,
    )
    with connect(home, tenant) as client:
        for event in client.events(request):
            if as_json:
                print_json(as_dict(event))
            else:
                out.print(_line(event_from_message(event)))


def similar(
    patient: PatientArgument,
    home: HomeOption,
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=100)] = 10,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Find the tenant's patients whose records are nearest, with what both records hold."""
    request = FindSimilarPatientsRequest(patient=patient, limit=limit)
    with connect(home, tenant) as client:
        response = client.gateway.FindSimilarPatients(request, timeout=READ_SECONDS)
    if as_json:
        print_json(as_dict(response))
        return
    for neighbour in response.patients:
        out.print(f"{neighbour.score:.3f}  {neighbour.patient}  {', '.join(neighbour.shared_concepts)}")


def patients(home: HomeOption, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """List the tenant's patients; with --json one object a line."""
    with connect(home, tenant) as client:
        for summary in client.patients():
            if as_json:
                print_json(as_dict(summary))
            else:
                out.print(f"{summary.patient}  {summary.events} events  {' '.join(summary.identifiers)}")


def _line(event: Event) -> str:
    if event.status in WITHDRAWALS:
        return f"{event.status.name.lower().replace('_', ' ')}: {event.source.record_id} ({event.natural_key})"
    return describe(event)


def _kind(name: str) -> event_pb2.EventKind.ValueType:
    try:
        return event_pb2.EventKind.Value(f"EVENT_KIND_{name.upper().replace('-', '_')}")
    except ValueError:
        known = ", ".join(kind.name.lower() for kind in EventKind)
        raise InvalidRequest(f"{name!r} is no kind of event; known: {known}") from None
