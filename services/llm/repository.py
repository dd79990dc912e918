"""The model repository that Triton reads: ours, with the version and card of the language model added to its config.

Clients read both with the standard `ModelConfig` call, so Triton itself says what it serves. The predictor's versions
come and go while it runs (services/llm/heads.py), so it is asked for them itself.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from chartline.llm_contract import LLM_MODEL
from chartline.models.checkpoint import MODEL_CARD, load_card, versions
from services.llm.settings import LlmSettings

MODELS = Path(__file__).resolve().parent / "model_repository"


def write_repository(folder: Path, settings: LlmSettings) -> None:
    """Raises InvalidRequest where the checkpoint is none."""
    shutil.copytree(MODELS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    card = load_card(settings.checkpoint)
    named = ",".join(f"{name}={version}" for name, version in versions(settings.checkpoint, card).items())
    _add_parameters(folder / LLM_MODEL, version=named, card=_text(settings.checkpoint / MODEL_CARD))


def _add_parameters(model: Path, **parameters: str) -> None:
    with (model / "config.pbtxt").open("a") as config:
        for key, value in parameters.items():
            config.write(f'parameters {{ key: "{key}", value: {{ string_value: {json.dumps(value)} }} }}\n')


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""
