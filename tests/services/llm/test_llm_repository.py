from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from chartline.errors import InvalidRequest
from chartline.llm_contract import LLM_MODEL, PREDICTOR_MODEL
from chartline.models.heads.logistic import LogisticHead
from services.llm.repository import write_repository
from services.llm.settings import LlmSettings

CARD = 'Trained on "generated" charts\n\n- line two: 50 % ü'


def test_each_config_says_what_is_served(tiny_checkpoint: Path, tmp_path: Path):
    (tiny_checkpoint / "MODEL_CARD.md").write_text(CARD)
    LogisticHead("mortality", 0.0, {}, "test").save(tmp_path / "heads")
    write_repository(tmp_path / "models", LlmSettings(checkpoint=tiny_checkpoint, heads=tmp_path / "heads"))
    said = {}
    for model in (LLM_MODEL, PREDICTOR_MODEL):
        text = (tmp_path / "models" / model / "config.pbtxt").read_text()
        config = text_format.Parse(text, model_config_pb2.ModelConfig())
        said[model] = {key: value.string_value for key, value in config.parameters.items()}
    assert said[LLM_MODEL]["card"] == CARD
    assert said[LLM_MODEL]["version"].startswith("llm=base@")
    assert len(said[PREDICTOR_MODEL]["version"]) == 12


def test_no_checkpoint_is_an_error(tmp_path: Path):
    with pytest.raises(InvalidRequest, match="is not a checkpoint"):
        write_repository(tmp_path / "models", LlmSettings(checkpoint=tmp_path))
