"""Defects of a published generator (Llemr's released code, Wu et al. 2024), each as a test that ours has not got it.

Those of training and of judging answers are tested elsewhere.
"""

import json
import random
import re
from collections import Counter
from typing import Any

from generation_parts import rows, views

from chartline.language.checked_plan import read_plan
from chartline.language.plan_text import load_plan
from chartline.language.verbalizer import sentence
from chartline.language.wording import KIND_WORDS
from chartline.learning.generation.alignment import ALIGNMENT, EVENTS_OF_KIND
from chartline.learning.generation.families import FAMILIES
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.held_out import split_of
from chartline.learning.generation.views import View, draw_now
from chartline.record.chart import Chart
from chartline.record.event import Event, Quantity, Source
from chartline.record.execute import execute
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.plan import Retrieve
from chartline.record.result import PlanResult
from chartline.record.times import interval_end, parse_instant

EVERY_FAMILY = [*FAMILIES, *(family for families in ALIGNMENT.values() for family in families)]


def executed(view: View, row: Any) -> PlanResult:
    plan = read_plan(row.plan, row.question, row.conversation, row.hints)
    return execute(plan, view.chart, parse_instant(row.now), "", LexicalLinker())


def test_defect_1_no_patient_of_validation_or_test_is_in_training() -> None:
    patients: dict[str, set[str]] = {}
    for _, row in rows():
        patients.setdefault(row.patient.partition("#")[0], set()).add(row.split)
        assert row.split == split_of(row.patient)
    assert not [patient for patient, splits in patients.items() if len(splits) > 1]


def test_defects_3_and_4_every_row_names_a_chart_that_is_there() -> None:
    """Columns and files that one step reads are those that the other writes."""
    names = {view.name for view in (*views(), *views(True))}
    assert {row.patient for _, row in rows()} <= names


def test_defect_5_a_kind_has_one_name_in_questions_and_in_soft_tokens() -> None:
    for view in views()[:5]:
        for event in view.chart.events:
            assert sentence(event).startswith(KIND_WORDS[event.kind])


def test_defect_6_nothing_is_asked_whose_answer_the_chart_cannot_hold() -> None:
    """Every value rests on events of the very chart that stands before the question."""
    for view, row in rows():
        if not isinstance(load_plan(row.plan), Retrieve):
            keys = {event.event_key for event in view.chart.events}
            assert {event.event_key for event in executed(view, row).events} <= keys


def test_defect_6_every_kind_that_is_asked_about_is_in_charts() -> None:
    """Diagnoses, vital signs, inputs and outputs are among the events, not only among the questions."""
    kinds = Counter(kind for view in views(True) for kind in view.chart.by_kind)
    assert all(kinds[kind] > 10 for kind in EVENTS_OF_KIND.values())


def test_defect_6_the_end_of_a_stay_is_not_told_before_it_is_over() -> None:
    """Neither by answers nor, through channels, by the events themselves."""
    for view, row in rows():
        until = interval_end(view.known_until)
        told = json.loads(row.values)
        assert not [event for event in view.chart.events if ends_in_future(event, until)]
        if row.family in ("transfers_discharge_time", "discharge_plain"):
            times = [parse_instant(value["time"]) for value in told if "time" in value]
            assert all(interval_end(time) <= until for time in times)


def ends_in_future(event: Event, until: int) -> bool:
    lasting = (EventKind.ENCOUNTER, EventKind.ICU_STAY, EventKind.TRANSFER, EventKind.PROCEDURE)
    return event.kind in lasting and event.end_time is not None and event.end_time.unix_micros > until


def test_defect_7_negative_bounded_and_worded_results_stay_what_they_are() -> None:
    results = {
        "base excess": Quantity("-3.5", "mEq/L"),
        "troponin": Quantity("0.01", "ng/mL", "<"),
        "ferritin": Quantity("1500", "ng/mL", ">"),
    }
    events = [laboratory(name, quantity=quantity) for name, quantity in results.items()]
    events.append(laboratory("ana titer", text="1:160"))
    for name, said in {**{n: f"{q.comparator}{q.value}" for n, q in results.items()}, "ana titer": "1:160"}.items():
        result = execute(load_plan(f'get value of lab "{name}"'), Chart(events), None, "", LexicalLinker())
        (value,) = result.values
        form = value.form
        assert said == (f"{form.comparator}{form.value}" if isinstance(form, Quantity) else form)


def test_defect_7_generated_charts_hold_such_results() -> None:
    events = [event for view in views() for event in view.chart.events if event.kind is EventKind.LABORATORY]
    assert [event for event in events if event.quantity and event.quantity.value.startswith("-")]
    assert {event.quantity.comparator for event in events if event.quantity} == {"", "<", ">"}
    assert [event for event in events if ":" in event.text_value]


def laboratory(name: str, quantity: Quantity | None = None, text: str = "") -> Event:
    time = parse_instant("2100-01-01T08:00:00")
    return Event(
        patient="Patient/1",
        kind=EventKind.LABORATORY,
        source=Source("test", "test", name),
        natural_key=name,
        display=name,
        time=time,
        available_time=time,
        quantity=quantity,
        text_value=text,
        event_key=name,
    )


def test_defect_9_wordings_are_spelt() -> None:
    """A rare word that a common one becomes by one slip ("aws" for was, "billled" for billed) is a slip."""
    words = Counter(
        word
        for f in EVERY_FAMILY
        for said in (*f.wordings, *f.held_out)
        for word in re.findall(r"[a-z]{3,}", plain(said))
    )
    slips = {slip: word for word, often in words.items() if often >= 10 for slip in slips_of(word)}
    assert not {word: slips[word] for word, often in words.items() if often <= 2 and word in slips}


def plain(wording: str) -> str:
    return re.sub(r"\{\w+\}", " ", wording.lower())


def slips_of(word: str) -> set[str]:
    doubled = {word[:i] + word[i] + word[i:] for i in range(len(word))}
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return (doubled | swapped) - {word} - REAL_WORDS


#: Words that a slip of another would give, and that are words.
REAL_WORDS = {"form", "loss", "too"}


def test_defect_10_no_answer_rests_on_what_was_not_known_when_it_was_asked() -> None:
    for view, row in rows():
        now = interval_end(parse_instant(row.now))
        if not isinstance(load_plan(row.plan), Retrieve):
            for event in executed(view, row).events:
                assert event.available_time is None or interval_end(event.available_time) <= now


def test_defect_10_now_is_never_before_what_the_chart_knows() -> None:
    rng = random.Random(1)
    for view in views():
        ground = Ground(view, draw_now(view, rng))
        assert all(at <= ground.moments.now for at in ground.moments.times)
