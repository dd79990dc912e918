"""What the gateway can be told from outside."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chartline.settings import Addresses, ServiceSettings


class GatewaySettings(ServiceSettings):
    """Read from `CHARTLINE_GATEWAY_*`."""

    model_config = SettingsConfigDict(env_prefix="CHARTLINE_GATEWAY_", frozen=True, use_attribute_docstrings=True)

    max_message_bytes: int = Field(default=1 << 20, ge=1)
    """As for every service; the largest question that the contract allows fits, in any script."""
    service_key_file: Path
    """Private key (PEM) of the tokens the encoder is called with."""
    secret_file: Path
    """At least 32 random bytes shared by all replicas; the audit trail is signed with it."""
    audit_file: Path
    """Where every read is recorded, one replica's own file; what cannot be recorded is not answered."""
    encoders: Addresses
    """The encoder's shards in their order, as host:port, separated by commas; every service must know the same list."""
    tritons: Addresses
    """Triton servers as host:port; each patient stays with one, so that its kept prefix hits."""
    first_token_seconds: float = Field(default=30.0, gt=0)
    """A model that is silent for so long before its first word counts as dead; a cold prefix takes its time."""
    inter_token_seconds: float = Field(default=10.0, gt=0)
    """A model that is silent for so long between two words counts as dead; shorter cuts off a busy one."""
    plan_seconds: float = Field(default=30.0, gt=0)
    """What one writing of a plan may take, of at most two; the caller's deadline holds for all."""
    say_seconds: float = Field(default=10.0, gt=0)
    """What phrasing an answer may take; after it what was found is said by rule."""
    model_cards: dict[str, Path] = Field(default_factory=dict)
    """Markdown files by model name (chartline_llm), shown by GetModelInfo; models of outcomes bring their own."""
