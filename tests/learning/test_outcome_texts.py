"""Charts as text: what each serialisation says, what it leaves out, and that none knows the future."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcome_cases import patient_events
from outcome_charts import Writer, at
from outcome_leaks import leaking

from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.embeddings.instructions import NEUTRAL, instructed
from chartline.learning.outcomes.embeddings.markdown import markdown
from chartline.learning.outcomes.embeddings.markdown_values import concepts
from chartline.learning.outcomes.embeddings.readers import within
from chartline.learning.outcomes.embeddings.texts import Serialise, events_text, recent_list, rounded
from chartline.record.event import EventStatus, Quantity
from chartline.record.kinds import EventKind
from chartline.record.units import unit

EVERY = pytest.mark.parametrize("serialise", [recent_list, events_text, markdown])


def whole(lines: Sequence[str]) -> Sequence[str]:
    return lines


def chart(writer: Writer, hours: float = 24) -> Case:
    return case_at(writer.patient, writer.events, at(hours), False)


def stay() -> Writer:
    """A stay from hour 0 on, an order that is planned to end behind the prediction time, an old visit."""
    writer = Writer()
    writer.add(EventKind.PATIENT, None, key="patient", birth_year="2060", gender="female", race="WHITE")
    writer.visit(-24 * 40, -24 * 37, "old", discharge_location="HOME")
    writer.diagnosis(-24 * 40, "N17.9", "old", known=-24 * 37)
    writer.visit(0, None, "now")
    writer.lab(1, "Creatinine", "1.10", "mg/dL")
    writer.lab(20, "Creatinine", "2.254", "mg/dL")
    writer.add(EventKind.MEDICATION_REQUEST, 2, "Furosemide", end=60, encounter="now", route="IV")
    writer.add(EventKind.MEDICATION_REQUEST, 3, "Heparin", end=5, encounter="now")
    writer.add(EventKind.PROCEDURE, 30, "Dialysis", known=10)  # planned
    writer.add(EventKind.MEDICATION_REQUEST, 4, "Aspirin", status=EventStatus.CANCELLED)
    return writer


def test_a_list_tells_the_latest_of_each_code_newest_first() -> None:
    assert recent_list(chart(stay()), whole).splitlines()[:-1] == [
        "Creatinine (mg/dL): 2.25",
        "Heparin",
        "Furosemide: IV",
        "hospital visit",
        "code N17.9",
    ]


def test_events_are_told_in_order_with_their_hours_and_no_planned_end() -> None:
    lines = events_text(chart(stay()), whole).splitlines()
    assert lines[0].startswith("patient, age ")
    assert lines[0].endswith("female, WHITE")
    assert lines[1:] == [
        "-960.00 hour, hospital visit, hospital visit: to HOME, duration: 72.00 hour",
        "-960.00 hour, diagnosis, code N17.9",
        "0.00 hour, hospital visit, hospital visit",
        "1.00 hour, laboratory, Creatinine (mg/dL): 1.1 (normal)",
        "2.00 hour, medication ordered, Furosemide: IV",
        "3.00 hour, medication ordered, Heparin, duration: 2.00 hour",
        "20.00 hour, laboratory, Creatinine (mg/dL): 2.25 (normal)",
    ]


def test_markdown_has_named_measurements_and_visits_of_shifted_dates() -> None:
    writer = stay()
    writer.lab(5, "Glucose", "5.2", "mmol/L")
    writer.lab(6, "Potassium", "44", "mmol/L")  # nobody's
    text = markdown(chart(writer), whole)
    for line in (
        "- creatinine (mg/dL): 2.3 (high), 1.1 (normal)",
        "- glucose (mg/dL): 94 (normal)",
        "- potassium (mmol/L): No recent data",
        "- hospital visit on 2023-12-31 (1 days before prediction time, current visit)",
        "- hospital visit on 2023-11-21 (41 days before prediction time, duration: 3 days)",
        "#### Conditions\n- code N17.9",
        "#### Medications\n- Heparin\n- Furosemide: IV",
    ):
        assert line in text, line
    assert "Dialysis" not in text
    assert text.index("current visit") < text.index("duration: 3 days")


def test_a_flag_of_the_source_goes_before_the_range() -> None:
    writer = Writer()
    writer.add(EventKind.LABORATORY, 1, "Creatinine", value="1.0", unit="mg/dL")
    flagged = writer.events[-1]
    writer.events[-1] = type(flagged)(**{f: getattr(flagged, f) for f in flagged.__slots__} | {"interpretation": "H"})
    assert "- creatinine (mg/dL): 1.0 (high)" in markdown(chart(writer), whole)


def test_the_named_measurements_are_whole() -> None:
    assert [sum(c.section == s for c in concepts()) for s in dict.fromkeys(c.section for c in concepts())] == [4, 6, 14]
    for concept in concepts():
        assert unit(concept.unit).understood, concept.unit
        low, high = concept.plausible
        assert concept.normal is None or low <= concept.normal[0] < concept.normal[1] <= high


@EVERY
def test_no_text_depends_on_what_came_later(serialise: Serialise) -> None:
    rng = random.Random(21)
    patients = [patient_events(number, rng)[0] for number in range(120)]
    assert not leaking(lambda cases: [serialise(case, whole) for case in cases], patients, 22)


@EVERY
def test_what_does_not_fit_is_cut_oldest_first(serialise: Serialise) -> None:
    writer = Writer()
    writer.visit(0, None, "v")
    for hour in range(40):
        writer.lab(hour / 2, f"Test {hour:02}", f"{hour}", "mg/dL")

    def count(lines: Sequence[str]) -> list[int]:
        return [len(line.split()) for line in lines]

    told = serialise(chart(writer), within(300, count))
    assert sum(count(told.splitlines())) <= 300
    short = serialise(chart(writer), within(100, count))
    assert sum(count(short.splitlines())) <= 100
    kept = [hour for hour in range(40) if f"Test {hour:02}" in short]
    assert kept == list(range(40))[40 - len(kept) :]


@given(st.lists(st.integers(1, 9), max_size=30), st.integers(1, 60))
def test_as_many_first_lines_are_kept_as_fit(sizes: list[int], room: int) -> None:
    lines = [f"{place} {'x' * size}" for place, size in enumerate(sizes)]
    kept = within(room, lambda shown: [line.count("x") for line in shown])(lines)
    assert list(kept) == lines[: len(kept)]
    used = [line.count("x") for line in lines]
    assert sum(used[: len(kept)]) <= room
    assert len(kept) in (len(lines), room) or sum(used[: len(kept) + 1]) > room


def test_numbers_have_two_places_and_texts_stay() -> None:
    told = [rounded(Quantity(value, comparator=sign)) for value, sign in (("1.10", ""), ("2.256", "<"), ("1:40", ""))]
    assert told == ["1.1", "<2.26", "1:40"]


def test_the_instruction_stands_in_front() -> None:
    text = instructed("a newline separated list", "Does the patient die?", "Lactate: 4")
    assert text.startswith("Instruct: Given a patient's electronic healthcare record (EHR) as a newline")
    assert text.endswith("query: Does the patient die?\nQuery:\nLactate: 4")
    assert NEUTRAL in instructed("Markdown", "", "")
