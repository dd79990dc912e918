"""What the encoder can be told from outside: `CHARTLINE_ENCODER_*`."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import SettingsConfigDict

from chartline.settings import ServiceSettings


class EncoderSettings(ServiceSettings):
    """The docstring under each field says what follows from it."""

    model_config = SettingsConfigDict(env_prefix="CHARTLINE_ENCODER_", frozen=True, use_attribute_docstrings=True)

    database_url: SecretStr = SecretStr("sqlite:///encoder.db")
    """SQLAlchemy URL of this shard's own database: sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME. Two shards on
    one database would each take the other's patients for their own."""
    shard: int = Field(default=0, ge=0)
    """Which shard this is, 0 to shards - 1; patients of other shards are refused."""
    shards: int = Field(default=1, ge=1)
    """How many shards there are. Changing it moves patients, so the records must be loaded anew."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the text encoder and FAISS compute; results agree up to rounding. cuda needs faiss-gpu."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """What the text encoder computes in; another one re-embeds all. `auto` is bfloat16 where the hardware multiplies in
    it, so a shard that moves between kinds of machines needs a fixed one."""
    model_folder: Path | None = None
    """A sentence encoder with 384 dimensions; without it the installed all-MiniLM-L6-v2. Another one re-embeds all."""
    threads: int = Field(default=8, ge=1)
    """Charts read and plans executed at the same time; more wait their turn."""
    max_waiting_texts: int = Field(default=1_024, ge=64)
    """Texts in the model's queue; the next question that needs it is RESOURCE_EXHAUSTED."""
    max_pending_events: int = Field(default=5_000_000, ge=1)
    """Stored events that still await their vectors; above it appends are RESOURCE_EXHAUSTED until some are done."""
    max_vectors_in_memory: int = Field(default=200_000, ge=1)
    """Sentence vectors kept in memory, 1.5 kB each; the others are read from the database when needed."""
    max_events_in_memory: int = Field(default=500_000, ge=1)
    """Event versions of charts kept in memory, about 2 kB each; other charts are read again when asked."""
    prefix_events: int = Field(default=2_048, ge=64)
    """Rows of the patient prefix that the language model sees; longer charts are thinned, then windowed."""
    link_threshold: float = Field(default=0.86, ge=-1, le=1)
    """How near (cosine) a name of the record must be to a concept with words that nobody knows. Lower links more and
    links wrongly: of 502 laboratory names in other words, all-MiniLM-L6-v2 linked 20 at 0.86, none wrongly, and 79 at
    0.8, nine of them wrongly."""

    @model_validator(mode="after")
    def _shard_exists(self) -> Self:
        if self.shard >= self.shards:
            raise ValueError("shard must be below shards")
        return self
