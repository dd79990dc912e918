"""Records become patients whatever their order: links join identifiers, definitions lend names, facts get keys."""

from dataclasses import replace
from itertools import permutations

import pytest
from record_charts import event

from chartline.record.definitions import LONGEST_CHAIN
from chartline.record.event import Attribute, CanonicalRecord, Coding, Definition, PatientLink, RecordVersion
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


def _definition(
    reference: str, further: str = "", name: str = "", version: int | None = None, **lent: str
) -> Definition:
    facts = tuple(Attribute(*each) for each in lent.items())
    return Definition(reference, _LAB.source.system, (), name, version, facts, further)


def test_a_definition_says_what_the_one_that_refers_to_it_does_not() -> None:
    tested = replace(_LAB, kind=EventKind.MICROBIOLOGY, display="", code_reference="organism")
    records = [
        CanonicalRecord("e", (tested,)),
        CanonicalRecord("o", definitions=(_definition("organism", "culture", organism="E. coli"),)),
        CanonicalRecord("s", definitions=(_definition("specimen", name="urine", specimen="urine", organism="none"),)),
        CanonicalRecord("c", definitions=(_definition("culture", name="blood culture", version=0),)),
        CanonicalRecord("d", definitions=(_definition("culture", "specimen", "urine culture", version=1),)),
    ]
    for order in permutations(records):
        (found,) = gather(order)["Patient/1"]
        assert (found.name, found.attributes) == (
            "urine culture",
            (Attribute("organism", "E. coli"), Attribute("specimen", "urine")),
        )


@pytest.mark.parametrize(("steps", "reached"), [(LONGEST_CHAIN, True), (LONGEST_CHAIN + 1, False)])
def test_a_chain_ends(steps: int, reached: bool) -> None:
    tested = replace(_LAB, display="", codings=(), code_reference="1")
    links = [_definition(str(step), str(step + 1)) for step in range(1, steps)]
    last = _definition(str(steps), "1", name="zinc")
    (found,) = gather([CanonicalRecord("e", (tested,), definitions=(*links, last))])["Patient/1"]
    assert (found.name == "zinc") == reached


def test_every_fact_has_the_key_that_its_source_gives_it() -> None:
    (found,) = gather([CanonicalRecord("a", (_LAB,))])["Patient/1"]
    assert found.event_key == event_key("", _LAB.source.system, _LAB.natural_key)
