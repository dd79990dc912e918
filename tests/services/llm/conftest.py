from pathlib import Path

import pytest

from tests.models.tiny_llms import write_base, write_checkpoint


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("llm")
    return write_checkpoint(root / "checkpoint", write_base(root / "base", "llama"))
