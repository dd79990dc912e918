"""Rows and charts become packs: the same ones for the same seed, whoever builds them and wherever a run resumes."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, overload

import numpy as np

from chartline.errors import InvalidRequest
from chartline.language.blocks import prefix_blocks
from chartline.language.prompt import SYSTEM, direct_text, planning_text, saying_text
from chartline.learning.generation.examples import Row
from chartline.learning.training.packs import Item, Pack, PatientPrefix, build_pack
from chartline.models.chat_prompt import prompt_ids
from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder
from chartline.record.event import Event
from chartline.record.times import parse_instant

#: How much of a chart stands before questions that a plan answers: its execution reads the whole chart anyway.
SOFT_RUNS = (0, 8, 16, 32, 64, 96)


class Charts:
    """The soft tokens' inputs of all patients, as serving makes them; every distinct sentence is embedded once."""

    def __init__(self, charts: Mapping[str, Sequence[Event]], encoder: TextEncoder) -> None:
        blocks = {patient: prefix_blocks(events) for patient, events in charts.items()}
        said = {patient: [s for b in chart for s in b.sentences] for patient, chart in blocks.items()}
        distinct = sorted({sentence for sentences in said.values() for sentence in sentences})
        place = {sentence: i for i, sentence in enumerate(distinct)}
        self._vectors = encoder.encode(distinct)
        self._rows = {patient: np.array([place[s] for s in sentences], int) for patient, sentences in said.items()}
        self._channels = {p: np.concatenate([b.channels for b in chart]) for p, chart in blocks.items() if chart}
        self._cut = {p for p, events in charts.items() if len(events) > len(said[p])}

    def whole(self, patient: str) -> PatientPrefix:
        """Raises InvalidRequest for a chart that does not fit: an answer could stand in the part that is cut."""
        if patient in self._cut:
            raise InvalidRequest(f"the chart of {patient} is longer than a prefix: its questions cannot be answered")
        return self._part(patient, 0, len(self._rows[patient]))

    def run(self, patient: str, rng: random.Random) -> PatientPrefix:
        """Some events in a row, or none."""
        length = min(rng.choice(SOFT_RUNS), len(self._rows[patient]))
        start = rng.randint(0, len(self._rows[patient]) - length)
        return self._part(patient, start, start + length)

    def _part(self, patient: str, start: int, stop: int) -> PatientPrefix:
        return PatientPrefix(
            self._vectors[self._rows[patient][start:stop]].reshape(-1, EMBEDDING_SIZE),
            self._channels[patient][start:stop],
        )


class Packs(Sequence[Pack]):
    """Packs of about `per_pack` rows of one chart, built when asked for.

    `context` is the number of positions that the LLM has.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        charts: Charts,
        tokenizer: Any,
        context: int,
        seed: int,
        per_pack: int,
    ) -> None:
        self._arranged = arranged(rows, seed, per_pack)
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
        prefix = self._charts.whole(patient) if _needs_chart(rows[0]) else self._charts.run(patient, rng)
        items = [item(self._tokenizer, row) for row in rows]
        return build_pack(self._head, prefix, items, rng, self._context)


def arranged(rows: Sequence[Row], seed: int, per_pack: int) -> list[tuple[Row, ...]]:
    """Each row once, in packs of even size and random order.

    The rows of a pack are of one chart, see as much of it, and are asked at the same time where that can be: what their
    prompts begin with alike is then computed once.
    """
    rng = random.Random(seed)  # noqa: S311 - reproducible data, no secret
    groups: dict[tuple[str, bool], list[Row]] = defaultdict(list)
    for row in rng.sample(rows, len(rows)):
        groups[row.patient, _needs_chart(row)].append(row)
    packs = [pack for group in groups.values() for pack in _evenly(sorted(group, key=lambda row: row.now), per_pack)]
    rng.shuffle(packs)
    return packs


def _evenly(group: Sequence[Row], size: int) -> list[tuple[Row, ...]]:
    """Parts of nearly `size` rows that differ by one at most."""
    parts = max(1, round(len(group) / size))
    return [tuple(group[len(group) * i // parts : len(group) * (i + 1) // parts]) for i in range(parts)]


def item(tokenizer: Any, row: Row) -> Item:
    """What the gateway writes for such a question, and what is to be written after it."""
    now = parse_instant(row.now)
    asked = planning_text(row.question, now, row.conversation, row.hints)
    match row.task:
        case "plan":
            return _item(tokenizer, asked, "", row.plan + "\n")
        case "say":
            before = saying_text(row.plan, row.result_text)
            return _item(tokenizer, asked, before, f" {row.answer}{tokenizer.eos_token}")
        case "align":
            return _item(tokenizer, direct_text(row.question, now), "", f"{row.answer}{tokenizer.eos_token}")
        case _:
            raise ValueError(f"no task {row.task}")


def _item(tokenizer: Any, user_text: str, assistant_text: str, target: str) -> Item:
    _, prompt = prompt_ids(tokenizer, SYSTEM, user_text, assistant_text)
    return Item(tuple(prompt), tuple(tokenizer(target, add_special_tokens=False)["input_ids"]))


def _needs_chart(row: Row) -> bool:
    """Soft tokens alone are to answer: all of the chart must stand there."""
    return row.task == "align"
