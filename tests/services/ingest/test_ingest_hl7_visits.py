"""PID, PV1, DG1, PR1, AL1, MRG, PDA: who, where, why; and the same end in whatever order messages come."""

from itertools import permutations

import pytest
from hl7_messages import PID, PV1, at, of_kind, only, read, segment

from chartline.record.event import EventStatus
from chartline.record.identity import with_event_key
from chartline.record.kinds import EventKind
from chartline.record.patients import groups
from chartline.record.times import format_instant
from chartline.record.versions import states
from services.encoder.record.validation import check_record
from services.ingest.parsers import parse

PATIENT, ENCOUNTER, TRANSFER, DEATH = EventKind.PATIENT, EventKind.ENCOUNTER, EventKind.TRANSFER, EventKind.DEATH


def adt(trigger, *segments, sent="20260301120000", happened=""):
    return read(f"ADT^{trigger}", f"EVN|{trigger}|{sent}||||{happened}", PID, *segments, sent=sent, application="ADT")


def shown(records):
    return states(with_event_key("t", e) for record in records for e in record.events)


def facts(records):
    events = [e for e in shown(records) if e.kind is PATIENT]
    return {a.name: a.value for e in events for a in e.attributes}


# --- patient ---------------------------------------------------------------------------------------------------------


def test_all_numbers_of_a_patient_are_linked_and_those_of_a_family_are_not():
    pid = "PID|1|E9|7^^^GHH&1.2.3&ISO^MR~999^^^SSA^SS~55^^^GHH^AN|A4||Doe^Jane"
    record = read("ADT^A08", pid)
    own = "urn:oid:1.2.3|7"
    assert {link.identifiers for link in record.links} == {
        (own, "GHH|7"),
        (own, "SSA|999"),
        (own, "GHH/PID-2|E9"),
        (own, "GHH/PID-4|A4"),
    }
    assert all(event.patient == own for event in record.events)


def test_a_patient_without_a_number_is_named_beside_another():
    record = read("ORU^R01", PID, "OBR|1||F1|x", "OBX|1|NM|k||5", "PID|2||", "OBR|1||F2|x", "OBX|1|NM|k||6")
    assert only(record, EventKind.LABORATORY).quantity.value == "5"
    assert record.leftovers == ("PID without a number of the patient",)


def test_a_number_without_authority_is_the_facilitys():
    assert read("ADT^A08", "PID|1||7||Doe^Jane").events[0].patient == "GHH|7"
    assert read("ADT^A08", "PID|1|7|||Doe^Jane").events[0].patient == "GHH/PID-2|7"


def test_demographics_by_their_tables():
    names = "Doe^Jane^Q^^^^L~Roe^J^^^^^M"
    pid = f"PID|1||7^^^GHH||{names}||19800102000000|F||2106-3^White^CDCREC|||||EN^English|M||||||H^Hispanic^HL70189"
    record = read("ADT^A31", pid)
    said = facts([record])
    assert (said["name"], said["gender"], said["race"]) == ("Jane Q Doe", "female", "White")
    assert (said["language"], said["marital_status"], said["ethnicity"]) == ("English", "married", "Hispanic or Latino")
    assert said["birth_date"].precision.name == "DAY"
    assert all(e.available_time is None for e in of_kind(record, PATIENT))


def test_an_empty_field_changes_nothing_and_two_quotes_take_a_fact_away():
    first = read("ADT^A31", "PID|1||7^^^GHH||Doe^Jane||19800102|F", sent="20260301")
    bare = read("ADT^A31", "PID|1||7^^^GHH||Roe^Jane|", sent="20260302")
    taken = read("ADT^A31", 'PID|1||7^^^GHH||||""', sent="20260303")
    for order in permutations([first, bare]):
        assert facts(order).keys() == {"name", "birth_date", "gender"}
        assert facts(order)["name"] == "Jane Roe"
    for order in permutations([first, bare, taken]):
        assert facts(order).keys() == {"name", "gender"}


def test_forgetting_a_person_takes_every_fact_back():
    first = read("ADT^A28", PID, sent="20260301")
    gone = read("ADT^A29", PID, sent="20260302")
    for order in permutations([first, gone]):
        assert [e for e in shown(order) if e.kind is PATIENT] == []


def test_a_death_and_its_taking_back():
    died = read("ADT^A08", PID + "|" * 21 + "20260301|Y", sent="20260302")
    alive = read("ADT^A08", PID + "|" * 21 + "|N", sent="20260303")
    assert at(only(died, DEATH)) == "2026-03-01"
    for order in permutations([died, alive]):
        assert not [e for e in shown(order) if e.kind is DEATH]
    result = read("ORU^R01", PID + "|" * 21 + "|N", "OBR|1||F|X", "OBX|1|NM|k||5", sent="20260303")
    assert not of_kind(result, DEATH)


@pytest.mark.parametrize("fields", ['""|""', '|""', '""|', '""|N'])
def test_two_quotes_take_a_death_back(fields):
    died = read("ADT^A08", PID + "|" * 21 + "20260301|Y", sent="20260302")
    taken = read("ADT^A08", PID + "|" * 21 + fields, sent="20260303")
    for order in permutations([died, taken]):
        assert not [e for e in shown(order) if e.kind is DEATH]
    unknown = only(read("ADT^A08", PID + "|" * 21 + '""|Y'), DEATH)
    assert (unknown.status, unknown.time) == (EventStatus.FINAL, None)
    result = read("ORU^R01", PID + "|" * 21 + fields, "OBR|1||F|X", "OBX|1|NM|k||5", sent="20260303")
    assert not of_kind(result, DEATH)


def test_the_cause_of_death():
    record = read("ADT^A08", PID + "|" * 21 + "20260301|Y", "PDA|I21^Acute myocardial infarction^I10")
    assert only(record, DEATH).text_value == "cause: Acute myocardial infarction"


# --- identity --------------------------------------------------------------------------------------------------------


def test_a_merge_joins_both_numbers_and_an_unlink_parts_them():
    (link,) = read("ADT^A40", "EVN|A40|20260301130000", PID, "MRG|8^^^GHH^MR").links
    assert (link.identifiers, link.withdrawn, link.system) == (("GHH|7", "GHH|8"), False, "LAB|GHH")
    assert link.available_time is not None
    (parted,) = read("ADT^A37", "EVN|A37|20260302120000", PID, "PV1|1|N", "PID|2||8^^^GHH^MR||Doe^Janet").links
    assert (parted.identifiers, parted.withdrawn) == (("GHH|7", "GHH|8"), True)
    assert parted.available_time.unix_micros > link.available_time.unix_micros
    (paired,) = read("ADT^A24", "EVN|A24|20260302", PID, "PID|2||8^^^GHH^MR||Doe^Janet").links
    assert not paired.withdrawn


@pytest.mark.parametrize("turned", [False, True])
def test_an_unlink_parts_all_numbers_whichever_patient_it_names_first(turned):
    pair = ["PID|1||7^^^GHH^MR~71^^^ENT^PI||Doe^Jane", "PID|2||8^^^GHH^MR~81^^^ENT^PI||Doe^Janet"]
    linked = read("ADT^A24", *pair, sent="20260301").links
    parted = read("ADT^A37", *(reversed(pair) if turned else pair), sent="20260302").links
    assert groups([], [*linked, *parted], [])["GHH|7"] == {"GHH|7", "ENT|71"}
    assert groups([], [*linked, *parted], [])["GHH|8"] == {"GHH|8", "ENT|81"}


def test_a_visit_that_moves_joins_nobody_and_changes_its_patient():
    moved = read("ADT^A45", "PID|1||8^^^GHH^MR||Roe^Rita", "MRG|7^^^GHH^MR||||V1", PV1)
    assert moved.links == ()
    assert (only(moved, ENCOUNTER).patient, only(moved, ENCOUNTER).natural_key) == ("GHH|8", "visit/V1")


def test_a_merge_of_accounts_changes_no_identity():
    assert read("ADT^A41", PID, "MRG|8^^^GHH^MR||ACC1").links == ()


# --- visits ----------------------------------------------------------------------------------------------------------


def test_a_visit_with_its_facts():
    pv1 = segment(
        "PV1",
        f2="I",
        f3="ICU^101^A",
        f4="E",
        f14="7",
        f19="V1^^^GHH^VN",
        f36="01",
        f44="20260301080000",
        f45="20260305",
    )
    record = adt("A03", pv1, "PV2|||R10^Acute pain^I10", "IN1|1|M|2|Medicare")
    visit = only(record, ENCOUNTER)
    assert (at(visit), at(visit, "end_time"), visit.encounter) == ("2026-03-01T08:00:00", "2026-03-05", "V1")
    said = {a.name: a.value for a in visit.attributes}
    assert said == {
        "admission_type": "emergency",
        "admission_location": "emergency room",
        "discharge_location": "home",
        "class": "inpatient",
        "reason": "Acute pain",
        "insurance": "Medicare",
    }


def test_a_time_in_the_year_9999_is_none():
    open_visit = segment("PV1", f2="I", f19="V1^^^GHH^VN", f44="20260301080000", f45="99991231")
    problem = segment("PRB", f1="AD", f2="20260301", f3="I10^Hypertension^I10", f4="P1", f9="99991231235959")
    for record in (adt("A01", open_visit), read("PPR^PC1", PID, problem)):
        assert only(record, ENCOUNTER, EventKind.CONDITION).end_time is None
        assert record.leftovers == ()
        check_record(record, "record")


A01 = adt("A01", PV1, sent="20260301090000")
A02 = adt("A02", PV1.replace("ICU^101", "WARD^2"), sent="20260302090000", happened="20260302080000")
A12 = adt("A12", PV1, sent="20260302100000", happened="20260302080000")
A03 = adt("A03", PV1, sent="20260304090000")
A13 = adt("A13", PV1, sent="20260304100000")
A11 = adt("A11", PV1, sent="20260305090000")
A23 = adt("A23", PV1, sent="20260305090000")


@pytest.mark.parametrize("order", list(permutations([A01, A03, A13])))
def test_a_discharge_that_was_cancelled_has_no_end(order):
    (visit,) = [e for e in shown(order) if e.kind is ENCOUNTER]
    assert (visit.status, visit.end_time) == (EventStatus.FINAL, None)


@pytest.mark.parametrize("order", list(permutations([A01, A03])))
def test_a_discharge_ends_the_visit(order):
    (visit,) = [e for e in shown(order) if e.kind is ENCOUNTER]
    assert at(visit, "end_time") == "2026-03-04T09:00:00"


@pytest.mark.parametrize("order", list(permutations([A01, A02, A11])))
def test_a_cancelled_admission_is_not_resurrected(order):
    (visit,) = [e for e in shown(order) if e.kind is ENCOUNTER]
    first = next(e for e in shown(order) if e.natural_key == "visit/V1/location/first")
    assert visit.status == first.status == EventStatus.CANCELLED


@pytest.mark.parametrize("order", list(permutations([A01, A02, A12])))
def test_moves_are_events_and_one_can_be_taken_back(order):
    moves = {e.natural_key.split("/")[3]: e.status for e in shown(order) if e.kind is TRANSFER}
    assert moves == {"first": EventStatus.FINAL, "transfer": EventStatus.CANCELLED}
    assert at(only(A02, TRANSFER)) == "2026-03-02T08:00:00"


def test_a_cancelled_transfer_must_say_which():
    assert "EVN without EVN-6: which transfer is cancelled is not said" in adt("A12", PV1).leftovers


@pytest.mark.parametrize("order", list(permutations([A01, A02, A23])))
def test_a_deleted_visit_is_gone_with_its_record(order):
    assert not [e for e in shown(order) if e.kind is ENCOUNTER]
    (version,) = A23.versions
    assert (version.record_id, version.deleted) == ("visit/V1", True)
    assert {e.source.record_id for e in of_kind(A02, ENCOUNTER, TRANSFER)} == {"visit/V1"}


def test_a_result_that_repeats_its_visit_replaces_nothing_of_it():
    told = read("ORU^R01", PID, PV1.replace("|I|", "|O|"), "OBR|1||F|X", "OBX|1|NM|k||5", sent="20260309")
    for order in permutations([A01, told]):
        (visit,) = [e for e in shown(order) if e.kind is ENCOUNTER]
        assert visit.attribute("class") == "inpatient"


def test_without_any_number_the_visit_is_not_invented():
    assert not of_kind(read("ORU^R01", PID, "PV1|1|I|ICU", "OBR|1||F|X", "OBX|1|NM|k||5"), ENCOUNTER)
    assert "PV1 without a number of the visit" in adt("A08", "PV1|1|I|ICU").leftovers


# --- diagnoses, procedures, allergies --------------------------------------------------------------------------------


def test_a_diagnosis_is_its_visits_whatever_its_type_becomes():
    working = adt("A01", PV1, "DG1|1||I21.9^Infarction^I10C||20260301|A||||||||||1", sent="20260301")
    final = adt("A03", PV1, "DG1|1||I21.9^Infarction^I10C||20260301|F", sent="20260304")
    for order in permutations([working, final]):
        (event,) = [e for e in shown(order) if e.kind is EventKind.CONDITION]
        assert event.attribute("category") == "final"
    assert only(working, EventKind.CONDITION).codings[0].system == "http://hl7.org/fhir/sid/icd-10-cm"
    assert at(only(final, EventKind.CONDITION)) == "2026-03-01"


def test_a_diagnosis_that_is_deleted_is_gone():
    said = adt("A08", PV1, "DG1|1||I21.9", sent="20260301")
    gone = adt("A08", PV1, "DG1|1||I21.9" + "|" * 18 + "D", sent="20260302")
    for order in permutations([said, gone]):
        assert not [e for e in shown(order) if e.kind is EventKind.CONDITION]


def test_a_diagnosis_of_free_text_and_one_of_nothing():
    record = adt("A08", PV1, "DG1|1|I9||Chest pain", "DG1|2||")
    assert only(record, EventKind.CONDITION).name == "Chest pain"
    assert "DG1 without a diagnosis" in record.leftovers


def test_a_procedure_with_its_length():
    record = read("BAR^P01", PID, PV1, "PR1|1||0DTJ4ZZ^Appendectomy^I10P||202603011000|P|90|||||||1|K35")
    event = only(record, EventKind.PROCEDURE)
    assert (at(event), at(event, "end_time")) == ("2026-03-01T10:00", "2026-03-01T11:30")
    assert (event.attribute("category"), event.attribute("rank"), event.attribute("reason")) == (
        "treatment",
        "1",
        "K35",
    )


def test_a_charge_says_only_what_nothing_else_of_the_message_says():
    charge = "FT1|1|||20260301||CG|x||||||||||||I21.9^Infarction~I10^Hypertension||||||71045^Chest X-ray^C4"
    record = read("DFT^P03", PID, PV1, charge, "DG1|1||I21.9^Infarction")
    assert [e.name for e in of_kind(record, EventKind.CONDITION)] == ["Infarction", "Hypertension"]
    assert only(record, EventKind.PROCEDURE).name == "Chest X-ray"


@pytest.mark.parametrize(("kind", "named"), [("CG", ["Chest X-ray"]), ("CR", []), ("CD", [])])
def test_a_credit_is_no_procedure(kind, named):
    charge = f"FT1|1|||20260301||{kind}|x{'|' * 18}71045^Chest X-ray^C4"
    record = read("DFT^P03", PID, PV1, charge)
    assert [e.name for e in of_kind(record, EventKind.PROCEDURE)] == named
    assert record.leftovers == (() if named else (f"FT1 of a credit ({kind})",))


def test_allergies_of_both_segments():
    record = adt("A08", "AL1|1|DA|P^Penicillin|SV|Rash~Hives|20200101", "IAM|1|FA|N^Nuts|MO|Swelling|D|||||20210101")
    penicillin, nuts = of_kind(record, EventKind.ALLERGY)
    assert (penicillin.name, penicillin.attribute("category")) == ("Penicillin", "medication")
    assert (penicillin.attribute("criticality"), penicillin.attribute("reaction")) == ("severe", "Rash; Hives")
    assert (at(penicillin), penicillin.encounter) == ("2020-01-01", "")
    assert nuts.status == EventStatus.ENTERED_IN_ERROR


@pytest.mark.parametrize(
    "substance", ["NKDA", "NKA^No Known Allergies^L", "^No known drug or food allergies", "716186003^^SCT"]
)
def test_that_no_allergy_is_known_is_an_observation_and_no_allergy(substance):
    event = only(adt("A08", f"AL1|1|DA|{substance}|U|None"), EventKind.ALLERGY, EventKind.VITAL)
    assert (event.kind, [a.name for a in event.attributes]) == (EventKind.VITAL, ["category"])


@pytest.mark.parametrize("said", ["NKDA, penicillin||", "NKDA|SV|", "NKDA||Rash", "716186003^^SCT|U|Anaphylaxis"])
def test_what_names_a_substance_or_did_harm_is_an_allergy_whatever_else_it_says(said):
    assert only(adt("A08", f"AL1|1|DA|{said}"), EventKind.ALLERGY, EventKind.VITAL).kind is EventKind.ALLERGY


@pytest.mark.parametrize(
    ("code", "word", "status"),
    [
        ("C", "active", "FINAL"),
        ("I", "inactive", "FINAL"),
        *((code, "active", "PRELIMINARY") for code in "UPSD"),
        ("E", None, "ENTERED_IN_ERROR"),
    ],
)
def test_an_allergy_that_is_not_confirmed_is_no_refuted_one(code, word, status):
    allergy = only(adt("A60", f"IAM|1|DA|P^Penicillin|SV||A{'|' * 11}{code}"), EventKind.ALLERGY)
    assert (allergy.attribute("clinical_status"), allergy.status) == (word, EventStatus[status])
    deleted = adt("A60", f"IAM|1|DA|P^Penicillin|SV||D{'|' * 11}{code}")
    assert only(deleted, EventKind.ALLERGY).status is EventStatus.ENTERED_IN_ERROR


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("^Sulfa & penicillin", "Sulfa & penicillin"),
        ("S1^D&C packing^L", "D&C packing"),
        ("Sulfa & penicillin", "Sulfa & penicillin"),
        ("S1&SUF", "S1"),
    ],
)
def test_a_mark_that_is_not_escaped_cuts_no_name(sent, name):
    assert only(adt("A08", f"AL1|1|DA|{sent}"), EventKind.ALLERGY).name == name


def test_a_mark_that_is_not_escaped_cuts_no_description():
    record = adt("A08", PV1, "PV2|||^H&P", "IN1|1|M|2|Cross & Shield", "DG1|1|I9||Nausea & vomiting")
    assert only(record, EventKind.CONDITION).name == "Nausea & vomiting"
    visit = only(record, ENCOUNTER)
    assert (visit.attribute("reason"), visit.attribute("insurance")) == ("H&P", "Cross & Shield")


def test_what_one_message_repeats_word_for_word_is_one_fact():
    record = adt("A08", "AL1|1|DA|P^Penicillin", "AL1|1|DA|P^Penicillin")
    assert len(of_kind(record, EventKind.ALLERGY)) == 1
    assert record.leftovers == ("AL1 repeated word for word",)


def test_problems_goals_and_pathways():
    problem = "PRB|AD|20260301|I10^Hypertension^I10|P1|||20250101|||||||A^active||20240101"
    record = read(
        "PPR^PC1",
        PID,
        problem,
        "GOL|AD|20260301|g^Walk again|G1|||20260301|20260401|N^Nursing|||||||||A^active",
        "PTH|AD|p^Hip pathway|T1|20260302|S^suspended|20260303",
    )
    event = only(record, EventKind.CONDITION)
    assert (event.natural_key, event.attribute("category"), at(event)) == ("problem/7/P1", "problem", "2024-01-01")
    goal, pathway = of_kind(record, EventKind.CARE_PLAN)
    assert (goal.name, goal.natural_key, at(goal), goal.end_time) == ("Walk again", "goal/7/G1", "2026-03-01", None)
    assert (goal.attribute("plan_status"), format_instant(goal.attribute("target"))) == ("active", "2026-04-01")
    assert (pathway.name, pathway.natural_key, at(pathway)) == ("Hip pathway", "pathway/7/T1", "2026-03-02")
    assert pathway.attribute("plan_status") == "suspended"
    assert not record.leftovers
    assert parse("hl7v2", b"").unreadable_reason
