"""chartline evaluate answers: a file of questions through the gateway, into the file that the scorer reads.

`ablations`, `conversations` and `generated` have their own modules and are commands of the same group.
"""

import fcntl
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import grpc
import typer
from rich.table import Table

from chartline.commands import values
from chartline.commands.ablations import ablations
from chartline.commands.ask import ANSWER_SECONDS, last_of, status_name
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
from chartline.commands.conversations import conversations
from chartline.commands.evaluate_outcomes import outcomes, predictions
from chartline.commands.generated import generated
from chartline.errors import InvalidRequest
from chartline.evaluation.latency import HEAD, latency_rows
from chartline.local.client import Client
from chartline.v1.gateway_service_pb2 import AnswerQuestionRequest, FinalAnswer

app = typer.Typer(help="Measure answers and predictions.", no_args_is_help=True)

Question = dict[str, Any]
Prediction = dict[str, Any]

_UNAVAILABLE = "UNAVAILABLE"


app.command()(ablations)
app.command()(conversations)
app.command()(generated)
app.command()(outcomes)
app.command()(predictions)


@app.command()
def answers(
    questions_file: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", exists=True, dir_okay=False)],
    home: HomeOption,
    predictions_file: Annotated[Path, typer.Option("--out", help="Continued where it exists.")],
    record_set: Annotated[str, typer.Option(help="Ask only the questions of this set of records.")] = "",
    hints: Annotated[bool, typer.Option("--hints", help="Send the conventions that a question states.")] = False,
    concurrency: Annotated[int, typer.Option(min=1, help="Questions asked at once.")] = 4,
    tenant: TenantOption = DEFAULT_TENANT,
    as_json: JsonOption = False,
) -> None:
    """Ask every question of the file and write one prediction a line.

    Questions that are answered in the output file already are left out; those that were UNAVAILABLE are asked again.
    They are asked patient by patient, so that the model reads each chart once.
    """
    asked = [q for q in read_lines(questions_file) if not record_set or q.get("record_set") == record_set]
    with connect(home, tenant) as client, _continued(predictions_file) as (kept, predictions), progress() as bars:
        done = {prediction["id"] for prediction in kept}
        missing = sorted((q for q in asked if q["id"] not in done), key=_chart)
        predicted = list(kept)
        bar = bars.add_task("Asking questions", total=len(asked), completed=len(asked) - len(missing))
        for prediction in ask_all(client, missing, hints=hints, concurrency=concurrency):
            predictions.write(json.dumps(prediction) + "\n")
            predictions.flush()
            predicted.append(prediction)
            bars.advance(bar)
    statuses = Counter(prediction["status"] for prediction in predicted)
    if as_json:
        print_json({"questions": len(asked), "statuses": statuses})
    else:
        out.print(f"{len(asked)} questions: " + ", ".join(f"{n} {status}" for status, n in sorted(statuses.items())))
        out.print(_latencies(predicted))


@contextmanager
def _continued(file: Path) -> Iterator[tuple[list[Prediction], TextIO]]:
    """The predictions that stay, and the file with these alone, to append to. A kill at any time loses none of them."""
    with _held(file):
        kept = [prediction for prediction in read_lines(file) if prediction["status"] != _UNAVAILABLE]
        beside = file.with_name(f".{file.name}.kept")
        beside.write_text("".join(json.dumps(prediction) + "\n" for prediction in kept))
        beside.replace(file)
        with _held(file) as predictions:
            yield kept, predictions


@contextmanager
def _held(file: Path) -> Iterator[TextIO]:
    """The file, to append to. Raises InvalidRequest while another run writes it: both would ask every question."""
    with file.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidRequest(f"{file}: another run writes this file") from None
        yield stream


def _latencies(predicted: list[Prediction]) -> Table:
    table = Table(*HEAD, box=None)
    for row in latency_rows(predicted):
        table.add_row(*row)
    return table


def _chart(question: Question) -> tuple[str, str]:
    """What the model has to have read before it can plan."""
    return str(question["patient"]), str(question.get("as_of") or "")


def read_lines(file: Path) -> list[dict[str, Any]]:
    """Raises InvalidRequest with file and line for what is no JSON object; a torn last line is left out."""
    lines = file.read_text().splitlines(keepends=True)
    objects = []
    for number, line in enumerate(lines, start=1):
        try:
            objects.append(dict(json.loads(line)))
        except ValueError as error:
            if number == len(lines) and not line.endswith("\n"):
                break
            raise InvalidRequest(f"{file}:{number}: {error}") from None
    return objects


def ask_all(client: Client, questions: list[Question], *, hints: bool, concurrency: int) -> Iterator[Prediction]:
    """Predictions in the order in which they are ready."""
    with ThreadPoolExecutor(concurrency) as pool:
        asked = [pool.submit(predict, client, question, hints=hints) for question in questions]
        try:
            for future in as_completed(asked):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def predict(client: Client, question: Question, *, hints: bool) -> Prediction:
    """The prediction of one question; a failed call is UNAVAILABLE, with its status as the text."""
    request = AnswerQuestionRequest(
        patient=str(question["patient"]),
        question=question["question"],
        encounter=str(question.get("encounter") or ""),
        as_of=instant(question.get("as_of") or ""),
        hints=question.get("hints", []) if hints else [],
    )
    started_at = time.monotonic()
    try:
        final = last_of(client.gateway.AnswerQuestion(request, timeout=ANSWER_SECONDS))
        content = _content(final)
    except grpc.RpcError as error:
        text = f"{error.code().name}: {error.details()}"
        content = {"status": _UNAVAILABLE, "text": text, "values": [], "citations": []}
    return {"id": question["id"], **content, "latency_ms": round((time.monotonic() - started_at) * 1000, 1)}


def _content(final: FinalAnswer) -> dict[str, Any]:
    """What the scorer reads, and for ourselves how long each step took and whether the chart was kept."""
    usage = final.usage
    steps = usage.step_times.ListFields()
    return {
        "status": status_name(final),
        "text": final.text,
        "values": [values.as_json(value) for value in final.values],
        "citations": [
            {"event_id": c.event_key, "source": f"{c.source.format} {c.source.record_id}"} for c in final.citations
        ],
        "steps_ms": {step.name: round(micros / 1000, 1) for step, micros in steps},
        "warm": usage.reused_tokens == usage.prefix_tokens,
    }
