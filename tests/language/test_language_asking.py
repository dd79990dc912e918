"""What questions ask of notes: sections, documents, words, changes."""

import tomllib
from pathlib import Path

import pytest

from chartline.language import asking
from chartline.language.asking import content_words, read_ask

FOLDER = Path(asking.__file__).parent


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ("why was the patient admitted", "chief complaint"),
        ("What brought her to the hospital?", "chief complaint"),
        ("the brief hospital course", "hospital course"),
        ("plan at discharge", "discharge instructions"),
        ("discharge instructions", "discharge instructions"),
        ("What follow-up was arranged?", "follow up"),
        ("social history", "social history"),
        ("what allergies are mentioned in the note", "allergies"),
        ("what does the discharge summary say", "hospital course"),
        ("what did the radiology report say", "impression"),
        ("immunizations", "immunizations"),
        ("review of systems", "review of systems"),
    ],
)
def test_a_section_is_asked_for_in_many_ways(query: str, section: str) -> None:
    ask = read_ask(query)
    assert ask.sections[0] == section
    assert not ask.words


def test_what_is_left_is_looked_for() -> None:
    ask = read_ask("What does the discharge summary say about the wound?")
    assert ask.document is not None
    assert (ask.document.name, ask.sections, ask.words) == ("discharge summary", (), {"wound"})
    assert read_ask("family history of colon cancer").words == {"colon", "cancer"}
    assert read_ask("the condition of the skin").sections == ()


@pytest.mark.parametrize(
    "query",
    ["what changed overnight", "What is new since yesterday?", "any changes during the night", "any overnight events",
     "anything new", "updates", "has anything happened since the last round", "what happened last night"],
)  # fmt: skip
def test_changes_are_asked_for(query: str) -> None:
    assert read_ask(query).changes


@pytest.mark.parametrize("query", ["why was the dose changed", "mental status changes", "new onset seizures", "x-ray"])
def test_a_thing_that_changed_is_looked_for_like_any_other(query: str) -> None:
    assert not read_ask(query).changes


def test_the_night_is_told_from_the_day() -> None:
    assert read_ask("what changed last night").at_night
    assert not read_ask("what changed since yesterday").at_night


def test_words_for_the_same_thing_are_the_same() -> None:
    assert content_words("SMOKER") == content_words("tobacco")
    assert content_words("a chest x-ray") == content_words("CXR of the chest") == content_words("Chest radiograph")
    assert content_words("anemic") == content_words("anemia")
    assert content_words("What did the note say about it?") == frozenset()


def test_every_topic_leads_to_sections_that_headers_name() -> None:
    known = tomllib.loads((FOLDER / "note_sections.toml").read_text())
    told = tomllib.loads((FOLDER / "narrative_topics.toml").read_text())
    for topic in (*told["topics"].values(), *told["documents"].values(), told["changes"]):
        assert set(topic["sections"]) <= known.keys()
    headers = [header for written in known.values() for header in written]
    assert len(headers) == len(set(headers))
