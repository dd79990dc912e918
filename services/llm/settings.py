"""What the model server can be told, read from `CHARTLINE_LLM_*` by the launcher and by the models in it alike."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_HERE = Path(__file__).resolve().parent


class LlmSettings(BaseSettings):
    """The docstring under each field says what follows from it."""

    model_config = SettingsConfigDict(env_prefix="CHARTLINE_LLM_", frozen=True, use_attribute_docstrings=True)

    triton_folder: Path = Path("/opt/tritonserver")
    """Where Triton is unpacked: `bin/tritonserver` and `backends/python`."""
    host: str = "127.0.0.1"
    """Interface of the three ports; Triton has no authentication of its own, so only the gateway may reach it."""
    grpc_port: int = 8001
    """Where the gateway asks. A taken port ends the start."""
    http_port: int = 8000
    """Health, the self-test and the canary."""
    metrics_port: int = 8002
    """Where Prometheus reads."""
    model: str = ""
    """A folder with any Hugging Face causal LM, instead of the base that the checkpoint names; its weights must be
    those the checkpoint was trained on."""
    checkpoint: Path = _HERE / "checkpoints" / "chartline-llm"
    """Projector and adapter, as training writes them."""
    heads: Path = _HERE / "checkpoints" / "heads"
    """Models of outcomes as outcome/version, what `chartline train outcomes` writes; no folder, no predictions."""
    heads_seconds: float = Field(default=10.0, gt=0)
    """How often that folder is looked at: a new version serves after about this and a removed one is gone."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes the GPU where there is one."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """`auto` is bfloat16 where the hardware multiplies in it: twice as fast, and near-ties may fall differently."""
    kv_bytes: int = Field(default=2 << 30, ge=1 << 20)
    """Memory for kept prefixes and running requests together; the least recently used prefix goes first."""
    max_running: int = Field(default=16, ge=1)
    """Requests computed at once."""
    max_waiting: int = Field(default=64, ge=1)
    """Requests that may wait; the next is answered Exhausted."""
    step_tokens: int = Field(default=256, ge=16)
    """Inputs per forward pass: more prefills faster, less lets running texts wait shorter."""
    start_seconds: float = 180.0
    """How long the models may load before the start counts as failed."""
    canary_seconds: float = Field(default=5.0, gt=0)
    """Pause between canary requests; a model that died under a live Triton is found within about this and the next."""
    canary_patience_seconds: float = Field(default=15.0, gt=0)
    """A canary unanswered for so long means that Triton is restarted."""
    drain_seconds: int = Field(default=20, ge=0)
    """How long running requests may go on after SIGTERM."""
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    """The least severe line that is logged."""
