from pathlib import Path

import pytest

from services.encoder.__main__ import text_encoder
from services.encoder.settings import EncoderSettings


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_arithmetic_is_the_one_that_is_set(dtype: str) -> None:
    settings = EncoderSettings.model_validate({"jwks_file": Path("unread"), "dtype": dtype})
    assert text_encoder(settings).version.endswith(f"-{dtype}")
