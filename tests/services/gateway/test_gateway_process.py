"""The gateway as a process of its own: it serves without its parts, says that they are away, and ends cleanly."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import grpc
import pytest

from chartline.rpc.auth import mint_token
from chartline.rpc.keys import KeyFiles
from chartline.v1 import gateway_service_pb2 as pb
from chartline.v1.gateway_service_pb2_grpc import GatewayServiceStub

ROOT = Path(__file__).resolve().parents[3]


async def test_it_runs_alone(keys: KeyFiles, tmp_path: Path) -> None:
    variables = {
        "JWKS_FILE": str(keys.jwks_file),
        "SERVICE_KEY_FILE": str(keys.service_key_file),
        "SECRET_FILE": str(keys.secret_file),
        "AUDIT_FILE": str(tmp_path / "audit"),
        "ENCODERS": "127.0.0.1:1",
        "TRITONS": "127.0.0.1:1",
    }
    environment = {**os.environ, **{f"CHARTLINE_GATEWAY_{name}": value for name, value in variables.items()}}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.gateway", env=environment, cwd=ROOT, stdout=PIPE
    )
    assert process.stdout is not None
    try:
        serving = json.loads(await process.stdout.readline())
        assert serving["event"] == "serving"
        token = mint_token(keys.issuer_key_file, tenant="mercy", scopes=["read"], subject="vendor", issuer="test")
        async with grpc.aio.insecure_channel(serving["address"]) as channel:
            with pytest.raises(grpc.aio.AioRpcError) as failed:
                await GatewayServiceStub(channel).GetModelInfo(
                    pb.GetModelInfoRequest(), metadata=(("authorization", f"Bearer {token}"),), timeout=10
                )
        assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
