from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_events import SOURCE

from chartline.language.passages import LONGEST_PASSAGE, document_text, pack, passages
from chartline.record.event import Attribute, Event
from chartline.record.kinds import EventKind

NOTE = Event("Patient/1", EventKind.NOTE, SOURCE, "k")


def of(text: str) -> list[tuple[str, str]]:
    return [(passage.section, passage.text) for passage in passages(replace(NOTE, text_value=text))]


@given(st.text(alphabet="ab .\n!é•1", max_size=3_000))
def test_passages_hold_every_word_and_stay_short(text: str) -> None:
    cut = [text for _, text in of(text)]
    assert all(0 < len(passage) <= LONGEST_PASSAGE for passage in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


@given(st.text(max_size=400))
def test_every_passage_stands_in_its_note_word_for_word(text: str) -> None:
    assert all(" ".join(passage.split()) in " ".join(text.split()) for _, passage in of(text))


def test_sentences_stay_whole() -> None:
    cut = [text for _, text in of("Chest pain since Monday. " * 60)]
    assert len(cut) > 1
    assert all(passage.endswith("Monday.") for passage in cut)


def test_other_kinds_have_none() -> None:
    assert passages(replace(NOTE, kind=EventKind.LABORATORY, text_value="positive")) == ()


def test_a_passage_belongs_to_one_section_and_says_which() -> None:
    note = "CHIEF COMPLAINT\n\nCough.\n\nSocial History: Smokes.\nLives alone.\n\n## Plan\n- rest\n- fluids"
    assert of(note) == [
        ("chief complaint", "Cough."),
        ("social history", "Smokes.\nLives alone."),
        ("plan", "- rest\n- fluids"),
    ]
    assert passages(replace(NOTE, text_value=note))[1].embedded == "social history: Smokes.\nLives alone."


def test_lines_that_an_editor_broke_are_whole_again_and_lists_are_not() -> None:
    broken = "The patient was admitted with fever and rigors and had been\nwell until the day before. Then he\nfell."
    assert of(broken) == [("", " ".join(broken.split()))]
    assert of("Aspirin 81 mg\nMetoprolol 25 mg") == [("", "Aspirin 81 mg\nMetoprolol 25 mg")]


@pytest.mark.parametrize(
    "text", ["Seen by Dr. Smith today.", "1. Sepsis.", "Take 2.5 mg q.d. for pain.", "Pt. is well."]
)
def test_a_full_stop_within_a_sentence_ends_none(text: str) -> None:
    assert pack(f"{text} {'x' * 90}", len(text) + 80, 1)[0].startswith(text)


def test_a_report_without_text_says_its_conclusion() -> None:
    report = replace(NOTE, kind=EventKind.REPORT, attributes=(Attribute("conclusion", "No fracture."),))
    assert document_text(report) == "No fracture."
    assert document_text(replace(report, text_value="Full text.")) == "Full text."
    assert document_text(replace(report, kind=EventKind.LABORATORY)) == ""
