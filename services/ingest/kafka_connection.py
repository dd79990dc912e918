"""How every connection to Kafka is made: which brokers, over TLS or not, and who we are there."""

from pathlib import Path
from typing import Any

from kafka.net.sasl.oauth import AbstractTokenProvider

from services.ingest.settings import IngestSettings


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]
    """The token that a file holds now: who renews it (Kubernetes, an agent) writes it anew."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file

    def token(self) -> str:
        return self._file.read_text().strip()


def connection(settings: IngestSettings) -> dict[str, Any]:
    """kafka-python's options of every connection. Raises OSError for a password file that cannot be read."""
    found: dict[str, Any] = {
        "bootstrap_servers": list(settings.kafka_servers),
        "bootstrap_timeout_ms": 2_000,
        "reconnect_backoff_max_ms": 500,
        "security_protocol": settings.kafka_security_protocol,
    }
    files = {
        "ssl_cafile": settings.kafka_authority_file,
        "ssl_certfile": settings.kafka_certificate_file,
        "ssl_keyfile": settings.kafka_key_file,
    }
    found |= {name: str(file) for name, file in files.items() if file}
    if settings.kafka_security_protocol.startswith("SASL"):
        found |= {"sasl_mechanism": settings.kafka_sasl_mechanism, **_who(settings)}
    return found


def _who(settings: IngestSettings) -> dict[str, Any]:
    if settings.kafka_token_file:
        return {"sasl_oauth_token_provider": TokenFile(settings.kafka_token_file)}
    assert settings.kafka_password_file is not None
    password = settings.kafka_password_file.read_text().rstrip("\r\n")
    return {"sasl_plain_username": settings.kafka_username, "sasl_plain_password": password}
