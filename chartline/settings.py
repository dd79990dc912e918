"""What every service can be told from outside: one frozen class, read from `CHARTLINE_<SERVICE>_*` at start.

A service extends it with its own fields and its prefix:

    class GatewaySettings(ServiceSettings):
        model_config = SettingsConfigDict(env_prefix="CHARTLINE_GATEWAY_")

Secrets come as files, never as values, so no environment dump and no traceback shows them.
"""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

#: host:port of several peers, separated by commas.
Addresses = Annotated[
    tuple[str, ...],
    NoDecode,
    BeforeValidator(lambda given: tuple(given.split(",")) if isinstance(given, str) else given),
    Field(min_length=1),
]


#: The largest message that services send each other.
MESSAGE_BYTES = 64 << 20


class ServiceSettings(BaseSettings):
    """The docstring under each field says what follows from it."""

    model_config = SettingsConfigDict(frozen=True, use_attribute_docstrings=True)

    listen: str = "127.0.0.1:0"
    """Where gRPC listens, as host:port; a taken port ends the start. Port 0 is any free one: only tests can find it."""
    metrics_listen: str = "127.0.0.1:0"
    """Where Prometheus reads, plain HTTP; reachable for everybody who reaches it, so keep it inside the cluster."""
    health_listen: str = ""
    """A second, plaintext port with gRPC health alone, for probes that speak no TLS; empty opens none."""
    jwks_file: Path
    """Public keys that callers' tokens are verified with; read again when it changes, so keys rotate while serving."""
    service_key_file: Path | None = None
    """Private key (PEM) of the service's own short tokens; without it the service cannot call other services."""
    secret_file: Path | None = None
    """At least 32 random bytes shared by all replicas; without it page tokens end with the process that issued them."""
    tls_certificate_file: Path | None = None
    """Certificate chain (PEM); read again when it changes. Without it the service speaks plaintext."""
    tls_key_file: Path | None = None
    """Private key (PEM) of the certificate."""
    tls_authority_file: Path | None = None
    """Authority (PEM) that both ends' certificates must come from; with it callers need a certificate too (mTLS)."""
    drain_seconds: float = Field(default=25.0, ge=0)
    """How long running calls may go on after SIGTERM; what still runs then is cancelled."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """The least severe line that is logged."""
    max_concurrent: int = Field(default=256, ge=1)
    """Calls in progress at once; the next is RESOURCE_EXHAUSTED instead of queueing without end."""
    max_message_bytes: int = Field(default=MESSAGE_BYTES, ge=1)
    """A larger request is INVALID_ARGUMENT, over twice as large RESOURCE_EXHAUSTED; it bounds what a call may take."""
    max_token_seconds: float = Field(default=300.0, gt=0)
    """Tokens that live longer are refused, so a stolen one is soon worthless. Development tokens need more."""
    quota_per_second: float = Field(default=0.0, ge=0)
    """Calls a second that one tenant may make in the long run, over it RESOURCE_EXHAUSTED; 0 is no quota."""
    quota_burst: int = Field(default=100, ge=1)
    """Calls that a tenant may make at once after a pause."""

    @property
    def service(self) -> str:
        """The service's name in logs, from the prefix: CHARTLINE_GATEWAY_ is gateway."""
        return self.model_config.get("env_prefix", "").removeprefix("CHARTLINE_").strip("_").lower()

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_certificate_file and tls_key_file belong together")
        return self

    @model_validator(mode="after")
    def _every_variable_is_known(self) -> Self:
        """A misspelled variable would silently leave the default in force."""
        prefix = self.model_config.get("env_prefix", "").upper()
        known = {prefix + name.upper() for name in type(self).model_fields}
        if prefix and (unknown := sorted(n for n in os.environ if n.startswith(prefix) and n not in known)):
            raise ValueError(f"unknown variables: {', '.join(unknown)}")
        return self
