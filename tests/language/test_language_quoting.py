"""Which passages are quoted, with a similarity that knows nothing: words and sections decide."""

from collections.abc import Sequence
from dataclasses import replace

from language_events import SOURCE

from chartline.language.asking import read_ask
from chartline.language.passages import LONGEST_QUOTE, Passage, passages
from chartline.language.quoting import MOST_QUOTES, Near, Quote, find_quotes
from chartline.record.event import Event
from chartline.record.kinds import EventKind


def note(name: str, text: str, visit: str = "", kind: EventKind = EventKind.NOTE) -> Event:
    return Event("Patient/1", kind, SOURCE, name, encounter=visit, display=name, text_value=text)


ADMISSION = note("Admission note", "CHIEF COMPLAINT: Fever.\nHPI: Three days of fever and cough.\nPlan: Cultures.", "2")
PROGRESS = note("Progress note", "Slept well.\n\nPlan: Continue ceftriaxone.", "2")
SUMMARY = note("Discharge summary", "HOSPITAL COURSE: Cleared on ceftriaxone.\nFOLLOW-UP: In two weeks.", "2")
EARLIER = note("Admission note", "CHIEF COMPLAINT: A broken hip.\nALLERGIES: Latex.", "1")
CHART = [EARLIER, ADMISSION, PROGRESS, SUMMARY]


def quotes(query: str, documents: Sequence[Event]) -> list[Quote]:
    told: dict[Passage, list[Event]] = {}
    for event in documents:
        for passage in passages(event):
            told.setdefault(passage, []).append(event)
    return find_quotes(documents, read_ask(query), (Near(p, tuple(e), 0.2) for p, e in told.items()))


def asked(query: str, *documents: Event) -> list[tuple[str, str, str]]:
    return [(quote.event.display, quote.section, quote.text) for quote in quotes(query, documents or CHART)]


def test_the_newest_visit_that_tells_answers_in_the_order_of_preference() -> None:
    assert asked("Why was the patient admitted?") == [
        ("Admission note", "chief complaint", "Fever."),
        ("Admission note", "history of present illness", "Three days of fever and cough."),
        ("Discharge summary", "hospital course", "Cleared on ceftriaxone."),
    ]
    assert asked("What is the patient allergic to?") == [("Admission note", "allergies", "Latex.")]


def test_the_newest_plan_is_the_plan() -> None:
    assert asked("What is the plan?", ADMISSION, PROGRESS)[0] == ("Progress note", "plan", "Continue ceftriaxone.")


def test_notes_that_name_no_visit_are_each_their_own() -> None:
    loose = [replace(event, encounter="") for event in (EARLIER, PROGRESS)]
    assert asked("Why was the patient admitted?", *loose) == [("Admission note", "chief complaint", "A broken hip.")]


def test_a_type_of_document_is_held_to() -> None:
    assert [name for name, _, _ in asked("What does the discharge summary say?")] == ["Discharge summary"] * 2
    assert asked("What does the discharge summary say?", PROGRESS) == []
    assert asked("What does the progress note say?") == [("Progress note", "plan", "Continue ceftriaxone.")]
    assert asked("What did the nurse write?", note("Nurse note", "Settled. Call bell near.")) == [
        ("Nurse note", "", "Settled. Call bell near.")
    ]


def test_other_notes_tell_what_an_image_showed_where_there_is_no_report() -> None:
    office = note("Office note", "RESULTS\nX-ray of the knee shows no fracture.")
    assert asked("What did the radiologist find on the knee x-ray?", office)[0][1] == "results"
    assert asked("What does the radiology report say?", office) == []


def test_words_find_passages_and_the_newest_of_copies() -> None:
    copied = note("Copy", PROGRESS.text_value)
    assert asked("ceftriaxone", PROGRESS, copied)[0][0] == "Copy"
    assert asked("Was ceftriaxone continued?")[0][2] == "Continue ceftriaxone."


def test_what_says_only_the_words_of_the_question_comes_after_what_says_more() -> None:
    told = note("Note", "CHIEF COMPLAINT: High blood sugar.\nASSESSMENT: High blood sugar due to prednisone.")
    assert asked("Cause of the high blood sugar?", told)[0][1] == "assessment"


def test_nothing_is_found_where_no_note_tells() -> None:
    assert asked("What did the colonoscopy show?") == []
    assert quotes("anything else", []) == []


def test_a_long_section_is_cut_at_the_end_of_a_sentence_and_known_to_be() -> None:
    long = note("Note", "HOSPITAL COURSE: " + "The patient did well. " * 100)
    (quote,) = quotes("hospital course", [long])
    assert quote.cut
    assert len(quote.text) <= LONGEST_QUOTE
    assert quote.text.endswith("did well.")


def test_few_are_quoted() -> None:
    notes = [note(f"Note {n}", f"The rash of day {n} itches.") for n in range(9)]
    assert len(quotes("rash", notes)) == MOST_QUOTES
