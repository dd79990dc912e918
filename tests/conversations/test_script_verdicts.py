"""What counts as right: the values and the status, whatever plan they came from."""

from pathlib import Path

import pytest
from script_records import Records

from chartline.errors import InvalidRequest
from chartline.evaluation.golds import Answer, Verdict, verdict_on
from chartline.evaluation.scripts import Turn, golds_of, read_script
from chartline.record.chart import Chart
from chartline.record.event import Quantity
from chartline.record.fields import Form


@pytest.fixture
def chart(hospital: Records) -> Chart:
    return hospital.chart("Patient/p001")


def verdict(chart: Chart, turn: Turn, status: str, *forms: Form, plan: str = "") -> Verdict:
    return verdict_on(Answer(status, forms, "", plan), golds_of(turn, chart, None, ""))


LACTATE = Turn("The last lactate?", 'get value of last lab "lactate"')
LIST = Turn("Lactates?", 'get value of first 2 lab "lactate"', also=('get value of first lab "lactate"',))


@pytest.mark.parametrize(
    ("status", "forms", "expected"),
    [
        ("ANSWERED", [Quantity("1.0", "mmol/L")], Verdict.RIGHT),
        ("ANSWERED", [Quantity("1", "mmol/L")], Verdict.RIGHT),
        ("PARTIAL", [Quantity("1.0", "mmol/L")], Verdict.WRONG),
        ("ANSWERED", [Quantity("1.0", "mg/dL")], Verdict.WRONG),
        ("ANSWERED", [Quantity("1.0", "mmol/L", "<")], Verdict.WRONG),
        ("ANSWERED", [Quantity("1.0", "mmol/L"), Quantity("1.2", "mmol/L")], Verdict.WRONG),
        ("ANSWERED", [], Verdict.WRONG),
        ("NOT_IN_RECORD", [], Verdict.REFUSED),
        ("UNAVAILABLE", [], Verdict.UNAVAILABLE),
    ],
)
def test_a_number_is_right_with_its_unit_and_alone(
    chart: Chart, status: str, forms: list[Form], expected: Verdict
) -> None:
    assert verdict(chart, LACTATE, status, *forms) is expected


def test_another_plan_of_the_turn_may_be_right_too(chart: Chart) -> None:
    assert verdict(chart, LIST, "ANSWERED", Quantity("3.5", "mmol/L")) is Verdict.RIGHT
    assert verdict(chart, LIST, "ANSWERED", Quantity("4.5", "mmol/L")) is Verdict.RIGHT
    assert verdict(chart, LIST, "ANSWERED", Quantity("2.4", "mmol/L")) is Verdict.WRONG


def test_what_is_not_there_is_denied_and_what_must_be_refused_is_refused(chart: Chart) -> None:
    never = Turn("Ever intubated?", 'exists procedure "intubated"')
    assert verdict(chart, never, "ANSWERED", False) is Verdict.RIGHT
    assert verdict(chart, never, "ANSWERED", True) is Verdict.WRONG
    assert verdict(chart, never, "NOT_IN_RECORD") is Verdict.REFUSED
    advice = Turn("Should I give more?", "refuse knowledge")
    assert verdict(chart, advice, "NOT_IN_RECORD") is Verdict.RIGHT
    assert verdict(chart, advice, "ANSWERED", True) is Verdict.WRONG


def test_a_narrative_question_is_right_where_it_is_read_from_the_notes(chart: Chart) -> None:
    course = Turn("How did the stay go?", 'read "stay"')
    assert verdict(chart, course, "ANSWERED", "A quotation.", plan='read "the stay"') is Verdict.RIGHT
    assert verdict(chart, course, "ANSWERED", True, plan="exists visit") is Verdict.WRONG


def test_a_status_that_is_stated_is_the_one_expected(chart: Chart) -> None:
    none = Turn("Ferritin?", 'get value of lab "ferritin"', status="PARTIAL")
    assert verdict(chart, none, "PARTIAL") is Verdict.RIGHT


@pytest.mark.parametrize(
    "content", ["records = ", 'records = "hospital"', 'records = "h"\n[[conversation]]\nname = "x"\ntypo = 1']
)
def test_what_is_no_script_is_said_with_its_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(content)
    with pytest.raises(InvalidRequest, match=r"broken\.toml"):
        read_script(file)
