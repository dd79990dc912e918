"""A real server with the whole boundary on a free port, and tokens for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc.aio
import pytest
from rpc_parts import Mint, Serving, gateway_service, started

from chartline.rpc.auth import mint_token
from chartline.rpc.keys import KeyFiles, create_keys
from chartline.settings import ServiceSettings


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyFiles:
    return create_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def settings(keys: KeyFiles) -> ServiceSettings:
    return ServiceSettings(
        jwks_file=keys.jwks_file,
        service_key_file=keys.service_key_file,
        secret_file=keys.secret_file,
        drain_seconds=5,
    )


@pytest.fixture
def mint(keys: KeyFiles) -> Mint:
    """Metadata of a caller: tenant `north`, all of a vendor's scopes."""

    def metadata(tenant: str = "north", scopes: str = "read ask predict", subject: str = "vendor", **rest: Any) -> Any:
        token = mint_token(
            keys.issuer_key_file, tenant=tenant, scopes=scopes.split(), subject=subject, issuer="test", **rest
        )
        return (("authorization", f"Bearer {token}"),)

    return metadata


@pytest.fixture
def serving(settings: ServiceSettings) -> Serving:
    """Serves a gateway servicer and gives a channel to it."""

    @asynccontextmanager
    async def serve(servicer: object, **changes: Any) -> AsyncIterator[grpc.aio.Channel]:
        async with started(settings.model_copy(update=changes), gateway_service(servicer)) as server:
            server.set_ready()
            async with grpc.aio.insecure_channel(server.address) as channel:
                yield channel

    return serve
