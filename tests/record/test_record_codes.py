"""Codes: one code however it is written, names for bare ones, groups that questions ask for, tables of a site."""

import csv
import gzip
import tomllib
from pathlib import Path

import pytest
from record_charts import event, run, said

import chartline.record
from chartline.record.chart import Chart
from chartline.record.codes import Code, code_of, code_tables, groups_of, named, title_of
from chartline.record.event import CanonicalRecord, Coding, Definition
from chartline.record.kinds import EventKind
from chartline.record.linking import LexicalLinker
from chartline.record.meaning import reading
from chartline.record.names import normalise
from chartline.record.plan import Aggregate, Function, Selection
from chartline.record.vocabulary.tables import Domain

TABLE = tomllib.loads((Path(chartline.record.__file__).parent / "vocabulary" / "codes.toml").read_text("utf-8"))
OPEN_TABLES = Path(__file__).parents[3] / "shared/data/codes"
T = "2100-01-01 08:00:00"
ICD10, ICD9 = "http://hl7.org/fhir/sid/icd-10-cm", "http://hl7.org/fhir/sid/icd-9-cm"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHARTLINE_CODES", str(tmp_path))
    return tmp_path


def diagnosis(system: str, code: str, name: str = "") -> Coding:
    return Coding(system, code, name)


def chart_of(*codings: Coding) -> Chart:
    return Chart(event(EventKind.CONDITION, "", T, key=c.code, codings=(c,)) for c in codings)


def linked(concept: str, chart: Chart) -> set[str]:
    return set(LexicalLinker().link(concept, EventKind.CONDITION, chart).names)


@pytest.mark.parametrize(
    ("system", "code"),
    [(ICD10, "E11.9"), ("ICD10CM", "e119"), ("I10C", "E119"), ("urn:oid:2.16.840.1.113883.6.90", "E11.9")],
)
def test_one_code_however_it_is_written(system: str, code: str) -> None:
    assert code_of(system, code) == Code("icd10cm", "E119")


def test_a_dot_means_something_elsewhere() -> None:
    assert code_of("local", "1.23") != code_of("local", "123")
    assert code_of(ICD9, "250.00") != code_of(ICD10, "250.00")


def test_a_bare_code_is_called_by_its_group_and_itself() -> None:
    assert title_of(Coding(ICD10, "E11.9")) == "Type 2 diabetes mellitus (E11.9)"
    assert title_of(Coding(ICD9, "25001")) == "Type 1 diabetes mellitus (25001)"
    assert title_of(Coding("http://hl7.org/fhir/sid/cvx", "115")) == "Tdap"
    assert title_of(Coding(ICD10, "Q99.9")) == ""


def test_only_what_has_no_name_is_named() -> None:
    bare, own = diagnosis(ICD10, "I10"), diagnosis(ICD10, "I10", "BP!")
    events = [event(EventKind.CONDITION, name, T, codings=(c,)) for name, c in (("", bare), ("", own), ("said", bare))]
    definition = Definition("Medication/1", "s", (bare,))
    record = named(CanonicalRecord("1", tuple(events), (definition,)))
    assert [e.name for e in record.events] == ["Hypertension (I10)", "BP!", "said"]
    assert record.definitions[0].codings[0].display == "Hypertension (I10)"
    assert record.events[2].codings == (bare,)


def test_an_unknown_code_stays_usable() -> None:
    record = named(CanonicalRecord("1", (event(EventKind.CONDITION, "", T, codings=(diagnosis("x", "Z-1"),)),)))
    assert record.events[0].name == "Z-1"


def test_diabetes_finds_codes_whose_titles_do_not_say_it() -> None:
    chart = chart_of(
        diagnosis(ICD10, "E11.9"),
        diagnosis(ICD9, "25000", "DMII wo cmp nt st uncntr"),
        diagnosis(ICD10, "I10", "High BP"),
    )
    assert linked("diabetes", chart) == {"E11.9", "DMII wo cmp nt st uncntr"}
    assert linked("type 1 diabetes", chart) == set()
    assert linked("hypertension", chart) == {"High BP"}
    plan = Aggregate(Selection(kind=EventKind.CONDITION, concepts=("diabetes",)), Function.COUNT)
    assert said(run(plan, list(chart.events))) == ["2 1"]


@pytest.mark.parametrize("asked", ["E11.9", "E119", "e11.9"])
def test_a_code_is_asked_for_with_and_without_dots(asked: str) -> None:
    for written in ("E11.9", "E119"):
        assert linked(asked, chart_of(diagnosis(ICD10, written, "T2DM"))) == {"T2DM"}


def test_every_group_is_what_its_title_means_and_holds_no_other_groups_code() -> None:
    meanings = [reading(title, Domain.CONDITION).words for title in code_tables().groups]
    assert all(meanings)
    assert len(meanings) == len(set(meanings))


def test_a_sites_own_tables(site: Path) -> None:
    (site / "names.csv").write_text("system,code,display\nlocal,77,Grippe\nICD10CM,Q99.9,Chromosome trouble\n")
    (site / "same.tsv").write_text("system\tcode\tto_system\tto_code\nicd9cm\t758.9\ticd10cm\tQ999\n")
    assert title_of(Coding("local", "77")) == "Grippe"
    assert title_of(Coding(ICD10, "Q999")) == "Chromosome trouble"
    assert linked("Q99.9", chart_of(diagnosis(ICD9, "7589", "Chromosome anomaly NOS"))) == {"Chromosome anomaly NOS"}


RXNORM = "161|ENG||||||1|||161|RXNORM|SY|161|APAP||N|\n161|ENG||||||1|||161|RXNORM|IN|161|acetaminophen||N|\n"
LOINC = '"LOINC_NUM","COMPONENT","LONG_COMMON_NAME"\n"2345-7","Glucose","Glucose [Mass/volume] in Serum"\n'
SNOMED = (
    "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
    "1\t2020\t0\t9\t22298006\ten\t900000000000013009\tOld\t9\n"
    '2\t2020\t1\t9\t22298006\ten\t900000000000013009\tMyocardial "infarction\n'
)


@pytest.mark.parametrize(
    ("file", "text", "coding", "title"),
    [
        ("RXNCONSO.RRF", RXNORM, Coding("http://www.nlm.nih.gov/research/umls/rxnorm", "161"), "acetaminophen"),
        ("Loinc.csv", LOINC, Coding("http://loinc.org", "2345-7"), "Glucose [Mass/volume] in Serum"),
        ("sct2_Description_US1.txt", SNOMED, Coding("http://snomed.info/sct", "22298006"), 'Myocardial "infarction'),
        ("cvx.txt", "999       |new shot|long||Active|False|2024/01/25\n", Coding("CVX", "999"), "new shot"),
        ("icd10cm-codes-2025.txt", "A000    Cholera, by name\n", Coding(ICD10, "A00.0"), "Cholera, by name"),
        ("CMS32_DESC_LONG_DX.txt", "0010  Cholera, by name\n", Coding(ICD9, "001.0"), "Cholera, by name"),
    ],
)
def test_tables_as_they_are_published(site: Path, file: str, text: str, coding: Coding, title: str) -> None:
    (site / file).write_text(text)
    assert title_of(coding) == title


def test_a_folder_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHARTLINE_CODES", str(tmp_path / "codes"))
    with pytest.raises(NotADirectoryError):
        code_tables()


def test_a_table_may_be_packed_and_another_header_is_another_table(site: Path) -> None:
    (site / "a.csv.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfsystem,code,display\nlocal,1,One\n"))
    (site / "b.csv").write_text("this,that\n1,2\n")
    assert title_of(Coding("local", "1")) == "One"


def test_ccs_groups_are_asked_for_by_what_they_mean_alone(site: Path) -> None:
    (site / "$dxref 2015.csv").write_text("made by AHRQ\n'ICD-9-CM CODE','CCS CATEGORY'\n'3320 ','79'\n'49121','127'\n")
    (site / "ccs_dx_icd10cm_2018.csv").write_text(
        "'ICD-10-CM CODE','CCS CATEGORY','ICD-10-CM CODE DESCRIPTION','CCS CATEGORY DESCRIPTION'\n"
        "'G20','79','PD','Paralysis agitans'\n'J441','127','x','Obstructive lung disease and bronchiectasis'\n"
    )
    assert groups_of(code_of(ICD9, "332.0")) == ("Parkinson disease", "Paralysis agitans")
    chart = chart_of(diagnosis(ICD9, "3320", "PD"), diagnosis(ICD9, "49121", "Obs chr bronc"))
    assert linked("paralysis agitans", chart) == {"PD"}
    assert linked("bronchiectasis", chart) == set()


def _words(title: str) -> set[str]:
    return {word for word in normalise(title).split() if word not in ("unspecified", "formulation")}


@pytest.mark.skipif(not OPEN_TABLES.is_dir(), reason=f"no open clinical data at {OPEN_TABLES}")
def test_open_tables_are_read_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLINE_CODES", str(OPEN_TABLES))
    tables = code_tables()
    assert len(tables.titles) > 90_000
    assert title_of(Coding(ICD10, "E11.9")) == "Type 2 diabetes mellitus without complications"
    assert title_of(Coding("cvx", "24")).startswith("Anthrax")
    assert code_of(ICD10, "E119") in tables.links[code_of(ICD9, "250.00")]
    assert "Asthma" in groups_of(code_of(ICD10, "J45.909"))
    vaccines = {code: _words(title) for code, title in TABLE["vaccines"].items()}
    assert not [code for code, words in vaccines.items() if not words & _words(tables.titles[Code("cvx", code)])]


@pytest.mark.skipif(not OPEN_TABLES.is_dir(), reason=f"no open clinical data at {OPEN_TABLES}")
def test_every_beginning_of_a_group_begins_a_code() -> None:
    with gzip.open(OPEN_TABLES / "ethos_maps/icd10cm-order-Jan-2021.csv.gz", "rt") as file:
        titles = {row["code"]: row["long"] for row in csv.DictReader(file)}
    begins = [start for row in TABLE["conditions"].values() for start in row["icd10"].split()]
    assert not [start for start in begins if not any(code.startswith(start) for code in titles)]
