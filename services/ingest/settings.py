"""What ingest can be told from outside: `CHARTLINE_INGEST_*` and the fields of every service."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from chartline.rpc.auth import TENANT
from chartline.settings import Addresses, ServiceSettings


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one consumer reads, and how much of it at once. `lane` is its name in metrics."""

    lane: str
    group: str
    topic_pattern: str
    max_poll_records: int
    max_batches: int


class IngestSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CHARTLINE_INGEST_")

    service_key_file: Path
    """Private key (PEM) of the tokens that the encoder is called with."""
    kafka_servers: Addresses = ("127.0.0.1:9092",)
    """Brokers to begin with, as host:port, separated by commas."""
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    """How brokers are spoken to. Without SSL records cross the network readable, and so does a password."""
    kafka_sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = ""
    """How ingest says who it is, where the protocol begins with SASL."""
    kafka_username: str = ""
    """Who ingest is to the brokers, for PLAIN and SCRAM."""
    kafka_password_file: Path | None = None
    """Its password, read at start; a changed one needs a restart."""
    kafka_token_file: Path | None = None
    """Its token, for OAUTHBEARER; read at each connection, so that it may be renewed."""
    kafka_authority_file: Path | None = None
    """Authority (PEM) that the brokers' certificates must come from; without it those of the system."""
    kafka_certificate_file: Path | None = None
    """Certificate chain (PEM) that ingest shows the brokers, where they ask for one."""
    kafka_key_file: Path | None = None
    """Private key (PEM) of that certificate."""
    kafka_group: str = "chartline-ingest"
    """The consumer group; replicas of one group share the partitions, and its offsets say what is done. That of the
    backfill has `-backfill` behind it."""
    topic_pattern: str = rf"^ehr\.{TENANT.pattern}\.raw$"
    """Live topics to read, `ehr.TENANT.raw`; what fits another pattern and names no tenant as tokens do is fetched in
    vain, skipped and counted."""
    backfill_pattern: str = rf"^ehr\.{TENANT.pattern}\.backfill$"
    """Topics of records that need not be live; they are appended in the pauses of the live ones."""
    backfill_records_per_second: float = Field(default=0.0, ge=0)
    """What each replica reads of backfill topics in the long run; 0 is as much as the live records leave."""
    backfill_poll_records: int = Field(default=500, ge=1)
    """Records in a batch of the backfill: a live record waits for one such request at most."""
    mllp_listen: str = ""
    """Where senders of HL7 v2 without Kafka connect, as host:port; without TLS and tokens. Empty opens none."""
    mllp_tenant: str = ""
    """Whose messages come over MLLP: every sender that reaches the listener writes into this tenant's record."""
    topic_formats: dict[str, str] = Field(default_factory=dict)
    """Format of messages that say none: topic, with `*`, to format, as JSON; the first topic that fits counts."""
    claim_folder: Path | None = None
    """Where payloads lie that messages only name (dataref, file: URIs), each tenant's in a folder of its name below.
    Without it such messages are dead letters."""
    claim_largest_bytes: int = Field(default=64 << 20, ge=1)
    """A larger claimed payload is a dead letter; it bounds the memory that one message can take."""
    claim_seconds: float = Field(default=60.0, ge=0)
    """How long after its message a claimed payload may be late; its partition waits meanwhile."""
    dead_letter_days: int = Field(default=90, ge=1)
    """How long a new dead-letter topic keeps letters; what nobody repaired until then is gone, and so is its PHI."""
    audit_file: Path
    """Trail of who looked at the content of dead letters."""
    encoders: Addresses
    """The encoder's shards in their order, as host:port, separated by commas; every service must know the same list."""
    max_poll_records: int = Field(default=2000, ge=1)
    """Records taken from Kafka at once: the size of a batch."""
    max_batches: int = Field(default=4, ge=1)
    """Batches on their way to the encoder at once; when they are full the partitions are paused."""

    @property
    def live(self) -> Subscription:
        return Subscription("live", self.kafka_group, self.topic_pattern, self.max_poll_records, self.max_batches)

    @property
    def backfill(self) -> Subscription:
        """One batch at a time."""
        group = f"{self.kafka_group}-backfill"
        return Subscription("backfill", group, self.backfill_pattern, self.backfill_poll_records, 1)

    @model_validator(mode="after")
    def _kafka_knows_who_comes(self) -> Self:
        """Half a login would end in connections that fail without end."""
        sasl, token = self.kafka_security_protocol.startswith("SASL"), self.kafka_sasl_mechanism == "OAUTHBEARER"
        if sasl != bool(self.kafka_sasl_mechanism):
            raise ValueError("kafka_sasl_mechanism and a kafka_security_protocol with SASL belong together")
        if bool(self.kafka_token_file) != token:
            raise ValueError("kafka_token_file and the mechanism OAUTHBEARER belong together")
        if {bool(self.kafka_username), bool(self.kafka_password_file)} != {sasl and not token}:
            raise ValueError("kafka_username and kafka_password_file belong to PLAIN and SCRAM")
        if (self.kafka_certificate_file is None) != (self.kafka_key_file is None):
            raise ValueError("kafka_certificate_file and kafka_key_file belong together")
        return self
