"""Each arm is asked its questions; every verdict is kept, so that a broken-off study goes on where it was.

cases ─▶ arm: charts shown as it was trained, a plan or an answer written ─▶ verdict ─▶ one line of JSON
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from chartline.evaluation.arms import ARMS, Arm, Trained, Way
from chartline.evaluation.cases import Case, drawn, fair, read_cases
from chartline.evaluation.golds import Verdict
from chartline.evaluation.writer import Writer
from chartline.language.planning import MAX_PLAN_TOKENS, PlanInvalid, write_plan
from chartline.language.prompt import direct_text, shown_texts
from chartline.models.text_encoder import TextEncoder
from chartline.record.mentioned import mentioned
from chartline.record.times import parse_instant

_MAX_DIRECT_TOKENS = 96
#: Questions whose outcomes are written together.
_PART = 64
TASKS = tuple(dict.fromkeys(arm.task for arm in ARMS))
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question in one arm."""

    task: str
    arm: str
    case: str
    patient: str
    verdict: str
    said: str


def run_study(
    data: Path,
    checkpoints: Mapping[Trained, Path],
    outcomes_file: Path,
    many: int,
    device: str,
    progress: Progress,
) -> list[Outcome]:
    """All arms whose checkpoint is given, on at most `many` questions of each task about patients of the test split.

    Raises InvalidRequest for folders that are no data or checkpoint.
    """
    cases = {task: drawn(fair(read_cases(data, task, ("test",))), many) for task in TASKS}
    asked = {arm: cases[arm.task] for arm in ARMS if arm.trained in checkpoints}
    return ask(asked, checkpoints, outcomes_file, device, progress)


def ask(
    asked: Mapping[Arm, Sequence[Case]],
    checkpoints: Mapping[Trained, Path],
    outcomes_file: Path,
    device: str,
    progress: Progress,
) -> list[Outcome]:
    """Outcomes of all arms; those that the file holds already are kept. `progress(done, all)`."""
    told = outcomes_file.read_text().splitlines() if outcomes_file.exists() else []
    kept = [Outcome(**json.loads(line)) for line in told]
    known = {(outcome.task, outcome.arm, outcome.case) for outcome in kept}
    missing = {a: [c for c in cases if (a.task, a.name, c.row.id) not in known] for a, cases in asked.items()}
    everything = len(kept) + sum(map(len, missing.values()))
    encoder = TextEncoder()
    with outcomes_file.open("a") as lines:
        for arm, left in missing.items():
            for outcomes in _in_parts(arm, left, checkpoints[arm.trained], encoder, device):
                lines.writelines(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes)
                lines.flush()
                kept += outcomes
                progress(len(kept), everything)
    return kept


def _in_parts(
    arm: Arm, cases: Sequence[Case], checkpoint: Path, encoder: TextEncoder, device: str
) -> Iterator[list[Outcome]]:
    if not cases:
        return
    charts = {case.row.patient: case.chart.events for case in cases}
    with Writer(checkpoint, charts, encoder, arm.tampering, device) as writer, asyncio.Runner() as runner:
        for start in range(0, len(cases), _PART):
            yield runner.run(_answers(cases[start : start + _PART], arm, writer))


async def _answers(cases: Sequence[Case], arm: Arm, writer: Writer) -> list[Outcome]:
    verdicts = await asyncio.gather(*(_answer(case, arm.way, writer) for case in cases))
    return [
        Outcome(arm.task, arm.name, case.row.id, case.patient, verdict, said)
        for case, (verdict, said) in zip(cases, verdicts, strict=True)
    ]


async def _answer(case: Case, way: Way, writer: Writer) -> tuple[Verdict, str]:
    row, now = case.row, parse_instant(case.row.now)
    if way is Way.DIRECT:
        said = await writer.write(row.patient, direct_text(row.question, now), most_tokens=_MAX_DIRECT_TOKENS)
        return case.verdict_on_words(said), said
    write = partial(_plan_text, writer, row.patient, guided=way is Way.PLAN)
    try:
        names = mentioned(case.chart, shown_texts(row.question, row.conversation))
        written = await write_plan(write, row.question, now, row.conversation, row.hints, names)
    except PlanInvalid as invalid:
        return Verdict.UNAVAILABLE, invalid.text
    return case.verdict_on_plan(written.plan, written.text), written.text


async def _plan_text(
    writer: Writer, patient: str, user_text: str, grammar: str, other_than: str, *, guided: bool
) -> str:
    """Without its grammar a plan that was refused comes again as it was."""
    if not guided:
        return await writer.write(patient, user_text, most_tokens=MAX_PLAN_TOKENS)
    return await writer.write(patient, user_text, grammar=grammar, other_than=other_than, most_tokens=MAX_PLAN_TOKENS)


def by_arm(outcomes: Sequence[Outcome]) -> dict[Arm, list[Outcome]]:
    """In the order of the arms; only those that were asked."""
    groups: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.task, outcome.arm].append(outcome)
    return {arm: groups[arm.task, arm.name] for arm in ARMS if (arm.task, arm.name) in groups}
