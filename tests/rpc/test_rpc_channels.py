"""Outgoing calls: what is repeated, which shard is asked, what another service's status means here, mTLS."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from rpc_parts import Gateway, Mint, Serving, gateway_service, started, stub

from chartline import errors
from chartline.record.identity import shard_of
from chartline.rpc.channels import open_channel, service_config
from chartline.rpc.methods import RULES
from chartline.rpc.shards import Shards
from chartline.rpc.statuses import calling
from chartline.settings import MESSAGE_BYTES, ServiceSettings
from chartline.v1 import gateway_service_pb2, record_service_pb2

LIST = record_service_pb2.ListPatientsRequest()


class Unsteady(Gateway):
    """Is away for the first calls."""

    def __init__(self, failures: int, code: type[errors.ChartlineError] = errors.Unavailable) -> None:
        super().__init__()
        self.failures = failures
        self.code = code
        self.calls = 0

    async def ListPatients(self, request: Any, context: Any) -> Any:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.code("away", retry_after=0.001)  # type: ignore[call-arg]
        return await super().ListPatients(request, context)

    async def AnswerQuestion(self, request: Any, context: Any) -> Any:
        self.calls += 1
        raise self.code("away", retry_after=0.001)  # type: ignore[call-arg]
        yield


@asynccontextmanager
async def running(settings: ServiceSettings, servicer: Unsteady) -> AsyncIterator[grpc.aio.Channel]:
    """The servicer behind a channel as services open it."""
    async with (
        started(settings, gateway_service(servicer)) as server,
        open_channel(server.address, settings) as channel,
    ):
        yield channel


async def test_unavailable_is_repeated_where_the_rule_allows_it(settings: ServiceSettings, mint: Mint) -> None:
    servicer = Unsteady(failures=2)
    async with running(settings, servicer) as channel:
        await stub(channel).ListPatients(LIST, metadata=mint())
    assert servicer.calls == 3


async def test_a_question_is_not_repeated(settings: ServiceSettings, mint: Mint) -> None:
    servicer = Unsteady(failures=9)
    async with running(settings, servicer) as channel:
        answer = stub(channel).AnswerQuestion(gateway_service_pb2.AnswerQuestionRequest(), metadata=mint())
        assert await answer.code() is grpc.StatusCode.UNAVAILABLE
    assert servicer.calls == 1


async def test_a_full_service_is_not_pressed(settings: ServiceSettings, mint: Mint) -> None:
    servicer = Unsteady(failures=9, code=errors.Exhausted)
    async with running(settings, servicer) as channel:
        with pytest.raises(grpc.aio.AioRpcError):
            await stub(channel).ListPatients(LIST, metadata=mint())
    assert servicer.calls == 1


def test_the_service_config_names_what_is_repeated() -> None:
    names = json.loads(service_config())["methodConfig"][0]["name"]
    assert {f"/{n['service']}/{n['method']}" for n in names} == {path for path, rule in RULES.items() if rule.retried}


async def test_a_patients_shard_is_that_of_the_record(settings: ServiceSettings) -> None:
    shards = Shards(["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], settings)
    for number in range(20):
        patient = f"Patient/{number}"
        assert shards.channel("north", patient) is shards.channels[shard_of("north", patient, 3)]
    assert len(shards) == 3
    await shards.close()


@pytest.mark.parametrize(("taken", "sent"), [(1 << 16, 1 << 16), (128 << 20, MESSAGE_BYTES)])
async def test_a_shard_is_sent_no_more_than_channels_carry(settings: ServiceSettings, taken: int, sent: int) -> None:
    shards = Shards(["127.0.0.1:1"], settings.model_copy(update={"max_message_bytes": taken}))
    assert shards.largest_message == sent
    await shards.close()


def test_no_shard_is_an_error(settings: ServiceSettings) -> None:
    with pytest.raises(ValueError):
        Shards([], settings)


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        (errors.InvalidRequest("wrong", field="x"), errors.InvalidRequest),
        (errors.NotFound("none"), errors.NotFound),
        (errors.Unfit("unfit", reason="WRONG_SHARD"), errors.Unfit),
        (errors.Exhausted("full", retry_after=7), errors.Exhausted),
        (errors.Unavailable("away", retry_after=7), errors.Unavailable),
        (errors.DeadlineExceeded("late"), errors.DeadlineExceeded),
        (errors.Unauthenticated("who"), errors.ChartlineError),
        (errors.Forbidden("no"), errors.ChartlineError),
        (KeyError("odd"), errors.ChartlineError),
    ],
)
async def test_a_status_is_the_error_it_was_made_from(
    serving: Serving, mint: Mint, sent: Exception, understood: type[errors.ChartlineError]
) -> None:
    async with serving(Gateway(sent)) as channel:
        with pytest.raises(errors.ChartlineError) as failed, calling("the encoder"):
            await stub(channel).ListPatients(LIST, metadata=mint())
    assert type(failed.value) is understood
    if isinstance(sent, errors.InvalidRequest | errors.NotFound | errors.Unfit):
        assert (failed.value.message, failed.value.reason) == (sent.message, sent.reason)
    if isinstance(sent, errors.Exhausted | errors.Unavailable):
        assert failed.value.retry_after == 7  # type: ignore[attr-defined]


async def test_nobody_there_is_unavailable(settings: ServiceSettings, unused_tcp_port: int) -> None:
    async with open_channel(f"127.0.0.1:{unused_tcp_port}", settings) as channel:
        with pytest.raises(errors.Unavailable), calling("the encoder"):
            await stub(channel).ListPatients(LIST, timeout=5)


# --- mTLS -------------------------------------------------------------------------------------------------------------


class Authority:
    """Issues certificates for localhost into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, folder.name)])
        self.file = folder / "authority.pem"
        folder.mkdir()
        self.file.write_bytes(self._certificate(self.name, self.key, authority=True))

    def issue(self, name: str) -> dict[str, Path]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate, key_file = self.folder / "service.pem", self.folder / "service.key"
        certificate.write_bytes(self._certificate(subject, key))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return {"tls_certificate_file": certificate, "tls_key_file": key_file, "tls_authority_file": self.file}

    def _certificate(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, authority: bool = False) -> bytes:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(self.name, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
        builder = builder.add_extension(x509.BasicConstraints(authority, None), critical=True)
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM)


async def test_both_ends_show_a_certificate_of_the_authority(
    settings: ServiceSettings, mint: Mint, tmp_path: Path
) -> None:
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    secured = settings.model_copy(update=ours.issue("gateway"))
    stranger = settings.model_copy(update={**theirs.issue("stranger"), "tls_authority_file": ours.file})
    async with started(secured, gateway_service(Gateway())) as server:
        target = server.address.replace("127.0.0.1", "localhost")
        async with open_channel(target, secured) as channel:
            answer = await stub(channel).ListPatients(LIST, metadata=mint(), timeout=5)
            assert answer.patients[0].patient == "north"
        for outsider in (settings, stranger):
            async with open_channel(target, outsider) as channel:
                with pytest.raises(grpc.aio.AioRpcError) as failed:
                    await stub(channel).ListPatients(LIST, metadata=mint(), timeout=5)
            assert failed.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_new_certificate_is_shown_without_a_restart(
    settings: ServiceSettings, mint: Mint, tmp_path: Path
) -> None:
    authority = Authority(tmp_path / "ours")
    secured = settings.model_copy(update=authority.issue("gateway"))
    async with started(secured, gateway_service(Gateway())) as server:
        target = server.address.replace("127.0.0.1", "localhost")
        successor = Authority(tmp_path / "next")
        for old, new in zip(authority.issue("x").values(), successor.issue("gateway").values(), strict=True):
            old.write_bytes(new.read_bytes())
        async with open_channel(target, settings.model_copy(update=successor.issue("client"))) as channel:
            await stub(channel).ListPatients(LIST, metadata=mint(), timeout=5)
