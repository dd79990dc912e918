"""The HL7 v2 parser on messages that nobody here wrote: every one has an outcome, no segment is lost, and where FHIR
output lies beside a message, both say the same of the patient, the visit and what was measured."""

import json
import tomllib
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hl7_messages import of_kind
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chartline.record.event import CanonicalRecord
from chartline.record.kinds import EventKind
from chartline.record.times import format_instant, parse_instant
from chartline.sources.hl7_messages import split_messages
from services.encoder.record.validation import check_record
from services.ingest.parsers import parse
from services.ingest.parsers.hl7v2.decoding import decode
from services.ingest.parsers.hl7v2.splitting import split

MEASURED = (EventKind.LABORATORY, EventKind.VITAL, EventKind.MICROBIOLOGY)
DIFFERENCES = tomllib.loads((Path(__file__).parent / "hl7_expected.toml").read_text())
STATUSES = {
    "final": "FINAL",
    "preliminary": "PRELIMINARY",
    "corrected": "CORRECTED",
    "amended": "CORRECTED",
    "cancelled": "CANCELLED",
    "entered-in-error": "ENTERED_IN_ERROR",
    "unknown": "UNSPECIFIED",
}


@pytest.fixture(scope="module")
def messages(open_data):
    """Name of the file → each of its messages."""
    files = [f for f in sorted((open_data / "hl7v2").rglob("*")) if f.suffix in (".hl7", ".txt", ".er7")]
    return [(f.stem, message) for f in files for message in split_messages(f.read_bytes())]


@pytest.fixture(scope="module")
def records(messages):
    return [(name, parse("hl7v2", message)) for name, message in messages]


# --- outcomes --------------------------------------------------------------------------------------------------------


def test_every_message_has_an_outcome(records):
    assert len(records) > 200
    without = Counter(r.without_events_reason for _, r in records if r.without_events_reason)
    assert without == {
        "a query carries no event of a patient": 1,
        "PID without a number of the patient": 1,
        "no PID segment names a patient": 1,
    }
    unreadable = {name: r.unreadable_reason for name, r in records if r.unreadable_reason}
    assert unreadable == {"invalid-missing-msh": "no MSH segment at the beginning"}


def test_what_is_read_may_be_stored(records):
    for _, record in records:
        check_record(record, "record")


#: Segments that end as an event or as a leftover.
COUNTED = frozenset({"OBX", "OBR", "DG1", "AL1", "IAM", "PR1", "RXA", "RXE", "RXD", "RXG", "SCH", "TXA", "PRB", "GOL"})


def test_no_segment_can_be_left_out_unnoticed(messages, records):
    """Without any of them the record says less: fewer events, another text, or another leftover.

    An OBX without a value in a document is an empty line of it.
    """
    counted: Counter[str] = Counter()
    for (name, payload), (_, whole) in zip(messages, records, strict=True):
        if whole.unreadable_reason or whole.without_events_reason:
            continue
        message = split(decode(payload))
        mark = message.marks.field
        lines = [mark.join(s.fields[:1] + s.fields[2:] if s.name == "MSH" else s.fields) for s in message.segments]
        for number, segment in enumerate(message.segments):
            if segment.name in COUNTED and (segment.name != "OBX" or segment.raw(5)):
                rest = "\r".join(line for n, line in enumerate(lines) if n != number)
                assert said(parse("hl7v2", rest.encode())) != said(whole), f"{name}: {segment.name} {number}"
                counted[segment.name] += 1
    assert counted["OBX"] > 200
    assert counted.keys() >= {"OBX", "OBR", "DG1", "AL1", "PR1", "RXA", "RXE"}


def said(record: CanonicalRecord):
    return record.events, sorted(record.leftovers)


# --- FHIR output beside the messages ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pairs(open_data, records):
    root = open_data / "hl7v2" / "microsoft__FHIR-Converter"
    found = dict(records)
    expected = {}
    for file in sorted(root.rglob("*-expected.json")):
        bundle = json.loads(file.read_text("utf-8-sig"))
        expected[file.name.removesuffix("-expected.json")] = [entry["resource"] for entry in bundle["entry"]]
    return [(name, resources, found[name]) for name, resources in expected.items() if name in found]


def of_type(resources, kind):
    return [r for r in resources if r["resourceType"] == kind]


def facts(record):
    return {a.name: a.value for e in of_kind(record, EventKind.PATIENT) for a in e.attributes}


def test_patients_are_the_same(pairs):
    compared = 0
    for _, resources, record in pairs:
        patients = of_type(resources, "Patient")
        ours = facts(record)
        if len(patients) != 1 or not ours:  # A29 takes the facts back
            continue
        (expected,) = patients
        numbers = {i.get("value") for i in expected.get("identifier", ())}
        assert record.events[0].patient.rpartition("|")[2] in numbers
        if born := expected.get("birthDate"):
            assert format_instant(ours["birth_date"])[: len(born)] == born
        if expected.get("gender") in ("male", "female"):
            assert ours["gender"] == expected["gender"]
        families = [name["family"] for name in expected.get("name", ()) if name.get("family")]
        assert not families or any(family in ours["name"] for family in families)
        compared += 1
    assert compared > 100


CLASSES = {"IMP": "inpatient", "AMB": "ambulatory", "EMER": "emergency", "PRENC": "pre-admission"}


def test_visits_are_the_same(pairs):
    compared = 0
    for name, resources, record in pairs:
        ours = of_kind(record, EventKind.ENCOUNTER)
        expected = of_type(resources, "Encounter")
        if len(ours) != 1 or len(expected) != 1:
            continue
        numbers = {i.get("value") for i in expected[0].get("identifier", ())}
        assert not numbers or ours[0].encounter in numbers or len(numbers) == 1, name
        code = expected[0].get("class", {}).get("code")
        assert ours[0].attribute("class") == CLASSES.get(code, ours[0].attribute("class")), name
        start = expected[0].get("period", {}).get("start")
        if start and ours[0].time and name not in DIFFERENCES["visits"]:
            assert same_time(start, ours[0].time), name
        compared += 1
    assert compared > 60


def test_observations_are_the_same(pairs):
    """Code, value, unit, time and status; each pair that fits best is compared once."""
    agreed, differing, explained = 0, [], 0
    for name, resources, record in pairs:
        ours = list(of_kind(record, *MEASURED))
        for expected in of_type(resources, "Observation"):
            if explanation(name, expected):
                explained += 1
                continue
            best = max(ours, key=lambda event: len(fits(expected, event)), default=None)
            found = fits(expected, best) if best else frozenset()
            if best in ours and "code" in found:
                ours.remove(best)
            missing = {"code", "value", "unit", "time", "status"} - found
            agreed += 5 - len(missing)
            if missing:
                differing.append((name, codes_of(expected), sorted(missing)))
    lost = sum(len(missing) for _, _, missing in differing)
    assert explained == EXPLAINED
    assert agreed / (agreed + lost) >= 0.98, differing


EXPLAINED = 84


def explanation(name, expected):
    for row in (*DIFFERENCES["theirs"], *DIFFERENCES["ours"]):
        named = any(fnmatch(name, pattern) for pattern in row.get("messages", ["*"]))
        valued = any(key.startswith(("value", "component")) for key in expected)
        if named and codes_of(expected) & set(row["codes"]) and not (row.get("valueless") and valued):
            return row["why"]
    return ""


def codes_of(expected):
    return {coding.get("code") for coding in expected.get("code", {}).get("coding", ())}


def fits(expected, event):
    """The names of what both say alike; what the expected output does not say is alike."""
    found = set()
    if codes_of(expected) & {c.code for c in event.codings} or not codes_of(expected):
        found.add("code")
    amount = expected.get("valueQuantity", {})
    number = amount.get("value")
    if number is None:
        words = words_of(expected)
        said = event.quantity.value if event.quantity else event.text_value
        found |= {"value"} if not words or any(word in (said, event.text_value) for word in words) else set()
        found.add("unit")
    elif event.quantity is not None and float(event.quantity.value) == float(number):
        found.add("value")
        units = {amount.get("unit"), amount.get("code")} - {None}
        found |= {"unit"} if not units or event.quantity.unit in units else set()
    if not (at := expected.get("effectiveDateTime")) or (event.time and same_time(at, event.time)):
        found.add("time")
    if STATUSES[expected["status"]] == event.status.name:
        found.add("status")
    return frozenset(found)


def words_of(expected):
    concept = expected.get("valueCodeableConcept", {})
    coded = [coding.get(key) for coding in concept.get("coding", ()) for key in ("display", "code")]
    return {word for word in (expected.get("valueString"), concept.get("text"), *coded) if word}


def same_time(text, instant):
    """The same moment, whatever offset it is told in; a date is the same date."""
    if len(text) <= len("2026-03-01"):
        return format_instant(instant).startswith(text)
    return parse_instant(text).unix_micros // 1_000_000 == instant.unix_micros // 1_000_000


# --- damaged messages ------------------------------------------------------------------------------------------------

NOISE = st.binary(max_size=4) | st.sampled_from(
    [b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b'""', b"\x00", b"\xff", b"MSH|"]
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@example(None)
def test_damaged_messages_have_an_outcome_and_may_be_stored(messages, data):
    if data is None:
        return
    payload = data.draw(st.sampled_from([m for _, m in messages]))
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(payload)))
        end = min(len(payload), start + data.draw(st.integers(0, 12)))
        payload = payload[:start] + data.draw(NOISE) + payload[end:]
    record = parse("hl7v2", payload)
    assert record.events or record.links or record.unreadable_reason or record.without_events_reason
    check_record(record, "record")
