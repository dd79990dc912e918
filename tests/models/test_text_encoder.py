import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder, default_model_folder

TEXTS = ["laboratory: creatinine, serum [mg/dl], high", "diagnosis: essential hypertension", "note", ""]


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder(dtype=torch.float32)


def test_vectors_have_length_one_and_the_callers_order(encoder: TextEncoder) -> None:
    together = encoder.encode(TEXTS)
    alone = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert together.shape == (len(TEXTS), EMBEDDING_SIZE)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.abs(together - alone).max() < 1e-5
    assert encoder.encode([]).shape == (0, EMBEDDING_SIZE)


def test_meaning_is_near(encoder: TextEncoder) -> None:
    query, kidney, bone = encoder.encode(["kidney function", TEXTS[0], "procedure: knee replacement"])
    assert query @ kidney > query @ bone


def test_native_arithmetic_agrees_with_float32(encoder: TextEncoder) -> None:
    native = TextEncoder()
    assert (native.encode(TEXTS) * encoder.encode(TEXTS)).sum(axis=1).min() > 0.999
    assert native.version.startswith("all-MiniLM-L6-v2-")


def test_the_version_tells_weights_and_arithmetic_apart(encoder: TextEncoder, tmp_path: Path) -> None:
    versions = {encoder.version, TextEncoder(dtype=torch.bfloat16).version}
    for seed in (1, 2):
        torch.manual_seed(seed)
        names = shutil.ignore_patterns("*.safetensors")
        folder = shutil.copytree(default_model_folder(), tmp_path / str(seed) / "other", ignore=names)
        tiny = {"num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 64}
        BertModel(BertConfig(hidden_size=EMBEDDING_SIZE, **tiny)).save_pretrained(folder)
        versions.add(TextEncoder(folder, dtype=torch.float32).version)
    assert len(versions) == 4


def test_default_folder_holds_the_weights() -> None:
    assert (default_model_folder() / "model.safetensors").is_file()
