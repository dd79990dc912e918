"""Rows and charts become packs: the same ones for the same seed, whoever builds them and wherever a run resumes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, overload

from chartline.language.prompt import EARLIER_PLAN, SYSTEM, direct_text, planning_text, saying_text
from chartline.language.turns import Turn
from chartline.learning.generation.examples import Row
from chartline.learning.training.charts import Charts
from chartline.learning.training.packs import Item, Pack, build_pack
from chartline.learning.training.settings import TrainSettings
from chartline.models.chat_prompt import prompt_ids
from chartline.record.times import parse_instant


class Packs(Sequence[Pack]):
    """Packs of about `settings.per_pack` rows of one chart, built when asked for.

    `context` is the number of positions that the LLM has.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        charts: Charts,
        tokenizer: Any,
        context: int,
        settings: TrainSettings,
    ) -> None:
        seed = settings.seed
        self._arranged = arranged(rows, seed, settings.per_pack, settings.packs_per_step)
        self._charts, self._tokenizer, self._context, self._seed = charts, tokenizer, context, seed
        self._head, _ = prompt_ids(tokenizer, SYSTEM, "")

    def __len__(self) -> int:
        return len(self._arranged)

    @overload
    def __getitem__(self, index: int) -> Pack: ...
    @overload
    def __getitem__(self, index: slice) -> list[Pack]: ...
    def __getitem__(self, index: int | slice) -> Pack | list[Pack]:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        rng = random.Random(f"{self._seed} {index}")  # noqa: S311 - reproducible data, no secret
        rows = self._arranged[index]
        patient = rows[0].patient
        shown = self._charts.whole(patient) if _needs_chart(rows[0]) else self._charts.run(patient, rng)
        items = [item(self._tokenizer, row, shown.text) for row in rows]
        return build_pack(self._head, shown.prefix, items, rng, self._context)


def arranged(rows: Sequence[Row], seed: int, per_pack: int, per_step: int) -> list[tuple[Row, ...]]:
    """Each row once, in packs of even size, in steps of random order.

    The rows of a pack are of one chart, see as much of it, and are asked at the same time where that can be: what their
    prompts begin with alike is then computed once. The packs of a step are about as long: processes that share it wait
    for the longest.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    groups: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for row in rng.sample(rows, len(rows)):
        groups[row.patient, _needs_chart(row)].append(row)
    packs = [pack for group in groups.values() for pack in _evenly(sorted(group, key=lambda row: row.now), per_pack)]
    packs.sort(key=lambda pack: sum(map(_length, pack)))
    left = len(packs) % per_step
    steps = [packs[i : i + per_step] for i in range(left, len(packs), per_step)]
    rng.shuffle(steps)
    return [pack for step in (*steps, packs[:left]) for pack in step]


def _length(row: Row) -> int:
    """Characters that are read and written for it, roughly."""
    told = sum(len(turn.question) + len(turn.plan) + len(turn.answer) for turn in row.conversation)
    said = len(row.result_text) + len(row.answer) if row.task != "plan" else 0
    return len(row.question) + len(row.plan) + told + said


def _evenly(group: Sequence[Row], size: int) -> list[tuple[Row, ...]]:
    """Parts of nearly `size` rows that differ by one at most."""
    parts = max(1, round(len(group) / size))
    return [tuple(group[len(group) * i // parts : len(group) * (i + 1) // parts]) for i in range(parts)]


def item(tokenizer: Any, row: Row, chart_text: str = "") -> Item:
    """What the gateway writes for such a question, and what is to be written after it."""
    now = parse_instant(row.now)
    asked = chart_text + planning_text(row.question, now, row.conversation, row.hints)
    match row.task:
        case "plan":
            return _with_earlier_plans(_item(tokenizer, asked, "", row.plan + "\n"), tokenizer, row.conversation)
        case "say":
            planned = _item(tokenizer, asked, "", row.plan + "\n")
            before = saying_text(row.plan, row.result_text)
            said = _item(tokenizer, asked, before, f" {row.answer}{tokenizer.eos_token}")
            return _with_plan(said, _with_earlier_plans(planned, tokenizer, row.conversation))
        case "align":
            return _item(
                tokenizer, chart_text + direct_text(row.question, now), "", f"{row.answer}{tokenizer.eos_token}"
            )
        case _:
            raise ValueError(f"no task {row.task}")


def _with_plan(said: Item, planned: Item) -> Item:
    """The answer learnt with the plan that stands before it: one reading of the question teaches both."""
    begun = planned.prompt + planned.target
    if said.prompt[: len(begun)] != begun:
        raise ValueError("the plan before an answer is not the plan that is written")
    return replace(said, wrote=(*planned.wrote, *range(len(planned.prompt), len(begun))))


def _with_earlier_plans(item: Item, tokenizer: Any, conversation: Sequence[Turn]) -> Item:
    """A conversation is read once and teaches the plan of each of its turns."""
    label, wrote = len(_ids(tokenizer, EARLIER_PLAN)), list[int]()
    for turn in conversation:
        line = _ids(tokenizer, f"{EARLIER_PLAN} {turn.plan}\n")
        begin = wrote[-1] + 1 if wrote else 0
        places = (at for at in range(begin, len(item.prompt)) if item.prompt[at : at + len(line)] == line)
        if turn.plan and (at := next(places, None)) is not None:  # the first turns of a long conversation are not told
            wrote += range(at + label, at + len(line))
    return replace(item, wrote=tuple(wrote))


def _item(tokenizer: Any, user_text: str, assistant_text: str, target: str) -> Item:
    _, prompt = prompt_ids(tokenizer, SYSTEM, user_text, assistant_text)
    return Item(tuple(prompt), _ids(tokenizer, target))


def _ids(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False)["input_ids"])


def _needs_chart(row: Row) -> bool:
    """Soft tokens alone are to answer: all of the chart must stand there."""
    return row.task == "align"
