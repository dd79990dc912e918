"""The rows of generated data: one question each, for planning, for saying or for the alignment of soft tokens."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from chartline.language.rendering import render, result_text
from chartline.language.turns import Turn
from chartline.language.value_json import value_json
from chartline.learning.generation.alignment import ask_directly
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.held_out import concepts_of, is_held_out
from chartline.learning.generation.questions import Asked, Mix
from chartline.learning.generation.views import View, draw_now
from chartline.record.plan import OutOfScope, PlanOutcome, Retrieve
from chartline.record.times import format_instant
from chartline.record.verdicts import status_of, values_of

TASKS = ("plan", "say", "align")
#: Shares of tasks in a short view, which soft tokens alone can answer for, and in a long one.
_SHORT_SHARES, _LONG_SHARES = (0.6, 0.1, 0.3), (0.87, 0.13, 0.0)
#: Outside training, share of wordings that training never draws.
_HELD_OUT_WORDING_SHARE = 0.5
#: Longer lists are said by rule and not by the model.
MOST_SAID_VALUES = 8
#: How a result line ends that leaves values out.
_CUT = " more"
_TRIES = 8


@dataclass(frozen=True, slots=True)
class Row:
    """One example.

    `plan`: question → plan text. `say`: that, and with result_text → answer. `align`: question → answer, from the
    soft tokens of `patient` alone. Each tells the whole truth of its question: plan, result in words, the answer (short
    in `align`, plain elsewhere), values as a JSON list, status. Notes are read for a teacher's questions alone: the
    result, answer and status of other plans that read them are empty.
    `patient` names a chart of the folder, `now` is FHIR dateTime; `conversation` holds turns, oldest first.
    """

    id: str
    task: str
    split: str
    family: str
    held_out_wording: bool
    held_out_name: bool
    patient: str
    now: str
    question: str
    conversation: tuple[Turn, ...]
    hints: tuple[str, ...]
    plan: str
    result_text: str
    answer: str
    values: str
    status: str


class RowWriter:
    """Draws the rows of views; numbers them in the order in which they are drawn."""

    def __init__(self) -> None:
        self._mixes = {held_out: Mix(held_out=held_out) for held_out in (False, True)}
        self._written = 0

    def rows(self, view: View, many: int, rng: random.Random) -> Iterator[Row]:
        """So many rows of one view, one after the other."""
        shares = _SHORT_SHARES if view.short else _LONG_SHARES
        for task in rng.choices(TASKS, shares, k=many):
            held_out = view.split != "train" and rng.random() < _HELD_OUT_WORDING_SHARE
            yield self._row(task, view, held_out, rng)

    def _row(self, task: str, view: View, held_out: bool, rng: random.Random) -> Row:
        if task == "align":
            ground = Ground(view, view.known_until)
            if (direct := ask_directly(ground, rng, held_out=held_out)) is not None:
                asked, answer = direct
                return self._told(task, asked, ground, held_out, answer)
        ground = Ground(view, draw_now(view, rng))
        asked = self._mixes[held_out].ask(ground, rng)
        for _ in range(_TRIES if task == "say" else 0):
            if is_said(asked):
                return self._told("say", asked, ground, held_out)
            asked = self._mixes[held_out].ask(ground, rng)
        return self._told("plan", asked, ground, held_out)

    def _told(self, task: str, asked: Asked, ground: Ground, held_out: bool, answer: str = "") -> Row:
        self._written += 1
        example, plan, result = asked.example, asked.plan, asked.result
        read = isinstance(plan, Retrieve)
        values = [] if read else [value_json(value) for value in values_of(plan, result)]
        return Row(
            id=f"{self._written:07}",
            task=task,
            split=ground.view.split,
            family=example.family,
            held_out_wording=held_out,
            held_out_name=any(map(is_held_out, concepts_of(plan))),
            patient=ground.view.name,
            now=format_instant(ground.now),
            question=example.question,
            conversation=example.conversation,
            hints=example.hints,
            plan=example.plan,
            result_text="" if read else result_text(plan, result),
            answer=answer or ("" if read else render(plan, result)),
            values=json.dumps(values, ensure_ascii=False),
            status="" if read else status_of(plan, result).name,
        )


def is_said(asked: Asked) -> bool:
    """Whether serving lets the model phrase such a result, and the line that it reads tells all of it."""
    if isinstance(asked.plan, OutOfScope | Retrieve):
        return False
    found = asked.result.outcome is PlanOutcome.FOUND and not asked.result.truncated
    few = 0 < len(asked.result.values) <= MOST_SAID_VALUES
    return found and few and not result_text(asked.plan, asked.result).endswith(_CUT)
