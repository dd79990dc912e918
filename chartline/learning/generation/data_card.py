"""Says what a folder of generated data is: sources, seed, counts, hashes; for people and for the card of a model."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from chartline.learning.generation.folders import CARD, CARD_TEXT
from chartline.learning.generation.sources import Source


@dataclass(frozen=True, slots=True)
class TeacherCard:
    """`paraphrases` is the share of questions to be reworded; `verdicts` counts askings by task, then verdict."""

    name: str
    sha256: str
    paraphrases: float
    verdicts: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class DataCard:
    """`examples` counts rows by split, then task; `families` by name over all splits; `files` are SHA-256 by path."""

    source: str
    source_sha256: str
    terms: str
    seed: int
    charts: dict[str, int]
    examples: dict[str, dict[str, int]]
    families: dict[str, int]
    files: dict[str, str]
    teacher: TeacherCard | None

    @classmethod
    def of(
        cls,
        source: Source,
        seed: int,
        counts: Counter[tuple[str, str, str]],
        charts: Counter[str],
        files: dict[str, str],
        teacher: TeacherCard | None = None,
    ) -> Self:
        """`counts` are rows by split, task and family, `charts` charts by split."""
        examples: dict[str, dict[str, int]] = {}
        families: Counter[str] = Counter()
        for (split, task, family), number in sorted(counts.items()):
            tasks = examples.setdefault(split, {})
            tasks[task] = tasks.get(task, 0) + number
            families[family] += number
        return cls(
            source=source.name,
            source_sha256=source.sha256,
            terms=source.terms,
            seed=seed,
            charts=dict(sorted(charts.items())),
            examples=examples,
            families=dict(sorted(families.items())),
            files=files,
            teacher=teacher,
        )


def write_card(folder: Path, card: DataCard) -> None:
    told = asdict(card)
    if card.teacher is None:
        del told["teacher"]
    (folder / CARD).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    (folder / CARD_TEXT).write_text(_words(card))


def _words(card: DataCard) -> str:
    rows = [
        f"| {split} | {task} | {number} |" for split, tasks in card.examples.items() for task, number in tasks.items()
    ]
    table = "\n".join(rows)
    files = "\n".join(f"| {name} | `{digest}` |" for name, digest in card.files.items())
    charts = ", ".join(f"{number} {split}" for split, number in card.charts.items())
    terms = f"{card.terms[:1].upper()}{card.terms[1:]}"
    return f"""# Questions about charts, with plans, results and answers

Drawn by `chartline train generate` with seed {card.seed} from: {card.source} (`{card.source_sha256}`).

**Charts.** {charts}; each as it was known at one moment, or the end of that. **Terms.** {terms}.
**Answers** come from executing each plan on its chart, never from text. **Wordings** are Chartline's own, in English.
**Held out.** Patients by a hash of their identifier (80 : 10 : 10); names and wordings that `train` never asks with
are marked in valid and test. **Not for** teaching medicine: the questions are sound, made-up charts are not.

| split | task | examples |
|---|---|---|
{table}

`plan`: question to plan. `say`: question, plan and result to answer. `align`: question and soft tokens to answer.
{len(card.families)} families; `card.json` counts them.{_teacher_words(card.teacher) if card.teacher else ""}

| file | SHA-256 |
|---|---|
{files}
"""


def _teacher_words(teacher: TeacherCard) -> str:
    rows = "\n".join(
        f"| {task} | {verdict} | {number} |"
        for task, verdicts in teacher.verdicts.items()
        for verdict, number in verdicts.items()
    )
    return f"""

**Teacher.** {teacher.name} (`{teacher.sha256}`) was asked to reword {teacher.paraphrases:.0%} of the questions of
`train` that stand alone, and for questions on notes. Rules decided what was kept; `teacher.jsonl` holds every asking.

| asked to | verdict | times |
|---|---|---|
{rows}"""
