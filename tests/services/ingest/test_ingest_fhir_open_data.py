"""The FHIR parser on records that nobody here wrote, with fhir.resources (R4B) as the oracle of what they say."""

import gzip
import json
import lzma
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from fhir.resources.R4B import get_fhir_model_class
from fhir_oracle import first_dosage
from pydantic import ValidationError

from chartline.record.event import EventStatus
from services.ingest.parsers import parse
from services.ingest.parsers.fhir.codes import STATUSES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXAMPLES = ["official_r4_examples", "us_core_examples", "fhir_test_cases_r4_examples"]
#: Rows of the first resources of each MIMIC file that are read: enough to meet every shape, not to wait.
ROWS = 300


@pytest.fixture(scope="module")
def examples(open_data):
    packed = [(open_data / "fhir-r4" / f"{name}.ndjson.xz").read_bytes() for name in EXAMPLES]
    lines = [line for content in packed for line in lzma.decompress(content).splitlines()]
    return [json.loads(line, parse_float=str)["resource"] for line in lines]


def encoded(resource):
    return json.dumps(resource).encode()


def oracle(resource):
    try:
        return get_fhir_model_class(resource["resourceType"]).model_validate(resource)
    except ValidationError:
        return None


def test_every_official_example_has_an_outcome(examples):
    outcomes = [parse("fhir", encoded(resource)) for resource in examples]
    unreadable = [record.unreadable_reason for record in outcomes if record.unreadable_reason]
    assert len(outcomes) > 600
    assert len(unreadable) <= 2


def test_values_units_times_and_status_of_observations_are_those_of_the_oracle(examples):
    compared = 0
    for resource in examples:
        if resource["resourceType"] != "Observation" or (expected := oracle(resource)) is None:
            continue
        events = {e.natural_key: e for e in parse("fhir", encoded(resource)).events}
        event = events.get(f"Observation/{expected.id}")
        if event is None:
            continue
        assert event.status == STATUSES.get(expected.status, EventStatus.UNSPECIFIED)
        amount = expected.valueQuantity
        if amount is not None and amount.value is not None:
            assert Decimal(event.quantity.value) == amount.value
            assert event.quantity.unit in (amount.code, amount.unit, "")
        when = expected.effectiveDateTime
        if isinstance(when, datetime) and when.tzinfo:
            assert event.time.unix_micros == (when - EPOCH).total_seconds() * 1_000_000
        compared += 1
    assert compared > 100


def test_orders_name_the_drug_and_dose_of_the_oracle(examples):
    compared = 0
    for resource in examples:
        if resource["resourceType"] != "MedicationRequest" or (expected := oracle(resource)) is None:
            continue
        event = parse("fhir", encoded(resource)).events[-1]
        assert event.name or event.code_reference
        if expected.medicationReference and not expected.medicationReference.reference.startswith("#"):
            assert event.code_reference == expected.medicationReference.reference
        first = first_dosage(expected.dosageInstruction) if expected.dosageInstruction else None
        rates = [r for r in first.doseAndRate or () if r.doseQuantity] if first else []
        if rates:
            assert Decimal(event.quantity.value) == rates[0].doseQuantity.value
        compared += 1
    assert compared > 30


def rows(path):
    opener = lzma.open if path.suffix == ".xz" else gzip.open
    with opener(path, "rb") as lines:
        for _, line in zip(range(ROWS), lines, strict=False):
            yield line


@pytest.mark.parametrize("folder", ["mimic-iv-demo-on-fhir-2.1.0/fhir", "synthea-bulk-10"])
def test_every_exported_resource_is_read_and_named(open_data, folder):
    for path in sorted((open_data / folder).glob("[A-Z]*.ndjson.gz")):
        for line in rows(path):
            record = parse("fhir", line)
            assert not record.unreadable_reason, path.name
            assert all(e.name or e.code_reference for e in record.events), path.name


def test_synthea_bundles_are_read_whole(open_data):
    for line in rows(open_data / "synthea-r4-smart" / "bundles_clinical.ndjson.xz"):
        payload = line[line.index(b'"bundle":') + len(b'"bundle":') :].rstrip().removesuffix(b"}")
        record = parse("fhir", payload)
        assert not record.unreadable_reason
        assert len({e.patient for e in record.events}) == 1


def test_drugs_of_mimic_have_names(open_data):
    folder = open_data / "mimic-iv-demo-on-fhir-2.1.0" / "fhir"
    for name in ("MimicMedication", "MimicMedicationMix"):
        for line in rows(folder / f"{name}.ndjson.gz"):
            assert all(d.display for d in parse("fhir", line).definitions)
