"""The parser against a second, independent reading of the same records that nobody here wrote."""

from __future__ import annotations

import gzip
import json
import lzma
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from fhir_oracle import Expected, second_reading

from chartline.record.event import Event
from services.ingest.parsers import parse

#: Lines of each file that the short run reads, and the share of compared fields that must agree.
SHORT, AGREED = 40, 0.995


def lines(file: Path) -> Iterator[bytes]:
    with (lzma.open if file.suffix == ".xz" else gzip.open)(file) as stream:
        yield from stream


def resources(folder: Path, most: int | None) -> Iterator[dict[str, Any]]:
    """Every resource of the open records, those of bundles one by one."""
    for file in sorted((folder / "fhir-r4").glob("*.xz")):
        for line in islice(lines(file), most):
            yield from unpacked(json.loads(line)["resource"])
    for line in islice(lines(folder / "synthea-r4-smart" / "bundles_clinical.ndjson.xz"), most and 2):
        yield from unpacked(json.loads(line)["bundle"])
    for file in islice(sorted((folder / "synthea-r4-smart" / "full").glob("*.gz")), most and 1):
        yield from unpacked(json.loads(gzip.decompress(file.read_bytes())))
    for name in ("synthea-bulk-10", "mimic-iv-demo-on-fhir-2.1.0/fhir"):
        for file in sorted((folder / name).glob("[A-Z]*.ndjson.gz")):
            for line in islice(lines(file), most):
                yield json.loads(line)


def unpacked(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if resource.get("resourceType") != "Bundle":
        yield resource
        return
    for entry in resource.get("entry", ()):
        if "resource" in entry:
            yield from unpacked(entry["resource"])


def said(event: Event) -> Expected:
    return Expected(
        Decimal(event.quantity.value) if event.quantity else None,
        event.quantity.unit if event.quantity else None,
        event.time.unix_micros if event.time else None,
        event.end_time.unix_micros if event.end_time else None,
        int(event.status) or None,
    )


def compare(resource: dict[str, Any], agreed: Counter[str], differing: Counter[str]) -> bool:
    """Counts each field of each fact that the second reading has; whether it has any."""
    record = parse("fhir", json.dumps(resource).encode())
    outcomes = (record.unreadable_reason, record.without_events_reason)
    assert record.events or record.definitions or any(outcomes)
    events = {event.natural_key: event for event in record.events}  # the last telling is the complete one
    expected = second_reading(resource) if events else None
    for key, facts in (expected or {}).items():
        if key not in events:
            continue
        found = said(events[key])
        for field in Expected.__slots__:
            if (wanted := getattr(facts, field)) is not None:
                right = getattr(found, field) == wanted
                (agreed if right else differing)[f"{resource['resourceType']}.{field}"] += 1
    return bool(expected)


def agreement(folder: Path, most: int | None) -> tuple[int, Counter[str], Counter[str]]:
    agreed: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    compared = sum(compare(resource, agreed, differing) for resource in resources(folder, most))
    return compared, agreed, differing


def check(folder: Path, most: int | None, at_least: int) -> None:
    compared, agreed, differing = agreement(folder, most)
    assert compared >= at_least
    share = agreed.total() / (agreed.total() + differing.total())
    assert share >= AGREED, f"{share:.4f} of {agreed.total() + differing.total()}: {differing.most_common(12)}"


def test_values_units_times_and_statuses_agree_with_a_second_reading(open_data):
    check(open_data, SHORT, at_least=1_000)


@pytest.mark.long
def test_every_open_record_agrees_with_a_second_reading(open_data):
    check(open_data, None, at_least=50_000)


def test_the_comparison_sees_a_difference():
    observation = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "code": {"text": "Potassium"},
        "effectiveDateTime": "2024-03-01T08:00:00Z",
        "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
    }
    expected = second_reading(observation)
    assert expected == {
        "Observation/o": Expected(Decimal("4.1"), "mmol/L", 1_709_280_000_000_000, None, 1),
    }
    agreed: Counter[str] = Counter()
    differing: Counter[str] = Counter()
    assert compare(observation, agreed, differing)
    assert (agreed.total(), differing.total()) == (4, 0)
