"""Executes a hand-written plan for each answerable question of the evaluation kit and scores it with the kit's scorer.

    question ─▶ pattern of its template ─▶ plan text ─▶ plan, held to its visit ─▶ executed on the chart ─▶ scored

No language model takes part: what fails here is the gold's fault, or that of the language of plans, the linker, the
executor or the mapping. Known failures stand in gold_exceptions.toml with whose fault they are.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from chartline.commands.values import as_json
from chartline.language.checked_plan import checked_plan
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError, load_plan
from chartline.record.execute import execute
from chartline.record.linking import LexicalLinker
from chartline.record.verdicts import status_of, values_of
from chartline.rpc.messages import value_to_message
from services.gateway.encounter_scope import within_visit
from tests.evaluation.gold_charts import Hospital
from tests.evaluation.gold_slots import Slots

SHARED = Path(__file__).parents[3] / "shared"
#: Question files with golds of what a record says, and the section of gold_plans.toml that has their patterns.
SOURCES = {"ehrsql-2024": "hospital", "fhir-agentbench": "hospital", "mimic-instr": "visit"}
_HERE = Path(__file__).parent
_PATTERNS = tomllib.loads((_HERE / "gold_plans.toml").read_text())
#: Each with `fault`, `reason` and the ids of its `questions`.
EXCEPTIONS: list[dict[str, Any]] = tomllib.loads((_HERE / "gold_exceptions.toml").read_text())["exception"]
_FAULTS = {question: exception["fault"] for exception in EXCEPTIONS for question in exception["questions"]}

Question = dict[str, Any]
_LINKER = LexicalLinker()


@dataclass(frozen=True, slots=True)
class Tried:
    """`plan` is empty where no pattern fits; `refused` says why the rules of plans would not let the model ask so."""

    question: Question
    plan: str
    exact: bool
    answer: tuple[str, ...]
    refused: str

    @property
    def fault(self) -> str:
        """Whose it is that it is not exact; empty where it is, or nobody has explained it."""
        return "" if self.exact else _FAULTS.get(self.question["id"], "")


def questions_of(source: str, kit: Path = SHARED / "eval") -> list[Question]:
    """Those that are scored."""
    lines = (kit / f"questions_{source}.jsonl").read_text().splitlines()
    questions = map(json.loads, lines)
    return [q for q in questions if q["answerable"] and q.get("scorable", True) and not q.get("gold_doubtful")]


def run(source: str) -> Iterator[Tried]:
    is_exact = _scorer(SHARED / "eval")
    for question in questions_of(source):
        yield _try(question, _hospital(question["record_set"]), is_exact)


@cache
def _hospital(record_set: str) -> Hospital:
    return Hospital.of_tables(SHARED / "data" / record_set)


@cache
def _scorer(kit: Path) -> Callable[[Question, dict[str, Any]], bool]:
    sys.path.append(str(kit))
    from score_answers import is_exact

    return is_exact  # type: ignore[no-any-return]


def _try(question: Question, hospital: Hospital, is_exact: Callable[[Question, dict[str, Any]], bool]) -> Tried:
    section = SOURCES[question["source"]]
    chart = hospital.chart(question["patient"], question["as_of"])
    hints = " ".join(question["hints"])
    slots = Slots(question["question"], hospital, hints=hints, parts=section == "visit")
    text = next(filter(None, map(slots.fill, _fitting(section, question))), "")
    refused = _refusal(text, question)
    try:
        plan, encounter = load_plan(text), question["encounter"] or ""
    except PlanTextError:
        return Tried(question, text, False, (), refused)
    if encounter:
        plan = within_visit(plan, question["question"])
    result = execute(plan, chart, None, encounter, _LINKER)
    values = [as_json(value_to_message(value)) for value in values_of(plan, result)]
    exact = is_exact(question, {"status": status_of(plan, result).name, "values": values})
    said = tuple(str(next(iter(value.values()))) for value in values) or (result.outcome.name,)
    return Tried(question, text, exact, said, refused)


def _fitting(section: str, question: Question) -> Iterator[str]:
    patterns = _PATTERNS[section][question["template"]]
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        if isinstance(pattern, str):
            yield pattern
        elif re.search(pattern.get("said", ""), question["question"], re.IGNORECASE):
            yield pattern["plan"]


def _refusal(text: str, question: Question) -> str:
    try:
        checked_plan(text, question["question"], hints=question["hints"])
    except (PlanTextError, PlanRefused) as refused:
        return str(refused)
    return ""
