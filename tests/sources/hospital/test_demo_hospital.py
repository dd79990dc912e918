import base64
import gzip
import json
from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from chartline.language.plan_words import KINDS
from chartline.record.event import EventStatus
from chartline.record.kinds import EventKind
from chartline.sources.fhir_bundle import split_bundle
from chartline.sources.hospital import PATIENTS, build_hospital, encode, write_bundles, write_ndjson
from chartline.sources.hospital.clinical import CONDITIONS, CULTURES, VACCINES
from chartline.sources.hospital.drugs import DRUGS
from chartline.sources.hospital.fates import fate_of
from chartline.sources.hospital.measurements import LABORATORY
from chartline.sources.hospital.stories import STORIES
from services.ingest.parsers import parse


@pytest.fixture(scope="module")
def hospital():
    return list(build_hospital())


@pytest.fixture(scope="module")
def records(hospital):
    return [parse("fhir", encode(resource)) for resource in hospital]


@pytest.fixture(scope="module")
def events(records):
    return [event for record in records for event in record.events]


def test_the_same_seed_builds_the_same_hospital_byte_for_byte():
    once, again, other = (b"".join(map(encode, build_hospital(seed, 5))) for seed in (7, 7, 8))
    assert once == again != other


def test_there_are_at_least_24_patients_and_every_kind_that_a_plan_asks_for(events):
    assert PATIENTS >= 24
    patients = {e.patient for e in events if e.kind == EventKind.PATIENT}
    assert len(patients) >= 24
    assert {e.kind for e in events} == set(KINDS.values()) - {None}


def test_all_of_it_is_understood(records):
    assert not [record.unreadable_reason for record in records if record.unreadable_reason]
    assert all(event.name or event.code_reference for record in records for event in record.events)


def test_references_point_to_resources_of_the_hospital(hospital, records):
    defined = {d.reference for record in records for d in record.definitions}
    referred = {e.code_reference for record in records for e in record.events if e.code_reference}
    assert referred <= defined
    known = {f"{r['resourceType']}/{r['id']}" for r in hospital}
    assert {e.patient for record in records for e in record.events} <= known


def test_resources_come_in_the_order_in_which_they_were_known(hospital, records):
    """Nothing is told before the chart knew it, except what a whole version tells of its past."""
    latest = [
        max((e.available_time.unix_micros for e in record.events if e.available_time), default=0) for record in records
    ]
    told = [moment for moment in latest if moment]
    assert len(told) > 5_000
    later = sum(after < before for before, after in pairwise(told))
    assert later / len(told) < 0.02  # vaccines and problems recorded long ago, told at the first visit


def test_what_happens_in_real_hospitals_happens_here(hospital, events):
    assert any(e.status == EventStatus.CORRECTED for e in events)
    assert any(e.status == EventStatus.ENTERED_IN_ERROR for e in events)
    assert any(e.status == EventStatus.CANCELLED for e in events)
    waited = [e.available_time.unix_micros - e.time.unix_micros for e in events if e.kind == EventKind.LABORATORY]
    assert max(waited) > 5 * 24 * 3600 * 1_000_000
    merged = [r for r in hospital if r["resourceType"] == "Patient" and r.get("link")]
    assert len(merged) == 2


def test_a_correction_is_a_newer_version_of_the_same_fact(events):
    versions = defaultdict(list)
    for event in events:
        if event.kind == EventKind.LABORATORY:
            versions[event.natural_key].append(event)
    corrected = [group for group in versions.values() if len(group) > 1]
    assert corrected
    for first, second in corrected:
        assert (first.version, second.version) == (None, 2)
        assert second.quantity != first.quantity
        assert second.available_time.unix_micros > first.available_time.unix_micros


def test_decimals_are_written_as_the_laboratory_writes_them(hospital):
    for resource in hospital:
        amount = resource.get("valueQuantity", {}).get("value")
        if isinstance(amount, Decimal):
            assert f'"value":{amount}' in encode(resource).decode()


def test_trends_follow_the_story():
    first = [r for r in build_hospital(patients=1) if r["resourceType"] == "Observation"]
    lactate = [r["valueQuantity"]["value"] for r in first if r["code"]["text"].startswith("Lactate")]
    assert lactate[0] > 4
    assert lactate[-1] < Decimal("1.5")
    assert lactate == sorted(lactate, reverse=True)


def test_notes_quote_values_that_were_charted(hospital):
    written, charted = [], defaultdict(set)
    for resource in hospital:
        if resource["resourceType"] == "DocumentReference" and resource["type"]["text"] == "Discharge summary":
            text = base64.b64decode(resource["content"][0]["attachment"]["data"]).decode()
            written.append((resource["subject"]["reference"], text))
        elif "valueQuantity" in resource:
            charted[resource["subject"]["reference"].removesuffix("-unregistered")].add(
                str(resource["valueQuantity"]["value"])
            )
    assert len(written) >= 24
    for patient, text in written:
        line = next(part for part in text.split("\n\n") if part.startswith("VALUES AT DISCHARGE"))
        numbers = [word for word in line.split() if word.replace(".", "").isdigit()]
        assert numbers
        assert set(numbers) <= charted[patient]


def test_it_is_written_as_bundles_and_as_ndjson(tmp_path: Path):
    built = list(build_hospital(patients=2))
    write_bundles(built, tmp_path / "bundles", size=100)
    bundles = sorted((tmp_path / "bundles").iterdir())
    entries = [json.loads(e.resource) for path in bundles for e in split_bundle(path.read_bytes())]
    assert [(e["resourceType"], e["id"]) for e in entries] == [(r["resourceType"], r["id"]) for r in built]
    write_ndjson(built, tmp_path / "ndjson")
    lines = sum(len(path.read_bytes().splitlines()) for path in (tmp_path / "ndjson").iterdir())
    assert lines == len(built)


def test_stories_use_words_that_exist():
    for story in STORIES:
        assert {story.diagnosis, *story.others, *story.history} <= set(CONDITIONS)
        assert {*story.drugs, *story.home} <= set(DRUGS)
        assert set(story.labs) <= set(LABORATORY)
        assert {culture.test for culture in story.cultures} <= set(CULTURES)


def test_times_carry_their_offset(hospital):
    for resource in hospital:
        if moment := resource.get("issued") or resource.get("authoredOn"):
            assert datetime.fromisoformat(moment).tzinfo is not None


# --- the codes are real ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def code_lists():
    folder = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "codes"
    if not folder.is_dir():
        pytest.skip("the open data folder is not there")
    return folder


def test_diagnoses_are_codes_of_icd_10_cm(code_lists):
    with gzip.open(code_lists / "ethos_maps" / "icd10cm-order-Jan-2021.csv.gz", "rt") as file:
        known = file.read()
    for condition in CONDITIONS.values():
        assert condition.icd10.replace(".", "") in known


def test_vaccines_are_codes_of_cvx(code_lists):
    lines = (code_lists / "cvx" / "cvx.csv").read_text(encoding="utf-8-sig", errors="replace").splitlines()
    known = {line.partition("|")[0].strip() for line in lines}
    assert {vaccine.code for vaccine in VACCINES.values()} <= known


def test_most_laboratory_tests_are_loinc_codes_of_the_map(code_lists):
    folder = code_lists / "mimic-code-maps" / "mimic-iv" / "mapping"
    known = "".join(path.read_text(errors="replace") for path in folder.glob("*lab*loinc.csv"))
    found = [test for test in LABORATORY.values() if test.code in known]
    assert len(found) >= len(LABORATORY) - 3


def test_chance_decides_what_becomes_of_others_than_the_cast() -> None:
    stories = [STORIES[number % len(STORIES)] for number in range(2000)]
    old, young = ([fate_of(7, number + 25, story, age) for number, story in enumerate(stories)] for age in (85, 45))
    died = [sum(fate.story.discharge == "Died" for fate in fates) for fates in (old, young)]
    back = [sum(fate.returns is not None for fate in fates) for fates in (old, young)]
    assert died[0] > 2 * died[1] > 0
    assert back[0] > back[1] > 0
    of_third = sum(fate.returns is not None for fate in old[::3]) / len(old[::3])
    assert abs(of_third - back[0] / len(old)) < 0.05
    assert len({fate.story.days for fate in old}) > 5
