"""The checkpoint folder that training writes and serving reads.

checkpoint.json          what it was trained on and fits to (`Checkpoint`)
projector.safetensors    the projector, fp32
adapter/                 a LoRA adapter in peft's format, or
model/                   the whole LLM and its tokenizer, where all of it was trained; both may be absent
training.json            the stages of its training: data, settings, losses, machine
MODEL_CARD.md            the same for people

What reads weights stands elsewhere: who asks for a card alone does without torch.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from chartline.errors import InvalidRequest

CARD = "checkpoint.json"
PROJECTOR = "projector.safetensors"
ADAPTER = "adapter"
MODEL = "model"
MODEL_CARD = "MODEL_CARD.md"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the weights were trained on; every field is checked or reported, none is a comment.

    `base_model` is the name given to `load_base` and `base_sha256` its weights, or those of `model/`;
    `embedding_size` and `channels` are the projector's input; `data_sha256` and `seed` name the training run.
    """

    base_model: str
    base_sha256: str
    hidden_size: int
    embedding_size: int
    channels: int
    verbalizer_version: str
    encoder_version: str
    data_sha256: str
    seed: int


def save_card(folder: Path, card: Checkpoint) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).write_text(json.dumps(asdict(card), indent=2) + "\n")


def load_card(folder: Path) -> Checkpoint:
    """Raises InvalidRequest for a folder that is no checkpoint of this version."""
    try:
        return Checkpoint(**json.loads((folder / CARD).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise InvalidRequest(f"{folder} is not a checkpoint: {error}") from error


def versions(folder: Path, card: Checkpoint) -> dict[str, str]:
    """Names of everything that shapes an output, as answers report them and as kept KV is keyed."""
    adapter = folder / ADAPTER / "adapter_model.safetensors"
    return {
        "llm": f"{Path(card.base_model).name}@{card.base_sha256[:12]}",
        "adapter": _short_hash(adapter) if adapter.exists() else "none",
        "projector": _short_hash(folder / PROJECTOR),
        "verbalizer": card.verbalizer_version,
        "encoder": card.encoder_version,
    }


def _short_hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
