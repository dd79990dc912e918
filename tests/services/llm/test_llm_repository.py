from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from chartline.errors import InvalidRequest
from chartline.llm_contract import LLM_MODEL
from services.llm.repository import write_repository
from services.llm.settings import LlmSettings

CARD = 'Trained on "generated" charts\n\n- line two: 50 % ü'


def test_the_config_says_which_language_model_is_served(tiny_checkpoint: Path, tmp_path: Path):
    (tiny_checkpoint / "MODEL_CARD.md").write_text(CARD)
    write_repository(tmp_path / "models", LlmSettings(checkpoint=tiny_checkpoint))
    text = (tmp_path / "models" / LLM_MODEL / "config.pbtxt").read_text()
    config = text_format.Parse(text, model_config_pb2.ModelConfig())
    said = {key: value.string_value for key, value in config.parameters.items()}
    assert said["card"] == CARD
    assert said["version"].startswith("llm=base@")


def test_no_checkpoint_is_an_error(tmp_path: Path):
    with pytest.raises(InvalidRequest, match="is not a checkpoint"):
        write_repository(tmp_path / "models", LlmSettings(checkpoint=tmp_path))
