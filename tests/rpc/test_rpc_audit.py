"""The trail: what it says, what it never says, that it cannot be altered, that nothing passes it unrecorded."""

import json
import os
from pathlib import Path

import pytest

from chartline.errors import Unavailable
from chartline.rpc.audit import AuditBroken, AuditTrail, pseudonym, verify
from chartline.rpc.auth import Caller, set_current_caller
from chartline.rpc.context import begin_call

SECRET = b"s" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    set_current_caller(Caller("north", "gateway", frozenset(), "vendor"))
    begin_call("r-1", "/chartline.v1.GatewayService/AnswerQuestion", 5)
    return tmp_path / "audit.jsonl"


def write(file: Path, count: int) -> None:
    trail = AuditTrail(file, SECRET)
    for number in range(count):
        trail.record(
            patient=f"Patient/{number}",
            outcome="ANSWERED",
            purpose="TREAT",
            event_keys=["ab"],
            model_versions={"m": "1"},
        )
    trail.close()


def test_a_line_says_who_whom_why_what_and_how_it_ended(file: Path) -> None:
    write(file, 1)
    entry = json.loads(file.read_text())
    assert {name: entry[name] for name in ("tenant", "subject", "actor", "purpose", "outcome", "request_id")} == {
        "tenant": "north",
        "subject": "gateway",
        "actor": "vendor",
        "purpose": "TREAT",
        "outcome": "ANSWERED",
        "request_id": "r-1",
    }
    assert (entry["event_keys"], entry["model_versions"]) == (["ab"], {"m": "1"})
    assert entry["method"].endswith("/AnswerQuestion")


def test_a_patient_is_a_pseudonym_that_differs_between_tenants(file: Path) -> None:
    write(file, 1)
    assert "Patient/0" not in file.read_text()
    assert json.loads(file.read_text())["patient"] == pseudonym(SECRET, "north", "Patient/0")
    assert pseudonym(SECRET, "north", "Patient/0") != pseudonym(SECRET, "south", "Patient/0")


def test_a_trail_goes_on_after_a_restart(file: Path) -> None:
    write(file, 3)
    write(file, 2)
    assert verify(file, SECRET) == 5


def test_an_empty_trail_is_whole(file: Path) -> None:
    write(file, 0)
    assert verify(file, SECRET) == 0


def altered(lines: list[str]) -> list[list[str]]:
    changed = json.loads(lines[2])
    changed["outcome"] = "NOT_IN_RECORD"
    stranger = json.dumps({**changed, "mac": "0" * 64}) + "\n"
    return [
        [*lines[:2], json.dumps(changed) + "\n", *lines[3:]],  # changed
        [*lines[:2], *lines[3:]],  # left out
        [*lines[:2], stranger, *lines[2:]],  # put in
        [lines[0], lines[2], lines[1], *lines[3:]],  # moved
        [*lines[:2], "not json\n", *lines[3:]],
        [*lines[:2], "[1]\n", *lines[3:]],
        [*lines[:2], lines[2].replace(changed["mac"], "é"), *lines[3:]],
    ]


@pytest.mark.parametrize("case", range(7))
def test_any_alteration_is_found(file: Path, case: int) -> None:
    write(file, 5)
    file.write_text("".join(altered(file.read_text().splitlines(keepends=True))[case]))
    with pytest.raises(AuditBroken) as broken:
        verify(file, SECRET)
    assert broken.value.line == (2 if case == 3 else 3)


def test_another_secret_verifies_nothing(file: Path) -> None:
    write(file, 1)
    with pytest.raises(AuditBroken):
        verify(file, b"x" * 32)


def test_a_torn_last_line_is_dropped(file: Path) -> None:
    write(file, 2)
    with file.open("a") as stream:
        stream.write('{"time": "2026')
    write(file, 1)
    assert verify(file, SECRET) == 3


def test_a_file_has_one_writer(file: Path) -> None:
    trail = AuditTrail(file, SECRET)
    with pytest.raises(BlockingIOError):
        AuditTrail(file, SECRET)
    trail.close()


def test_what_cannot_be_recorded_is_unavailable(file: Path) -> None:
    trail = AuditTrail(file, SECRET)
    os.close(trail._stream)
    with pytest.raises(Unavailable):
        trail.record(patient="Patient/1", outcome="ANSWERED")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_disk_is_unavailable(file: Path) -> None:
    trail = AuditTrail(file, SECRET)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, trail._stream)
    os.close(full)
    with pytest.raises(Unavailable):
        trail.record(patient="Patient/1", outcome="ANSWERED")
    os.close(trail._stream)
