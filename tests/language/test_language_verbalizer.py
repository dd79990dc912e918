from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_events import SOURCE, any_event

from chartline.language.verbalizer import describe, sentence
from chartline.language.wording import KIND_WORDS, SPOKEN_ATTRIBUTES
from chartline.record.event import Attribute, Coding, Event, EventStatus, Instant, Quantity, TimePrecision
from chartline.record.kinds import ATTRIBUTES, EventKind

TIME = Instant(4_102_813_800_000_000, None, TimePrecision.MINUTE)


def event(kind: EventKind, display: str = "", *attributes: tuple[str, str], **fields: object) -> Event:
    said = tuple(Attribute(name, value) for name, value in attributes)
    return replace(Event("Patient/1", kind, SOURCE, "k", display=display, attributes=said), **fields)


CREATININE = event(
    EventKind.LABORATORY,
    "Creatinine",
    ("specimen", "Serum"),
    quantity=Quantity("1.10", "mg/dL"),
    interpretation="H",
    time=TIME,
)
GENTAMICIN = event(
    EventKind.MICROBIOLOGY,
    "Urine culture",
    ("organism", "ESCHERICHIA COLI"),
    ("antibiotic", "Gentamicin"),
    ("susceptibility", "R"),
)
HEPARIN = event(
    EventKind.MEDICATION_REQUEST,
    "Heparin",
    ("route", "SC"),
    ("form", "Vial"),
    ("frequency", "TID"),
    quantity=Quantity("5000", "[iU]"),
    time=TIME,
    end_time=TIME,
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (CREATININE, "laboratory: creatinine, serum [mg/dl], high"),
        (GENTAMICIN, "microbiology: urine culture, grew escherichia coli, tested gentamicin, resistant"),
        (HEPARIN, "medication ordered: heparin, vial, sc [[iu]]"),
        (event(EventKind.TRANSFER, "", ("care_unit", "MICU"), ("event_type", "admit")), "transfer: admit, micu"),
        (event(EventKind.LABORATORY, "Nitrite", text_value="NEG"), "laboratory: nitrite, neg"),
        (event(EventKind.LABORATORY, "Nitrite", text_value="3 on 2 May"), "laboratory: nitrite"),
        (event(EventKind.NOTE, "Discharge summary", text_value="Chest pain"), "note: discharge summary"),
        (event(EventKind.CONDITION, codings=(Coding("icd", "I10"),)), "diagnosis: i10"),
        (event(EventKind.CONDITION, codings=(Coding("icd", "I10", "Hypertension"),)), "diagnosis: hypertension"),
        (event(EventKind.PROCEDURE, "X-ray", status=EventStatus.CANCELLED), "procedure: x-ray, cancelled"),
        (event(EventKind.DEATH, time=TIME), "death"),
    ],
)
def test_sentence(said: Event, expected: str) -> None:
    assert sentence(said) == expected


def test_description_has_number_unit_and_time() -> None:
    assert describe(CREATININE) == "laboratory: Creatinine, Serum = 1.10 mg/dL, high; 2100-01-05 06:30"
    assert describe(HEPARIN) == (
        "medication ordered: Heparin, Vial, SC = 5000 [iU], frequency TID; 2100-01-05 06:30 to 2100-01-05 06:30"
    )


def test_words_cover_every_kind_and_only_its_attributes() -> None:
    assert set(KIND_WORDS) == set(SPOKEN_ATTRIBUTES) == set(EventKind)
    for kind, spoken in SPOKEN_ATTRIBUTES.items():
        assert {name for name, _ in spoken} <= ATTRIBUTES[kind]


@given(any_event(), st.decimals(allow_nan=False).map(str), st.integers(0, 2**50))
def test_neither_number_nor_time_reaches_the_sentence(said: Event, value: str, micros: int) -> None:
    moved = replace(said, time=Instant(micros), end_time=None, available_time=None)
    if moved.quantity is not None:
        moved = replace(moved, quantity=Quantity(value, moved.quantity.unit))
    assert sentence(moved) == sentence(said)
    assert "\n" not in sentence(said)
    assert describe(said).startswith(KIND_WORDS[said.kind])
