"""chartline evaluate conversations: scripts asked turn by turn, each answer held against what the record says."""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import grpc
import typer
from rich.table import Table

from chartline.commands.ask import ANSWER_SECONDS, status_name
from chartline.commands.console import (
    DEFAULT_TENANT,
    HomeOption,
    JsonOption,
    TenantOption,
    connect,
    instant,
    out,
    print_json,
    progress,
)
from chartline.evaluation.golds import Answer, Verdict, verdict_on
from chartline.evaluation.scripts import Conversation, Turn, golds_of, read_script
from chartline.local.client import Client
from chartline.record.chart import Chart
from chartline.record.times import parse_instant
from chartline.rpc.messages import event_from_message, value_from_message
from chartline.v1 import gateway_service_pb2
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest
from chartline.v1.record_service_pb2 import ListEventsRequest

#: One turn as the report has it: a line of JSON.
Line = dict[str, Any]

_LONGEST_ANSWER = 8_000  # of an earlier turn, by the contract


def conversations(
    scripts: Annotated[list[Path], typer.Argument(metavar="SCRIPT.toml…", exists=True, dir_okay=False)],
    home: HomeOption,
    report_file: Annotated[Path, typer.Option("--out", help="One line of JSON a turn.")],
    records: Annotated[str, typer.Option(help="Only the scripts about this set of records.")] = "",
    concurrency: Annotated[int, typer.Option(min=1, help="Conversations held at once.")] = 4,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Hold scripted conversations with the gateway and count the turns that were answered right.

    Each turn carries the earlier questions with the answers that the system itself gave. The tenant must hold the
    records that the scripts are about.
    """
    read = {file.stem: read_script(file) for file in scripts}
    chosen = [(t, c) for t, script in read.items() if records in ("", script.records) for c in script.conversation]
    lines: list[Line] = []
    with connect(home, tenant) as client, report_file.open("w") as report, progress() as bars:
        bar = bars.add_task("Holding conversations", total=len(chosen))
        with ThreadPoolExecutor(concurrency) as pool:
            for held in pool.map(lambda one: list(hold(client, *one)), chosen):
                report.writelines(json.dumps(line) + "\n" for line in held)
                report.flush()
                lines += held
                bars.advance(bar)
    if as_json:
        print_json({"turns": len(lines), "verdicts": Counter(line["verdict"] for line in lines)})
    else:
        out.print(_table(lines))


def hold(client: Client, theme: str, conversation: Conversation) -> Iterator[Line]:
    """The report of every turn, in order. Raises grpc.RpcError where the patient's record cannot be read."""
    as_of, now = (parse_instant(text) if text else None for text in (conversation.as_of, conversation.now))
    listed = client.events(ListEventsRequest(patient=conversation.patient, as_of=instant(conversation.as_of)))
    chart = Chart(map(event_from_message, listed), as_of)
    earlier: list[gateway_service_pb2.Turn] = []
    for number, turn in enumerate(conversation.turns, start=1):
        begun = time.monotonic()
        answer = _ask(client, conversation, turn, earlier)
        seconds = time.monotonic() - begun
        earlier.append(
            gateway_service_pb2.Turn(question=turn.ask, answer=answer.text[:_LONGEST_ANSWER], plan_text=answer.plan)
        )
        golds = golds_of(turn, chart, now, conversation.encounter)
        yield {
            "theme": theme,
            "conversation": conversation.name,
            "turn": number,
            "question": turn.ask,
            "verdict": verdict_on(answer, golds),
            "status": answer.status,
            "text": answer.text,
            "plan": answer.plan,
            "gold_plan": turn.plan,
            "gold": golds[0].text,
            "latency_ms": round(seconds * 1000, 1),
        }


def _ask(client: Client, conversation: Conversation, turn: Turn, earlier: list[gateway_service_pb2.Turn]) -> Answer:
    """A call that fails is UNAVAILABLE, with its status as the plan: nothing was planned."""
    request = AnswerQuestionRequest(
        patient=conversation.patient,
        question=turn.ask,
        encounter=conversation.encounter,
        as_of=instant(conversation.as_of),
        now=instant(conversation.now),
        conversation=earlier,
    )
    try:
        messages = list(client.gateway.AnswerQuestion(request, timeout=ANSWER_SECONDS))
    except grpc.RpcError as error:
        return Answer(Verdict.UNAVAILABLE.name, (), "", error.code().name)
    final = messages[-1].final
    forms = tuple(value_from_message(value).form for value in final.values)
    return Answer(status_name(final), forms, final.text, messages[0].summary.plan_text)


def _table(lines: list[Line]) -> Table:
    """Themes, then openings, follow-ups and all, each with the share of its turns that are right."""
    groups: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for line in lines:
        for group in (line["theme"], "opening turns" if line["turn"] == 1 else "follow-ups", "all"):
            groups[group][line["verdict"]] += 1
    themes = sorted(groups.keys() - {"opening turns", "follow-ups", "all"})
    table = Table("theme", "turns", "right %", *(v.value for v in Verdict), box=None)
    for group in (*themes, *(g for g in ("opening turns", "follow-ups", "all") if g in groups)):
        counts = groups[group]
        share = f"{100 * counts[Verdict.RIGHT] / counts.total():.1f}"
        table.add_row(group, str(counts.total()), share, *(str(counts[verdict]) for verdict in Verdict))
    return table
