"""Gateways in front of a real encoder server: with a scripted model, and with a real client of a scripted Triton."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gateway_fake_model import FakeModel
from gateway_fake_triton import FakeTriton, start
from gateway_parts import Gateway, TritonGateway, running_gateway

from chartline.rpc.keys import KeyFiles, create_keys
from services.gateway.llm_client import TritonClient


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def gateway(keys: KeyFiles, tmp_path: Path) -> AsyncIterator[Gateway]:
    model = FakeModel()
    async with running_gateway(keys, model, tmp_path / "audit") as parts:
        yield Gateway(**parts, model=model)


@pytest.fixture
async def triton_gateway(keys: KeyFiles, tmp_path: Path) -> AsyncIterator[TritonGateway]:
    triton = FakeTriton()
    server, address = await start(triton)
    client = TritonClient([address], first_token_seconds=0.5, inter_token_seconds=0.5)
    async with running_gateway(keys, client, tmp_path / "audit") as parts:
        yield TritonGateway(**parts, triton=triton, triton_server=server)
    await client.close()
    await server.stop(None)
