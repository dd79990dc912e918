"""Which of several shards answers about a patient."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from gateway_fake_encoder import PATIENT, FakeEncoder
from gateway_fake_model import FakeModel
from gateway_parts import Gateway, running_gateway

from chartline.errors import NotUnique
from chartline.rpc.keys import KeyFiles
from chartline.v1 import record_service_pb2 as record_pb2

NUMBER = "4711"


@dataclass
class Two:
    """A gateway with two shards."""

    gateway: Gateway
    shards: tuple[FakeEncoder, FakeEncoder]

    async def list_events(self, patient: str) -> grpc.StatusCode:
        request = record_pb2.ListEventsRequest(patient=patient)
        try:
            await self.gateway.stub.ListEvents(request, metadata=self.gateway.metadata(), timeout=10)
        except grpc.aio.AioRpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        return grpc.StatusCode.OK


@pytest.fixture
async def two(keys: KeyFiles, tmp_path: Path) -> AsyncIterator[Two]:
    other, model = FakeEncoder(), FakeModel()
    async with running_gateway(keys, model, tmp_path / "audit", other) as parts:
        gateway = Gateway(**parts, model=model)
        yield Two(gateway, (gateway.encoder, other))


@pytest.mark.parametrize("place", [0, 1])
async def test_a_bare_number_of_one_patient_finds_it_on_any_shard(two: Two, place: int) -> None:
    two.shards[place].identifiers = frozenset({NUMBER})
    two.shards[1 - place].identifiers = frozenset()
    assert await two.list_events(NUMBER) is grpc.StatusCode.OK


async def test_a_bare_number_of_patients_on_two_shards_finds_none(two: Two) -> None:
    for shard in two.shards:
        shard.identifiers = frozenset({NUMBER})
    assert await two.list_events(NUMBER) is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("place", [0, 1])
async def test_a_bare_number_that_one_shard_has_twice_finds_none(two: Two, place: int) -> None:
    def several(method: str) -> None:
        raise NotUnique("several patients have this number")

    two.shards[place].before = several
    two.shards[1 - place].identifiers = frozenset({NUMBER})
    assert await two.list_events(NUMBER) is grpc.StatusCode.NOT_FOUND


async def test_a_whole_identifier_asks_no_further_than_where_it_is_found(two: Two) -> None:
    for shard in two.shards:
        shard.identifiers = frozenset({PATIENT})
    assert await two.list_events(PATIENT) is grpc.StatusCode.OK
    assert sum(len(shard.requests) for shard in two.shards) == 1
