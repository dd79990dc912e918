"""Records through a real Kafka: each has one outcome, twice is once, another order is the same chart."""

import random
from typing import Any

import pytest
from cluster_parts import Cluster, export, heart_rate, messages, patient

from chartline.commands.load import OUTCOMES, load_messages
from chartline.local.client import Client
from chartline.sources.files import Message

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900)]


def test_every_record_has_one_outcome(loaded: dict[str, Any], hospital: list[Message]) -> None:
    assert loaded["sent"] == len(hospital) == sum(loaded[name] for name in OUTCOMES)
    assert loaded["dead_lettered"] == 0
    assert sum(loaded["reasons"].values()) == loaded["without_events"]


def test_loading_twice_and_shuffled_changes_nothing(client: Client, hospital: list[Message]) -> None:
    before = export(client)
    report = load_messages(client, random.Random(7).sample(hospital, len(hospital)), wait=True)
    assert report["indexed"] == report["updated"] == report["deleted"] == report["merged"] == 0
    assert report["duplicates"] + report["without_events"] == len(hospital)
    assert export(client) == before


def test_another_order_is_the_same_chart(client: Client, cluster: Cluster, hospital: list[Message]) -> None:
    with cluster.client("shuffled") as shuffled:
        load_messages(shuffled, random.Random(8).sample(hospital, len(hospital)), wait=True)
        assert export(shuffled) == export(client)


def test_what_cannot_be_read_is_buried_with_its_reason(cluster: Cluster) -> None:
    good = messages([patient("m"), heart_rate(1, "m")])
    bad = [Message("fhir", b'{"resourceType": "Obs'), Message("fhir", b'{"resourceType": "Dragon"}'), Message("x", b"")]
    with cluster.client("mixed") as client:
        report = load_messages(client, [*bad, *good], wait=True)
    assert (report["sent"], report["indexed"], report["dead_lettered"]) == (5, 2, 3)
    assert sum(report["reasons"].values()) == 3
