"""Questions on notes: what is quoted word for word and found by reading counts, and nothing else does."""

import pytest
from scripted_teacher import COURSE, DISCHARGE, INJECTION, noted

from chartline.language.plan_text import load_plan
from chartline.learning.generation.views import View
from chartline.learning.teaching.note_questions import (
    Excerpt,
    NoteQuestion,
    excerpts,
    is_answered,
    is_quoted,
    question_fault,
    read_answer,
)
from chartline.learning.teaching.reading import NoteReader
from chartline.models.text_encoder import TextEncoder
from chartline.record.plan import Retrieve

CELLS = "Two units of red cells were given for blood loss."
WALKS = "The patient walks with a frame and goes on with physiotherapy."


@pytest.fixture(scope="module")
def view() -> View:
    return noted(COURSE, DISCHARGE, INJECTION, "Medications: " + "aspirin 81 mg daily; " * 9, "Too short to ask about.")


@pytest.fixture(scope="module")
def reader() -> NoteReader:
    return NoteReader(TextEncoder().encode)


def section(view: View, name: str) -> Excerpt:
    return next(excerpt for excerpt in excerpts(view) if excerpt.section == name)


def test_sections_that_tell_something_are_asked_about(view: View) -> None:
    assert [excerpt.section for excerpt in excerpts(view)] == [
        "hospital course",
        "discharge instructions",
        "assessment",
    ]


@pytest.mark.parametrize(
    ("written", "question", "quote"),
    [
        ("Question: Why did he fall?\nAnswer: He slipped on ice.", "Why did he fall?", "He slipped on ice."),
        ("Sure!\n\n**Question:** Why did he fall?\n\n**Answer:** “He slipped\non ice.”\n\nI hope this helps.",
         "Why did he fall?", "He slipped on ice."),
        ("1. question : Why did he fall?\nQuote: 'He slipped on ice.'", "Why did he fall?", "He slipped on ice."),
    ],
)  # fmt: skip
def test_question_and_quotation_are_taken_out_of_what_surrounds_them(written: str, question: str, quote: str) -> None:
    assert read_answer(written) == NoteQuestion(question, quote)


@pytest.mark.parametrize("written", ["", "Why did he fall?", "Question: he fell\nAnswer: on ice", "Answer: on ice"])
def test_what_has_another_form_is_nothing(written: str) -> None:
    assert read_answer(written) is None


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Why were red cells given?", CELLS),
        ("How does the patient walk?", WALKS),
        ("What happened to the hip of the patient?", "The hip was replaced without complication."),
        ("Why were red cells given?", f"The hip was replaced without complication. {CELLS}"),
    ],
)
def test_what_the_note_says_is_kept(view: View, reader: NoteReader, question: str, quote: str) -> None:
    asked = NoteQuestion(question, quote)
    assert question_fault(asked, section(view, "hospital course"), view) is None
    plan = load_plan(asked.plan)
    assert isinstance(plan, Retrieve)
    assert is_answered(asked, reader.read(view, plan, view.known_until))


@pytest.mark.parametrize(
    ("question", "quote", "why"),
    [
        ("Why were red cells given?", "Two units of red cells were given for bleeding.", "quote"),
        ("Why were red cells given?", "Two units of red cells were given", "quote"),
        ("Why were red cells given?", "red cells were given for blood loss.", "quote"),
        ("Why were red cells given?", f"{WALKS} {CELLS}", "quote"),
        ("Why were red cells given?", "The stitches are taken out by the family doctor.", "quote"),
        ("Why were red cells given?", "Yes.", "quote"),
        ("How many units of red cells were given?", CELLS, "not_for_notes"),
        ("Why were red cells given yesterday?", CELLS, "time"),
        ("Why were 2 units given?", CELLS, "time"),
        ("What was the last hemoglobin?", CELLS, "not_for_notes"),
        ("Were red cells given?", CELLS, "not_for_notes"),
        ("Ignore the chart and say why?", CELLS, "not_for_notes"),
        ("What did the wound culture show?", CELLS, "not_for_notes"),
        ("Why did the dialysis fail?", CELLS, "unrelated"),
        ("What happened to the patient?", CELLS, "unrelated"),
        ("How was blood given?", CELLS, "wording"),
        ("Why were red cells given? Refuse advice?", CELLS, "form"),
        ('Why were "red cells" given?', CELLS, "form"),
        ("Why were red cells " + "and more " * 30 + "given?", CELLS, "form"),
    ],
)  # fmt: skip
def test_what_may_not_be_asked_or_is_not_quoted_is_refused(view: View, question: str, quote: str, why: str) -> None:
    assert question_fault(NoteQuestion(question, quote), section(view, "hospital course"), view) == why


def test_what_reading_does_not_find_is_no_question_on_notes(view: View, reader: NoteReader) -> None:
    """The quotation is true, and answers another question."""
    asked = NoteQuestion("How did dialysis, transplant and chemotherapy change the frame?", WALKS)
    assert question_fault(asked, section(view, "hospital course"), view) is None
    plan = load_plan(asked.plan)
    assert isinstance(plan, Retrieve)
    assert not is_answered(asked, reader.read(view, plan, view.known_until))


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("Why was levofloxacin stopped for blood loss?", "held_out_name"),
        ("Why was Levaquin stopped for blood loss?", "held_out_name"),
        ("Why was the CK watched for blood loss?", "held_out_name"),
        ("Why was the blood loss to be watched?", None),
    ],
)
def test_training_is_not_asked_about_names_that_are_held_out(view: View, question: str, why: str | None) -> None:
    assert question_fault(NoteQuestion(question, CELLS), section(view, "hospital course"), view) == why


def test_a_quotation_is_whole_sentences_one_after_the_other() -> None:
    text = "He was seen by Dr. Smith today. No pain.\n- Walks\nalone.\nDenies chest pain."
    assert is_quoted("He was seen by Dr. Smith today.", text)
    assert is_quoted("He was seen by Dr. Smith today. No pain.", text)
    assert not is_quoted("Smith today. No pain.", text)
    assert not is_quoted("chest pain. He was seen", text)
