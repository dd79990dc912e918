from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from language_events import SOURCE

from chartline.language.passages import LONGEST_PASSAGE, passages
from chartline.record.event import Event
from chartline.record.kinds import EventKind

NOTE = Event("Patient/1", EventKind.NOTE, SOURCE, "k")


@given(st.text(alphabet="ab .\n!é", max_size=3_000))
def test_passages_hold_every_word_and_stay_short(text: str) -> None:
    cut = passages(replace(NOTE, text_value=text))
    assert all(0 < len(passage) <= LONGEST_PASSAGE for passage in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


def test_sentences_stay_whole() -> None:
    text = "Chest pain since Monday. " * 60
    cut = passages(replace(NOTE, text_value=text))
    assert len(cut) > 1
    assert all(passage.endswith("Monday.") for passage in cut)


def test_other_kinds_have_none() -> None:
    assert passages(replace(NOTE, kind=EventKind.LABORATORY, text_value="positive")) == ()
