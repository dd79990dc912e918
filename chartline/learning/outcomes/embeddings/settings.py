"""Which weights embed charts, and how much of a chart they read; from `CHARTLINE_EMBEDDING_*`, else what is shipped."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_REPOSITORY = Path(__file__).resolve().parents[4]


class EmbeddingSettings(BaseSettings):
    """A kept model names the weights and limits that it learnt with, and is read back with no others.

    The docstring under each field says what follows from it.
    """

    model_config = SettingsConfigDict(env_prefix="CHARTLINE_EMBEDDING_", frozen=True, use_attribute_docstrings=True)

    text_encoder: Path | None = None
    """A folder with any Hugging Face encoder, instead of the all-MiniLM that is installed."""
    base: str = ""
    """A folder with any Hugging Face causal LM that reads lists, instead of the SmolLM2 that is installed."""
    checkpoint: Path = _REPOSITORY / "services" / "llm" / "checkpoints" / "chartline-llm"
    """Projector and adapter of the LLM that reads soft tokens; it names its base."""
    tokens: int = Field(default=1024, ge=32)
    """Of a chart's text; beyond it the oldest is cut. The paper's 8,192 add .01 AUROC over 1,024 (B8) at eight times
    the cost, and an LLM on two cores reads 1,024 in a second."""
    events: int = Field(default=512, ge=64)
    """Soft tokens of a chart at most; the window moves in whole blocks, as serving's does."""
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    """`auto` takes the GPU where there is one; the last bits of a vector depend on it."""
