"""chartline ask: one question, the answer as it comes, what it rests on."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from chartline.commands import values
from chartline.commands.console import (
    DEFAULT_TENANT,
    AsOfOption,
    HomeOption,
    JsonOption,
    PatientArgument,
    TenantOption,
    as_dict,
    connect,
    err,
    instant,
    out,
    print_json,
)
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, AnswerQuestionResponse, AnswerStatus, FinalAnswer

ANSWER_SECONDS = 120.0


def ask(
    patient: PatientArgument,
    question: Annotated[str, typer.Argument(help="In English.")],
    home: HomeOption,
    encounter: Annotated[str, typer.Option(help="The hospital visit it is about.")] = "",
    as_of: AsOfOption = "",
    now: Annotated[str, typer.Option(help="What now means; else --as-of, else the chart's last moment.")] = "",
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Ask a question about one patient's record. Exit code 1 when the answer is UNAVAILABLE."""
    request = AnswerQuestionRequest(
        patient=patient, question=question, encounter=encounter, as_of=instant(as_of), now=instant(now)
    )
    with connect(home, tenant) as client:
        stream = client.gateway.AnswerQuestion(request, timeout=ANSWER_SECONDS)
        final = last_of(stream) if as_json else show(stream)
    if as_json:
        print_json(report(final))
    if final.status == AnswerStatus.ANSWER_STATUS_UNAVAILABLE:
        raise typer.Exit(1)


def last_of(stream: Iterator[AnswerQuestionResponse]) -> FinalAnswer:
    """Every stream that begins ends with exactly one final message."""
    return list(stream)[-1].final


def show(stream: Iterator[AnswerQuestionResponse]) -> FinalAnswer:
    """Prints the text as it comes, then the citations."""
    for message in stream:
        form = message.WhichOneof("message")
        if form == "summary":
            err.print(f"plan: {message.summary.plan_text}", style="dim")
        elif form == "text":
            out.print(message.text, end="")
        elif form == "final":
            out.print()
            _show_end(message.final)
            return message.final
    raise AssertionError("a stream without its end")


def report(final: FinalAnswer) -> dict[str, Any]:
    """The final message for programs; values as evaluation reads them."""
    content = as_dict(final)
    return content | {"status": status_name(final), "values": [values.as_json(value) for value in final.values]}


def status_name(final: FinalAnswer) -> str:
    return AnswerStatus.Name(final.status).removeprefix("ANSWER_STATUS_")


def _show_end(final: FinalAnswer) -> None:
    out.print(status_name(final) + (f" ({final.reason})" if final.reason else ""), style="bold")
    for value in final.values:
        out.print(f"  = {values.as_words(value)}")
    for number, citation in enumerate(final.citations, start=1):
        source = citation.source
        out.print(f"  [{number}] {citation.sentence}  ({source.format} {source.record_id})")
