"""What a teacher adds to the rows of one view: some questions in other wordings, and questions on its notes.

    rows ──▶ some of them, drawn by their number ──▶ teacher ──▶ proof ──▶ the same rows, some in another wording
    notes ─▶ some sections ─▶ teacher ─▶ rules, reading as serving reads ─▶ rows of the family `teacher_read`

Only rows of training are taught: what measures it is the same with a teacher and without.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from chartline.language.plan_text import load_plan
from chartline.language.rendering import render, result_text
from chartline.language.value_json import value_json
from chartline.learning.generation.data_card import TeacherCard
from chartline.learning.generation.examples import Row
from chartline.learning.generation.views import View, draw_now
from chartline.learning.teaching.lesson import Lesson
from chartline.learning.teaching.note_questions import (
    Excerpt,
    NoteQuestion,
    excerpts,
    is_answered,
    question_fault,
    read_answer,
)
from chartline.learning.teaching.reading import Encode, NoteReader
from chartline.learning.teaching.rewording import refusal
from chartline.learning.teaching.teacher import (
    MANNERS,
    READ_TOKENS,
    REWORD_TOKENS,
    Teacher,
    ask_to_read,
    ask_to_reword,
    first_line,
)
from chartline.record.event import Instant
from chartline.record.plan import Retrieve
from chartline.record.result import PlanResult
from chartline.record.times import format_instant
from chartline.record.verdicts import status_of, values_of

FAMILY = "teacher_read"
KEPT = "kept"
#: Sections of one view that are asked about.
_MOST_SECTIONS = 4


class Lessons:
    """`paraphrases` is the share of training questions that stand alone which the teacher is asked to reword."""

    def __init__(self, teacher: Teacher, encode: Encode, seed: int, paraphrases: float) -> None:
        self._teacher = teacher
        self._reader = NoteReader(encode)
        self._seed = seed
        self._share = paraphrases
        self._verdicts: dict[str, Counter[str]] = {"paraphrase": Counter(), "read": Counter()}
        self._seen: set[str] = set()

    def taught(self, view: View, rows: Sequence[Row]) -> tuple[list[Row], list[Lesson]]:
        """The rows of the view, reworded or not, then those on its notes; and everything that was asked."""
        if view.split != "train" or not rows:
            return list(rows), []
        reworded, lessons = self._reworded(rows)
        read, more = self._read(view, rows[-1].id)
        for lesson in (*lessons, *more):
            self._verdicts[lesson.task][lesson.verdict] += 1
        return [*reworded, *read], [*lessons, *more]

    def card(self) -> TeacherCard:
        counts = {task: dict(sorted(counts.items())) for task, counts in self._verdicts.items()}
        return TeacherCard(self._teacher.name, self._teacher.sha256, self._share, counts)

    # --- other wordings -----------------------------------------------------------------------------------------------

    def _reworded(self, rows: Sequence[Row]) -> tuple[list[Row], list[Lesson]]:
        asked = {row.id: manner for row in rows if (manner := self._manner(row))}
        prompts = [ask_to_reword(row.question, asked[row.id]) for row in rows if row.id in asked]
        written = dict(zip(asked, self._teacher.write(prompts, REWORD_TOKENS), strict=True))
        lessons = [_judged(row, written[row.id]) for row in rows if row.id in asked]
        kept = {lesson.row: first_line(lesson.written) for lesson in lessons if lesson.verdict == KEPT}
        return [replace(row, question=kept.get(row.id, row.question)) for row in rows], lessons

    def _manner(self, row: Row) -> str:
        """How the row is to be reworded; empty where it is not. A question in a conversation stays as it is."""
        rng = random.Random(f"{self._seed}/{row.id}/teacher")  # noqa: S311 - reproducible data, no secret
        drawn = rng.random() < self._share and not row.conversation and not row.hints
        return rng.choice(MANNERS) if drawn else ""

    # --- questions on notes -------------------------------------------------------------------------------------------

    def _read(self, view: View, last_row: str) -> tuple[list[Row], list[Lesson]]:
        rng = random.Random(f"{self._seed}/{view.name}/teacher")  # noqa: S311 - reproducible data, no secret
        unread = {e.text: e for e in excerpts(view) if e.text not in self._seen}
        chosen = rng.sample(list(unread.values()), min(_MOST_SECTIONS, len(unread)))
        self._seen.update(excerpt.text for excerpt in chosen)
        written = self._teacher.write([ask_to_read(e.text, e.section) for e in chosen], READ_TOKENS)
        rows, lessons = list[Row](), list[Lesson]()
        for excerpt, text in zip(chosen, written, strict=True):
            name, now = f"{last_row}n{len(rows) + 1}", draw_now(view, rng)
            row, verdict = self._row(view, excerpt, text, name, now)
            rows += [row] if row else []
            lessons.append(Lesson("read", row.id if row else "", view.name, text, verdict))
        return rows, lessons

    def _row(self, view: View, excerpt: Excerpt, text: str, name: str, now: Instant) -> tuple[Row | None, str]:
        """What became of what the teacher wrote, and why nothing did."""
        asked = read_answer(text)
        if asked is None:
            return None, "form"
        if (fault := question_fault(asked, excerpt, view)) is not None:
            return None, fault
        if asked.question.casefold() in self._seen:
            return None, "repeated"
        plan = load_plan(asked.plan)
        assert isinstance(plan, Retrieve)
        result = self._reader.read(view, plan, now)
        if not is_answered(asked, result):
            return None, "not_found"
        self._seen.add(asked.question.casefold())
        return _told(view, asked, plan, result, name, now), KEPT


def _judged(row: Row, written: str) -> Lesson:
    verdict = refusal(row.question, row.plan, first_line(written)) or KEPT
    return Lesson("paraphrase", row.id, row.question, written, verdict)


def _told(view: View, asked: NoteQuestion, plan: Retrieve, result: PlanResult, name: str, now: Instant) -> Row:
    """The whole truth of the question, as reading tells it; the teacher's quotation is somewhere in it."""
    values = [value_json(value) for value in values_of(plan, result)]
    return Row(
        id=name,
        task="plan",
        split=view.split,
        family=FAMILY,
        held_out_wording=False,
        held_out_name=False,
        patient=view.name,
        now=format_instant(now),
        question=asked.question,
        conversation=(),
        hints=(),
        plan=asked.plan,
        result_text=result_text(plan, result),
        answer=render(plan, result),
        values=json.dumps(values, ensure_ascii=False),
        status=status_of(plan, result).name,
    )
