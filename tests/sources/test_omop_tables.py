"""OMOP CDM 5.4: small tables made from its specification, with and without the vocabulary."""

from pathlib import Path

import pytest

from chartline.record.event import Event, EventStatus, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant
from chartline.sources.tables.mapping import MAPPINGS
from chartline.sources.tables.mapping_file import load_mapping
from chartline.sources.tables.reader import read_tables
from chartline.sources.tables.table_files import find_tables

OMOP = load_mapping(MAPPINGS / "omop.yaml")
CONCEPT = (
    "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tconcept_code\n"
    "0\tNo matching concept\tMetadata\tNone\tUndefined\tNo matching concept\n"
    "3016723\tCreatinine [Mass/volume] in Serum or Plasma\tMeasurement\tLOINC\tLab Test\t2160-0\n"
    "3027018\tHeart rate\tMeasurement\tLOINC\tClinical Observation\t8867-4\n"
    "8840\tmilligram per deciliter\tUnit\tUCUM\tUnit\tmg/dL\n"
    "201826\tType 2 diabetes mellitus\tCondition\tSNOMED\tClinical Finding\t44054006\n"
    '1112807\taspirin 81 MG "EC" Tablet\tDrug\tRxNorm\tClinical Drug\t243670\n'
    "40213152\tInfluenza vaccine\tDrug\tCVX\tCVX\t141\n"
    "9201\tInpatient Visit\tVisit\tVisit\tVisit\tIP\n"
    "4132161\tOral\tRoute\tSNOMED\tQualifier Value\t26643006\n"
    "45877994\tYes\tMeas Value\tLOINC\tAnswer\tLA33-6\n"
    "4218106\tAlcoholism\tCondition\tMyVocabulary\tClinical Finding\tX1\n"
)
TABLES = {
    "PERSON": (
        "PERSON_ID,GENDER_CONCEPT_ID,YEAR_OF_BIRTH,MONTH_OF_BIRTH,DAY_OF_BIRTH,BIRTH_DATETIME,GENDER_SOURCE_VALUE\n"
        "1,8532,1960,5,7,,F\n2,8507,1970,,,,M\n"
    ),
    "DEATH": "person_id,death_date,death_datetime,cause_concept_id\n2,2021-01-01,,201826\n",
    "VISIT_OCCURRENCE": (
        "visit_occurrence_id,person_id,visit_concept_id,visit_start_date,visit_start_datetime,visit_end_date,"
        "visit_end_datetime,discharged_to_source_value\n"
        "10,1,9201,2020-01-01,2020-01-01 10:00:00,2020-01-03,2020-01-03 10:00:00,HOME\n"
        "11,1,9202,2020-02-01,,,,\n"
    ),
    "VISIT_DETAIL": (
        "visit_detail_id,person_id,visit_detail_concept_id,visit_detail_start_date,visit_detail_end_date,"
        "visit_occurrence_id,care_site_id\n"
        "100,1,32037,2020-01-01,2020-01-02,10,5\n101,1,8717,2020-01-02,2020-01-03,10,\n"
    ),
    "CARE_SITE": "care_site_id,care_site_name\n5,MICU\n",
    "CONDITION_OCCURRENCE": (
        "condition_occurrence_id,person_id,condition_concept_id,condition_start_date,condition_end_date,"
        "visit_occurrence_id,condition_source_value\n"
        "1,1,201826,2020-01-01,,10,E11.9\n2,1,0,2020-01-01,,10,local\n3,1,4218106,2020-01-01,,10,\n"
    ),
    "DRUG_EXPOSURE": (
        "drug_exposure_id,person_id,drug_concept_id,drug_exposure_start_date,drug_exposure_end_date,"
        "drug_type_concept_id,quantity,sig,route_concept_id,dose_unit_source_value,drug_source_value\n"
        "1,1,1112807,2020-01-01,2020-01-30,38000177,30,daily,4132161,,asa\n"
        "2,1,1112807,2020-01-01,2020-01-01,38000180,81,,4132161,mg,asa\n"
        "3,1,40213152,2020-01-01,2020-01-01,38000180,,,,,flu\n"
        "4,1,1112807,2020-01-01,2020-01-01,32825,30,,,,asa\n"
        "5,1,0,2020-01-01,2020-01-01,32865,,,,,herbal tea\n"
    ),
    "MEASUREMENT": (
        "measurement_id,person_id,measurement_concept_id,measurement_date,measurement_datetime,operator_concept_id,"
        "value_as_number,value_as_concept_id,unit_concept_id,range_low,range_high,visit_occurrence_id,"
        "measurement_source_value,unit_source_value\n"
        "1,1,3016723,2020-01-01,2020-01-01 12:00:00,4172703,1.4,,8840,0.4,1.1,10,KREA,\n"
        "2,1,3016723,2020-01-02,,4171756,0.2,,8840,,,10,KREA,\n"
        "3,1,3027018,2020-01-01,,,80,,0,,,10,HR,bpm\n"
        "4,1,0,2020-01-01,,,,45877994,,,,10,smoker,\n"
    ),
    "OBSERVATION": (
        "observation_id,person_id,observation_concept_id,observation_date,value_as_string,observation_source_value\n"
        "1,1,0,2020-01-01,never,tobacco\n"
    ),
    "PROCEDURE_OCCURRENCE": (
        "procedure_occurrence_id,person_id,procedure_concept_id,procedure_date,procedure_source_value\n"
        "1,1,0,2020-01-01,appendectomy\n"
    ),
    "DEVICE_EXPOSURE": (
        "device_exposure_id,person_id,device_concept_id,device_exposure_start_date,device_source_value\n"
        "1,1,0,2020-01-01,pacemaker\n"
    ),
    "NOTE": 'note_id,person_id,note_date,note_title,note_text\n1,1,2020-01-01,Discharge summary,"Well, at last."\n',
    "SPECIMEN": (
        "specimen_id,person_id,specimen_concept_id,specimen_date,specimen_source_value\n1,1,0,2020-01-01,blood\n"
    ),
    "COST": "cost_id\n1\n",
    "COHORT": "cohort_definition_id,subject_id\n1,1\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv").write_text(text)
    (tmp_path / "CONCEPT.csv").write_text(CONCEPT)
    return tmp_path


def read(folder: Path, kind: EventKind) -> list[Event]:
    records = list(read_tables(folder, OMOP))
    assert not [record for record in records if record.unreadable_reason]
    return [event for record in records for event in record.events if event.kind is kind]


def test_people_visits_and_stays(folder: Path) -> None:
    one, two = read(folder, EventKind.PATIENT)
    assert [one.attribute(a) for a in ("gender", "birth_date", "birth_year")] == ["female", "1960-05-07", "1960"]
    assert (two.patient, two.attribute("birth_date")) == ("urn:omop:person|2", None)
    admitted, discharged, office = read(folder, EventKind.ENCOUNTER)
    assert (admitted.name, admitted.attribute("class"), admitted.end_time) == ("Inpatient Visit", "IMP", None)
    assert discharged.attribute("discharge_location") == "HOME"
    assert (office.attribute("class"), office.version, office.end_time) == ("AMB", 1, None)
    assert {(e.name, e.encounter) for e in read(folder, EventKind.ICU_STAY)} == {("MICU", "10")}
    assert [e.name for e in read(folder, EventKind.TRANSFER)] == ["care unit"] * 2
    (death,) = read(folder, EventKind.DEATH)
    assert (death.text_value, format_instant(death.time)) == ("Type 2 diabetes mellitus", "2021-01-01")  # type: ignore[arg-type]


def test_measurements_are_results_or_vital_signs_with_bounds_and_ucum(folder: Path) -> None:
    high, low, said = read(folder, EventKind.LABORATORY)
    assert (high.quantity, high.interpretation) == (Quantity("1.4", "mg/dL"), "H")
    assert low.quantity == Quantity("0.2", "mg/dL", "<")
    assert (said.name, said.text_value) == ("smoker", "Yes")
    assert [(c.system, c.code) for c in high.codings] == [
        ("http://loinc.org", "2160-0"),
        ("urn:omop:source_value", "KREA"),
    ]
    heart, never = read(folder, EventKind.VITAL)
    assert (heart.name, heart.quantity) == ("Heart rate", Quantity("80", "bpm"))
    assert (never.name, never.text_value) == ("tobacco", "never")


def test_a_drug_is_what_its_type_says(folder: Path) -> None:
    found = {kind: read(folder, kind) for kind in EventKind if kind.name.startswith("MEDICATION")}
    assert {kind.name: len(events) for kind, events in found.items()} == {
        "MEDICATION_REQUEST": 1,
        "MEDICATION_ADMINISTRATION": 1,
        "MEDICATION_STATEMENT": 1,
        "MEDICATION_DISPENSE": 1,
    }
    (given,) = found[EventKind.MEDICATION_ADMINISTRATION]
    assert (given.name, given.quantity) == ('aspirin 81 MG "EC" Tablet', Quantity("81", "mg"))
    assert (given.attribute("route"), given.status) == ("Oral", EventStatus.FINAL)
    assert [e.name for e in read(folder, EventKind.IMMUNIZATION)] == ["Influenza vaccine"]


def test_conditions_notes_and_the_rest(folder: Path) -> None:
    diabetes, local, own = read(folder, EventKind.CONDITION)
    assert (diabetes.name, diabetes.codings[0].code, diabetes.codings[1].code) == (
        "Type 2 diabetes mellitus",
        "44054006",
        "E11.9",
    )
    assert (local.name, [c.code for c in local.codings]) == ("local", ["local"])
    assert own.codings[0].system == "urn:omop:MyVocabulary"
    assert [e.text_value for e in read(folder, EventKind.NOTE)] == ["Well, at last."]
    assert [e.name for e in read(folder, EventKind.SPECIMEN)] == ["blood"]
    assert [e.name for e in read(folder, EventKind.PROCEDURE)] == ["appendectomy", "pacemaker"]
    assert [path.name for path in find_tables(folder, OMOP).unmapped] == ["COHORT.csv"]


def test_without_the_vocabulary_the_source_names_its_concepts(folder: Path) -> None:
    (folder / "CONCEPT.csv").unlink()
    creatinine, *_ = read(folder, EventKind.LABORATORY)
    assert (creatinine.name, creatinine.quantity) == ("KREA", Quantity("1.4"))
    assert (creatinine.codings[0].system, creatinine.codings[0].code) == ("urn:omop:concept_id", "3016723")
