"""Records become patients whatever their order: links join identifiers, definitions lend names, facts get keys."""

from dataclasses import replace
from itertools import permutations

from record_charts import event

from chartline.record.event import CanonicalRecord, Coding, Definition, PatientLink, RecordVersion
from chartline.record.gathering import gather
from chartline.record.identity import event_key
from chartline.record.kinds import EventKind
from chartline.record.versions import states

_LAB = event(EventKind.LABORATORY, "zinc", "2100-01-01 08:00", "5", "mg/dL")


def test_links_make_one_patient_of_several_identifiers_in_any_order() -> None:
    records = [
        CanonicalRecord("a", (replace(_LAB, patient="mrn|7", natural_key="a"),)),
        CanonicalRecord("b", (replace(_LAB, patient="Patient/2", natural_key="b"),)),
        CanonicalRecord("c", links=(PatientLink(("Patient/2", "mrn|7")),)),
        CanonicalRecord("d", links=(PatientLink(("mrn|7", "old|9")),)),
        CanonicalRecord("e", (replace(_LAB, patient="old|9", natural_key="e"),)),
    ]
    for order in permutations(records):
        patients = gather(order)
        assert list(patients) == ["Patient/2"]
        assert {e.natural_key for e in patients["Patient/2"]} == {"a", "b", "e"}


def test_links_are_taken_back_and_facts_are_gone_as_in_the_store() -> None:
    source = _LAB.source
    records = [
        CanonicalRecord("a", (replace(_LAB, natural_key="a"), replace(_LAB, patient="mrn|7", natural_key="b"))),
        CanonicalRecord("b", links=(PatientLink(("Patient/1", "mrn|7"), version=1),)),
        CanonicalRecord("c", links=(PatientLink(("Patient/1", "mrn|7"), version=2, withdrawn=True),)),
        CanonicalRecord("d", versions=(RecordVersion(source.system, source.record_id, deleted=True),)),
    ]
    for order in permutations(records):
        patients = gather(order)
        assert list(patients) == ["Patient/1", "mrn|7"]
        assert [states(versions) for versions in patients.values()] == [[], []]
    assert [len(states(versions)) for versions in gather(records[:3]).values()] == [1, 1]


def test_an_event_takes_over_what_its_definition_says_whichever_comes_first() -> None:
    order = replace(_LAB, kind=EventKind.MEDICATION_REQUEST, display="", code_reference="Medication/1")
    old, new = (
        CanonicalRecord(
            "m",
            definitions=(
                Definition("Medication/1", order.source.system, (Coding("rxnorm", "4603"),), name, version=version),
            ),
        )
        for version, name in ((1, "furosemid"), (2, "furosemide"))
    )
    for records in permutations([CanonicalRecord("o", (order,)), old, new]):
        (found,) = gather(records)["Patient/1"]
        assert found.name == "furosemide"
        assert found.codings[0].code == "4603"


def test_every_fact_has_the_key_that_its_source_gives_it() -> None:
    (found,) = gather([CanonicalRecord("a", (_LAB,))])["Patient/1"]
    assert found.event_key == event_key("", _LAB.source.system, _LAB.natural_key)
