"""Payloads that messages only name: fetched where that is allowed, refused or waited for where not."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingest_fakes import FakeEncoder, FakeWriter

from chartline.v1.record_service_pb2 import RECORD_OUTCOME_DEAD_LETTERED, RECORD_OUTCOME_INDEXED, Position
from services.ingest.claims import Claims, _NotYet
from services.ingest.dead_letters import DeadLetters
from services.ingest.envelope import STRUCTURED
from services.ingest.incoming import Claim, Incoming
from services.ingest.pipeline import Pipeline

PAYLOAD = json.dumps({"resourceType": "Patient", "id": "p"}).encode()
OUTSIDE = "the claimed payload lies outside the tenant's folder"


@pytest.fixture
def folder(tmp_path):
    """`north` and `south` each have a payload; beside their folder lies a secret."""
    for tenant in ("north", "south"):
        (tmp_path / "claims" / tenant).mkdir(parents=True)
        (tmp_path / "claims" / tenant / "big one.json").write_bytes(PAYLOAD)
    (tmp_path / "secret").write_text("Secretname")
    return tmp_path / "claims"


def claiming(reference, sha256="", tenant="north", sent_at=0.0):
    position = Position(topic=f"ehr.{tenant}.raw", partition=0, offset=0)
    return Incoming(tenant, "fhir", None, position=position, sent_at=sent_at, claim=Claim(reference, sha256))


async def fetch(folder, *arguments, largest=1000, patience=0.0, **fields):
    return await Claims(folder, largest, patience).fetch(claiming(*arguments, **fields))


def uri(path: Path) -> str:
    return path.as_uri()


async def test_a_payload_of_the_tenants_folder_is_fetched(folder):
    whole = hashlib.sha256(PAYLOAD).hexdigest().upper()
    found = await fetch(folder, uri(folder / "north" / "big one.json"), whole)
    assert (found.payload, found.refused) == (PAYLOAD, "")


async def test_nothing_is_fetched_where_no_folder_is_set(folder):
    assert (await fetch(None, uri(folder / "north" / "big one.json"))).refused == "claimed payloads are not taken here"


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("../south/big one.json", OUTSIDE),
        ("../../secret", OUTSIDE),
        ("%2e%2e/%2E%2E/secret", OUTSIDE),
        ("link", OUTSIDE),
        ("linked/big one.json", OUTSIDE),
        ("pipe", OUTSIDE),
        (".", OUTSIDE),
        ("nothing", "the claimed payload is missing"),
        ("a%00b", "the claim is no file: URI"),
        ("x" * 300, "the claimed payload cannot be read"),
    ],
)
async def test_what_leads_elsewhere_is_refused(folder, inside, reason):
    (folder / "north" / "link").symlink_to(folder.parent / "secret")
    (folder / "north" / "linked").symlink_to(folder / "south")
    os.mkfifo(folder / "north" / "pipe")
    found = await fetch(folder, f"file://{folder}/north/{inside}")
    assert found.refused == reason
    assert found.payload is None


@pytest.mark.parametrize(
    "reference",
    [
        "s3://bucket/x",
        "https://example.org/x",
        "/etc/passwd",
        "file:relative",
        "file://host/etc/passwd",
        "file://[",
        "x",
    ],
)
async def test_other_places_are_refused(folder, reference):
    assert (await fetch(folder, reference)).refused in ("the claim is no file: URI", "the claim is no URI")


@pytest.mark.parametrize("tenant", [".", ".."])
async def test_a_tenant_named_like_a_folder_above_reaches_nothing(folder, tenant):
    assert (await fetch(folder, uri(folder / "north" / "big one.json"), tenant=tenant)).refused == OUTSIDE


async def test_sizes_and_hashes_are_checked(folder):
    place = uri(folder / "north" / "big one.json")
    size = len(PAYLOAD)
    assert (await fetch(folder, place, largest=size)).payload == PAYLOAD
    assert (
        await fetch(folder, place, largest=size - 1)
    ).refused == f"the claimed payload is larger than {size - 1} bytes"
    assert (await fetch(folder, place, "00")).refused == "the claimed payload has another hash"


async def test_what_is_late_is_waited_for(folder, monkeypatch):
    monkeypatch.setattr("services.ingest.claims._FIRST_PAUSE", 0.01)
    late = folder / "north" / "late.json"
    looks = []
    read = Claims._read

    def looking(self, tenant, claim):
        looks.append(claim)
        if len(looks) == 3:
            late.write_bytes(PAYLOAD)
        return read(self, tenant, claim)

    monkeypatch.setattr(Claims, "_read", looking)
    found = await fetch(folder, uri(late), patience=60.0, sent_at=time.time())
    assert (found.payload, len(looks)) == (PAYLOAD, 3)


async def test_a_message_from_long_ago_is_not_waited_for(folder):
    assert (await fetch(folder, uri(folder / "north" / "x"), patience=60.0, sent_at=1.0)).refused.endswith("missing")


async def test_the_clock_of_a_producer_does_not_say_how_long_is_waited(folder, monkeypatch):
    looks = []

    def looking(self, tenant, claim):
        looks.append(claim)
        assert len(looks) == 1
        raise _NotYet("the claimed payload is missing")

    monkeypatch.setattr(Claims, "_read", looking)
    ahead = time.time() + 3600
    assert (await fetch(folder, uri(folder / "north" / "x"), patience=0.0, sent_at=ahead)).refused.endswith("missing")


@given(st.text(max_size=40))
async def test_any_reference_has_an_answer(reference):
    found = await Claims(Path("/nowhere"), 10, 0.0).fetch(claiming(reference))
    assert found.refused
    assert reference == "" or reference not in found.refused or len(reference) < 10


async def test_a_claim_becomes_events_or_a_dead_letter_that_holds_it(folder):
    writer, encoder = FakeWriter(), FakeEncoder()
    claims = Claims(folder, 1000, 0.0)
    pipeline = Pipeline(encoder, DeadLetters(writer, first_pause=0.0), claims=claims)
    missing = claiming("file:///elsewhere", "ab")
    outcomes = await pipeline.deliver([claiming(uri(folder / "north" / "big one.json")), missing])
    assert [outcome.value for outcome in outcomes] == [RECORD_OUTCOME_INDEXED, RECORD_OUTCOME_DEAD_LETTERED]
    ((_, value, headers),) = writer.written
    assert json.loads(value) == {"specversion": "1.0", "dataref": "file:///elsewhere", "datasha256": "ab"}
    assert (headers["content-type"], headers["reason"]) == (STRUCTURED.encode(), OUTSIDE.encode())
