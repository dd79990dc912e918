"""What ingest can be told from outside: `CHARTLINE_INGEST_*` and the fields of every service."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chartline.settings import Addresses, ServiceSettings


class IngestSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CHARTLINE_INGEST_")

    service_key_file: Path
    """Private key (PEM) of the tokens that the encoder is called with."""
    kafka_servers: Addresses = ("127.0.0.1:9092",)
    """Brokers to begin with, as host:port, separated by commas."""
    kafka_options: dict[str, str] = Field(default_factory=dict)
    """Further options of kafka-python for every connection, as JSON: security_protocol, ssl_cafile, sasl_mechanism …"""
    kafka_group: str = "chartline-ingest"
    """The consumer group; replicas of one group share the partitions, and its offsets say what is done."""
    topic_pattern: str = r"^ehr\..*\.raw$"
    """Topics to read; what stands between the first and the last dot is the tenant."""
    mllp_listen: str = ""
    """Where senders of HL7 v2 without Kafka connect, as host:port; without TLS and tokens. Empty opens none."""
    mllp_tenant: str = ""
    """Whose messages come over MLLP: every sender that reaches the listener writes into this tenant's record."""
    topic_formats: dict[str, str] = Field(default_factory=dict)
    """Format of messages that say none: topic, with `*`, to format, as JSON; the first topic that fits counts."""
    encoders: Addresses
    """The encoder's shards in their order, as host:port, separated by commas; every service must know the same list."""
    max_poll_records: int = Field(default=2000, ge=1)
    """Records taken from Kafka at once: the size of a batch."""
    max_batches: int = Field(default=4, ge=1)
    """Batches on their way to the encoder at once; when they are full the partitions are paused."""
