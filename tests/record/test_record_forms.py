"""One form that is named exactly hides no other: of diseases and vaccines never, of drugs where none is counted."""

import pytest
from record_charts import drug, event, run, said

from chartline.language.plan_text import load_plan
from chartline.record.event import Event
from chartline.record.kinds import EventKind

JANUARY, DECEMBER = "2100-01-01 08:00:00", "2100-12-01 08:00:00"
INSULINS = [drug("insulin", JANUARY, end="2100-01-05"), drug("insulin glargine", DECEMBER)]
HEPARINS = [
    event(EventKind.MEDICATION_ADMINISTRATION, "Heparin", JANUARY, "5000", "units"),
    event(EventKind.MEDICATION_ADMINISTRATION, "Heparin sodium", DECEMBER, "4000", "units"),
]
VACCINES = [event(EventKind.IMMUNIZATION, "Td (adult)", JANUARY), event(EventKind.IMMUNIZATION, "Tdap", DECEMBER)]
DISEASES = [
    event(EventKind.CONDITION, "Diabetes mellitus", JANUARY, end="2100-02-01"),
    event(EventKind.CONDITION, "Type 2 diabetes mellitus", DECEMBER, attributes={"clinical_status": "active"}),
    event(EventKind.CONDITION, "Hypertension", JANUARY),
    event(EventKind.CONDITION, "Pulmonary hypertension", DECEMBER),
]


@pytest.mark.parametrize(
    ("events", "plan", "answer"),
    [
        (INSULINS, 'exists current prescription "insulin"', [True]),
        (INSULINS, 'get name of current prescription "insulin"', ["insulin glargine"]),
        (HEPARINS, 'exists administration "heparin" in "12/2100"', [True]),
        (HEPARINS, 'sum administration "heparin"', ["5000 units"]),
        (VACCINES, 'get name of last vaccine "tetanus"', ["Tdap"]),
        (DISEASES, 'exists current diagnosis "diabetes mellitus"', [True]),
        (DISEASES, 'get name of last diagnosis "diabetes"', ["Type 2 diabetes mellitus"]),
        (DISEASES, 'get name of last diagnosis "hypertension"', ["Hypertension"]),
    ],
)
def test_a_word_is_each_of_its_forms(events: list[Event], plan: str, answer: list[object]) -> None:
    assert said(run(load_plan(plan), events)) == answer
