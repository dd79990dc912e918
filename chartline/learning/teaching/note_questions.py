"""Questions on notes: the teacher asks one about a section and quotes what answers it; rules decide whether it counts.

    section ─ teacher ─▶ question, quotation ─ rules ─▶ `read "<question>"` ─ read as serving reads ─▶ the quotation

Nothing of what the teacher says about a note is believed: the row holds the question and what reading answers.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chartline.language.asking import content_words
from chartline.language.checked_plan import checked_plan
from chartline.language.passages import LONGEST_QUOTE, document_text, pack, sentences
from chartline.language.plan_grammar import spans_of
from chartline.language.plan_rules import PlanRefused
from chartline.language.plan_text import PlanTextError
from chartline.language.sections import read_sections
from chartline.language.wording import DOCUMENT_KINDS
from chartline.learning.generation.held_out import folded, is_held_out
from chartline.learning.generation.spoken import as_said
from chartline.learning.generation.views import View
from chartline.learning.teaching.known_wordings import looked_up_by_another
from chartline.record.result import PlanResult
from chartline.record.vocabulary.tables import Domain, rows

_TOLD = tomllib.loads(Path(__file__).with_name("note_questions.toml").read_text())
_READS = re.compile(rf"(?:{'|'.join(_TOLD['reads'])})\b")
_TIMES = re.compile(rf"\b(?:{'|'.join(_TOLD['times'])})\b|\d")
_LOOKED_UP = re.compile(rf"\b(?:{'|'.join(_TOLD['looked_up'])})\b")
_LISTS = frozenset(_TOLD["lists"])
_FORM = re.compile(
    r"question\W*?:\W*(?P<question>[^\n]+\?)\W*\n\W*(?:answer|quote)\W*?:[\s*\"“'‘]*(?P<quote>.+?)(?:\n\s*\n|\Z)",
    re.IGNORECASE | re.DOTALL,
)
#: Shorter sections tell nothing that could be asked about; shorter quotations answer nothing.
_FEWEST_WORDS, _SHORTEST_QUOTE = 12, 4
_LONGEST_QUESTION, _LONGEST_NAME = 200, 6
#: Letters of an abbreviation that is a word as well unless it is written in capitals.
_SHORT = 3
_NAMES = {folded(name) for domain in Domain for row in rows(domain) for name in row if is_held_out(name)}


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a section, as far as one quotation reaches; `section` is empty under no known header."""

    section: str
    text: str


@dataclass(frozen=True, slots=True)
class NoteQuestion:
    """`quote` is what the teacher says that the answer is, on one line."""

    question: str
    quote: str

    @property
    def plan(self) -> str:
        """Reads the whole question, without its mark."""
        return f'read "{self.question.rstrip("? ")}"'


def excerpts(view: View) -> Iterator[Excerpt]:
    """Of every section of the view's notes and reports that tells enough to be asked about, in the chart's order."""
    for event in view.chart.events:
        for section in read_sections(document_text(event)) if event.kind in DOCUMENT_KINDS else ():
            text = pack(section.text, LONGEST_QUOTE, LONGEST_QUOTE)[0]
            if section.name not in _LISTS and len(text.split()) >= _FEWEST_WORDS:
                yield Excerpt(section.name, text)


def read_answer(written: str) -> NoteQuestion | None:
    """None for what has not the form of a question on one line and a quotation under it."""
    if (told := _FORM.search(written)) is None:
        return None
    quote = " ".join(told["quote"].split())
    return NoteQuestion(" ".join(told["question"].split()), quote.strip("\"“”' "))


def question_fault(asked: NoteQuestion, excerpt: Excerpt, view: View) -> str | None:
    """Why it may not be asked, before anything is read; None where it may."""
    question = asked.question.casefold()
    if len(question) > _LONGEST_QUESTION or not question.isprintable() or re.search(r'[.?!:]\s+\S|"', question):
        return "form"
    if not _READS.match(question) or _LOOKED_UP.search(question):
        return "not_for_notes"
    if _TIMES.search(question):
        return "time"
    if not is_quoted(asked.quote, excerpt.text):
        return "quote"
    if content_words(asked.question).isdisjoint(content_words(asked.quote)):
        return "unrelated"
    if _says_held_out_name(asked.question, view):
        return "held_out_name"
    return _plan_fault(asked)


def is_quoted(quote: str, text: str) -> bool:
    """Whether it is whole sentences of the text, one after the other, word for word."""
    said = sentences(text)
    runs = (" ".join(said[start:end]) for start in range(len(said)) for end in range(start + 1, len(said) + 1))
    return len(quote.split()) >= _SHORTEST_QUOTE and any(quote == run for run in runs)


def is_answered(asked: NoteQuestion, result: PlanResult) -> bool:
    """Whether reading returned a passage with the quotation in it."""
    passages = (" ".join(value.form.split()) for value in result.values if isinstance(value.form, str))
    return any(asked.quote in passage for passage in passages)


def _plan_fault(asked: NoteQuestion) -> str | None:
    try:
        checked_plan(asked.plan, asked.question)
    except (PlanTextError, PlanRefused):
        return "rules"
    if as_said(asked.plan, spans_of(asked.question)) != asked.plan:
        return "span"
    return "wording" if looked_up_by_another(asked.question, asked.plan) else None


def _says_held_out_name(question: str, view: View) -> bool:
    """A name of the vocabulary or of the record that training never asks about; "be" is none, "BE" is base excess."""
    own = {folded(event.name) for event in view.chart.events if event.name and is_held_out(event.name)}
    words = folded(question).split()
    said = {" ".join(words[i : i + n]) for n in range(1, _LONGEST_NAME + 1) for i in range(len(words) - n + 1)}
    written = re.findall(r"\w+", question)
    return any(len(name) > _SHORT or name.upper() in written for name in said & (_NAMES | own))
