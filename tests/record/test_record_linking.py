"""Linking by letters: only names that the record holds, one series of a measurement, all of a wider word else."""

import pytest
from record_charts import drug, event, lab, run, said

from chartline.language.plan_text import load_plan
from chartline.record.chart import Chart
from chartline.record.event import Coding, Event
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker, Linking
from chartline.record.names import normalise

T = "2100-01-01 08:00:00"
LOINC = (Coding("http://loinc.org", "2160-0", "Creatinine [Mass/volume] in Serum or Plasma"),)
CHART = Chart.build(
    [
        lab("Creatinine, Serum", T, "1.1", codings=LOINC),
        lab("Creatinine, Urine", T, "60"),
        lab("White Blood Cells", T, "8", "K/uL"),
        lab("Magnesium", T, "2"),
        lab("pH", T, "7.4", ""),
        event(EventKind.VITAL, "O2 saturation pulseoxymetry", T, "97", "%"),
        lab("Oxygen Saturation", T, "72", "%"),
        event(EventKind.VITAL, "Daily Weight", T, "77.3", "kg"),
        event(EventKind.VITAL, "Admission Weight (lbs.)", T, "170", "lb"),
        event(EventKind.VITAL, "Heart Rate", T, "80", "bpm"),
        event(EventKind.VITAL, "Heart rate Alarm - High", T, "120", "bpm"),
        event(EventKind.VITAL, "White Blood Cells", T, "8", "K/uL"),
        drug("Acetaminophen", T),
        drug("Metoprolol Tartrate", T),
        drug("Metoprolol Succinate XL", T),
        drug("Magnesium", T),
        event(EventKind.MEDICATION_ADMINISTRATION, "Heparin", T),
        drug("Insulin, regular, human", T),
        event(EventKind.MEDICATION_ADMINISTRATION, "Insulin, regular, human", T),
        event(EventKind.CONDITION, "Type 2 diabetes mellitus without complications", T),
        event(EventKind.CONDITION, "Atrial fibrillation", T),
        event(EventKind.MICROBIOLOGY, "Culture", T, attributes={"specimen": "URINE", "organism": "ESCHERICHIA COLI"}),
        event(EventKind.OUTPUT, "Foley", T, "200", "mL"),
    ]
)
LAB, VITAL, ORDER = EventKind.LABORATORY, EventKind.VITAL, EventKind.MEDICATION_REQUEST
GIVEN = EventKind.MEDICATION_ADMINISTRATION


def link(concept: str, kind: EventKind | None = None) -> Linking:
    return LexicalLinker().link(concept, kind, CHART)


@pytest.mark.parametrize(
    ("concept", "kind", "names", "found"),
    [
        ("creatinine, SERUM", LAB, ("Creatinine, Serum",), LAB),
        ("serum creatinine", LAB, ("Creatinine, Serum",), LAB),
        ("2160-0", LAB, ("Creatinine, Serum",), LAB),
        ("wbc", LAB, ("White Blood Cells",), LAB),
        ("WBC count", None, ("White Blood Cells",), LAB),
        ("ph level", LAB, ("pH",), LAB),
        ("heart rate", VITAL, ("Heart Rate",), VITAL),
        ("pulse", VITAL, ("Heart Rate",), VITAL),
        ("spo2", VITAL, ("O2 saturation pulseoxymetry",), VITAL),
        ("spo2", LAB, ("O2 saturation pulseoxymetry",), VITAL),
        ("oxygen saturation", LAB, ("Oxygen Saturation",), LAB),
        ("weigh", VITAL, ("Daily Weight",), VITAL),
        ("weight shifts", VITAL, ("Daily Weight",), VITAL),
        ("foley volume", EventKind.OUTPUT, ("Foley",), EventKind.OUTPUT),
        ("tylenol", ORDER, ("Acetaminophen",), ORDER),
        ("Metoprolol", ORDER, ("Metoprolol Succinate XL", "Metoprolol Tartrate"), ORDER),
        ("lopressor", ORDER, ("Metoprolol Tartrate",), ORDER),
        ("heparin", ORDER, ("Heparin",), GIVEN),
        ("regular insulin", ORDER, ("Insulin, regular, human",), ORDER),
        ("regular insulin", GIVEN, ("Insulin, regular, human",), GIVEN),
        ("magnesium", ORDER, ("Magnesium",), ORDER),
        ("diabetes", EventKind.CONDITION, ("Type 2 diabetes mellitus without complications",), EventKind.CONDITION),
        ("afib", None, ("Atrial fibrillation",), EventKind.CONDITION),
        ("urine culture", EventKind.MICROBIOLOGY, ("URINE",), EventKind.MICROBIOLOGY),
        ("escherichia coli", EventKind.MICROBIOLOGY, ("ESCHERICHIA COLI",), EventKind.MICROBIOLOGY),
        ("urine", EventKind.OUTPUT, ("Foley",), EventKind.OUTPUT),
    ],
)
def test_links(concept: str, kind: EventKind | None, names: tuple[str, ...], found: EventKind) -> None:
    assert link(concept, kind) == Linking(names, found)


def test_a_sample_that_is_not_said_is_blood() -> None:
    assert link("creatinine", LAB) == Linking(("Creatinine, Serum",), LAB)


def of_sample(name: str, sample: str) -> Event:
    return lab(name, T, "1000", attributes={"specimen": sample})


@pytest.mark.parametrize(
    ("tests", "concept", "linking"),
    [
        ([of_sample("Glucose", "Urine")], "glucose", Linking(("Glucose",), LAB, ambiguous=True)),
        ([of_sample("Glucose", "CSF")], "glucose", Linking(("Glucose",), LAB, ambiguous=True)),
        ([of_sample("Glucose", "Urine")], "urine glucose", Linking(("Glucose",), LAB)),
        ([of_sample("Glucose", "Plasma")], "glucose", Linking(("Glucose",), LAB)),
        ([lab("GLUCOSE", T, "95"), of_sample("Glucose", "Urine")], "glucose", Linking(("GLUCOSE",), LAB)),
        ([lab("GLUCOSE", T, "95"), of_sample("Glucose", "Urine")], "urine glucose", Linking(("Glucose (Urine)",), LAB)),
        ([lab("URINE SODIUM", T, "9"), of_sample("Urine sodium", "Urine")], "urine sodium",
         Linking(("URINE SODIUM",), LAB)),
        ([of_sample("Ketone", "Urine")], "ketone", Linking(("Ketone",), LAB)),
        ([of_sample("Protein", "Urine")], "protein", Linking(("Protein",), LAB)),
        ([of_sample("Other Cell", "Pleural")], "other cell", Linking(("Other Cell",), LAB)),
    ],
)  # fmt: skip
def test_a_name_without_its_sample_is_the_bloods(tests: list[Event], concept: str, linking: Linking) -> None:
    assert LexicalLinker().link(concept, LAB, Chart.build(tests)) == linking


@pytest.mark.parametrize("others", [[], [lab("GLUCOSE", T, "95")]])
def test_a_condition_on_the_sample_is_part_of_the_name(others: list[Event]) -> None:
    tests = [of_sample("Glucose", "Urine"), *others]
    assert said(run(load_plan('get value of last lab "glucose" with specimen = "Urine"'), tests)) == ["1000 mg/dL"]


def test_several_series_that_fit_equally_are_ambiguous() -> None:
    chart = Chart.build([lab("Troponin I", T, "0.1"), lab("Troponin T", T, "0.1")])
    linking = LexicalLinker().link("troponin", LAB, chart)
    assert linking == Linking(("Troponin T", "Troponin I"), LAB, ambiguous=True, panel=True)


def test_a_name_of_two_unrelated_kinds_is_ambiguous() -> None:
    assert link("magnesium").ambiguous


@pytest.mark.parametrize("concept", ["warfarin", "xyz", "", "  ", "a", "the test", "9999-9", "rate"])
def test_what_the_record_does_not_hold_is_not_linked(concept: str) -> None:
    linking = link(concept, ORDER)
    assert not linking.names
    assert not linking.ambiguous


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  Creatinine,  Serum ", "creatinine serum"),
        ("0.9% Sodium Chloride", "0.9 % sodium chloride"),
        ("% Hemoglobin A1c", "% hemoglobin a1c"),
        ("EW EMER.", "ew emer"),
        ("Staph Aureus coag +", "staph aureus coag +"),
    ],
)
def test_names_are_compared_without_case_and_punctuation(text: str, expected: str) -> None:
    assert normalise(text) == expected
