"""Kafka with TLS and a login: the options, and a real broker that lets nobody else in."""

import asyncio
import datetime
import ipaddress
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chartline.local.kafka import KafkaBroker
from chartline.local.ports import HeldPorts
from services.ingest.broker import Broker
from services.ingest.kafka_connection import connection
from services.ingest.settings import IngestSettings

PASSWORD = "correct horse"


@pytest.fixture
def told(keys, tmp_path):
    """Settings with further fields; files are made with their content."""

    def _told(**fields):
        for name, value in fields.items():
            if name.endswith("_file"):
                fields[name] = tmp_path / name
                fields[name].write_text(value)
        return IngestSettings(
            jwks_file=keys.jwks_file,
            service_key_file=keys.service_key_file,
            encoders=("unused:1",),
            audit_file=keys.jwks_file.with_name("audit.jsonl"),
            **fields,
        )

    return _told


def login(mechanism="SCRAM-SHA-512", protocol="SASL_SSL", **fields):
    return {
        "kafka_security_protocol": protocol,
        "kafka_sasl_mechanism": mechanism,
        "kafka_username": "ingest",
        "kafka_password_file": PASSWORD + "\n",
        **fields,
    }


def test_without_settings_a_connection_is_plain(told):
    found = connection(told(kafka_servers="a:1,b:2"))
    assert (found["bootstrap_servers"], found["security_protocol"]) == (["a:1", "b:2"], "PLAINTEXT")
    assert not [name for name in found if name.startswith(("sasl", "ssl"))]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_login_has_name_and_password(told, mechanism):
    found = connection(told(**login(mechanism, kafka_authority_file="pem")))
    assert (found["security_protocol"], found["sasl_mechanism"]) == ("SASL_SSL", mechanism)
    assert (found["sasl_plain_username"], found["sasl_plain_password"]) == ("ingest", PASSWORD)
    assert Path(found["ssl_cafile"]).name == "kafka_authority_file"


def test_a_token_is_read_at_each_connection(told):
    settings = told(kafka_security_protocol="SASL_SSL", kafka_sasl_mechanism="OAUTHBEARER", kafka_token_file="one\n")
    provider = connection(settings)["sasl_oauth_token_provider"]
    assert provider.token() == "one"
    settings.kafka_token_file.write_text("two")
    assert provider.token() == "two"


def test_a_certificate_comes_with_its_key(told):
    found = connection(told(kafka_security_protocol="SSL", kafka_certificate_file="c", kafka_key_file="k"))
    assert found["security_protocol"] == "SSL"
    assert {Path(found[name]).name for name in ("ssl_certfile", "ssl_keyfile")} == {
        "kafka_certificate_file",
        "kafka_key_file",
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"kafka_security_protocol": "SASL_SSL"},
        {"kafka_sasl_mechanism": "PLAIN"},
        {"kafka_username": "ingest"},
        login(kafka_username=""),
        login("OAUTHBEARER"),
        login("GSSAPI"),
        login(kafka_token_file="x"),
        {"kafka_security_protocol": "SSL", "kafka_certificate_file": "c"},
        {"kafka_security_protocol": "TLS"},
    ],
)
def test_half_a_login_ends_the_start(told, fields):
    with pytest.raises(ValueError):
        told(**fields)


def certificate(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that is its own authority, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return built.public_bytes(Encoding.PEM).decode(), private.decode()


class GuardedBroker(KafkaBroker):
    """Asks for PLAIN over TLS on the client port."""

    pem = ("", "")

    def _write_configuration(self) -> Path:
        file = super()._write_configuration()
        text = file.read_text().replace("PLAINTEXT://", "SASL_SSL://")
        chain, key = (pem.replace("\n", "\\n") for pem in self.pem)
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        users = f'username="broker" password="b" user_broker="b" user_ingest="{PASSWORD}"'
        text += f"""
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config={login} {users};
ssl.keystore.type=PEM
ssl.keystore.certificate.chain={chain}
ssl.keystore.key={key}
ssl.truststore.type=PEM
ssl.truststore.certificates={chain}
"""
        file.write_text(text)
        return file


@pytest.mark.cluster
async def test_a_broker_lets_in_who_has_the_password_and_trusts_its_authority(told, tmp_path):
    ports = HeldPorts()
    broker = GuardedBroker(tmp_path / "kafka", port=ports.take(), controller_port=ports.take())
    broker.pem = certificate(tmp_path)
    broker.start()
    try:
        authority = {"kafka_authority_file": broker.pem[0], "kafka_servers": (broker.address,)}
        settings = told(**login("PLAIN", **authority))
        ours = Broker(settings)
        await ours.write("ehr.north.acks", b"1", [])
        assert await ours.sent("north") == 0
        await ours.close()
        wrong = {**connection(settings), "sasl_plain_password": "wrong"}
        code = f"from kafka import KafkaProducer; KafkaProducer(**{wrong!r})"
        refused = await asyncio.create_subprocess_exec(  # a process: kafka-python leaks the sockets of what fails
            sys.executable, "-c", code, stderr=asyncio.subprocess.PIPE
        )
        _, words = await refused.communicate()
        assert refused.returncode
        assert b"Unable to bootstrap" in words
    finally:
        broker.stop()
        ports.release()
