"""Names of a record in what was said: whole, as they stand there, and nothing that only looks like one."""

import pytest
from record_charts import drug, event, lab

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.mentioned import mentioned

CHART = Chart.build(
    [
        event(EventKind.PROCEDURE, "(Aorto)coronary bypass of two coronary arteries", "2100-01-01"),
        event(EventKind.PROCEDURE, "Bypass coronary artery, one artery, open approach", "2100-01-01"),
        event(EventKind.ENCOUNTER, "Well child visit (procedure)", "2100-01-01"),
        event(EventKind.CONDITION, "Long-term use of insulin", "2100-01-01"),
        event(EventKind.CONDITION, "Long-term (current) use of insulin", "2100-01-01"),
        event(EventKind.CONDITION, "Abscess [chronic] of lung (left)", "2100-01-01"),
        drug("Heparin", "2100-01-01"),
        drug("Heparin flush", "2100-01-01"),
        drug("0.9% Sodium Chloride", "2100-01-01"),
        lab("Sodium [Moles/volume] in Blood", "2100-01-01", "140"),
        lab("Blood urea nitrogen", "2100-01-01", "14"),
    ]
)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Any (aorto)coronary bypass of two coronary arteries?", ["(aorto)coronary bypass of two coronary arteries"]),
        ("bypass coronary artery, one artery, open approach", ["bypass coronary artery, one artery, open approach"]),
        ("When was the bypass coronary artery?", ["bypass coronary artery"]),
        ("When was his last well child visit?", ["well child visit"]),
        ("the ABSCESS [chronic] of lung (left)?", ["ABSCESS [chronic] of lung (left)"]),
        ("Was heparin flush given, or heparin?", ["heparin flush"]),
        ("0.9% sodium chloride since May", ["0.9% sodium chloride"]),
        ("sodium (blood urea nitrogen)", ["blood urea nitrogen"]),
        ("the long-term use of the insulin", ["long-term use of the insulin"]),
        ("heparin and flush, blood of urea nitrogen", []),
        ("the coronary bypass", []),
        ("in the long-term", []),
        ("", []),
    ],
)
def test_names_are_found_whole(text: str, names: list[str]) -> None:
    assert list(mentioned(CHART, [text])) == names


def test_a_name_is_told_once_in_the_order_of_the_texts() -> None:
    texts = ["blood urea nitrogen?", "Heparin flush, then blood urea nitrogen"]
    assert mentioned(CHART, texts) == ("blood urea nitrogen", "Heparin flush")


def test_what_was_not_known_has_no_name() -> None:
    assert mentioned(Chart.build([]), ["heparin flush"]) == ()
