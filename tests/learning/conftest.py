"""What tests of training share: generated data, a tiny LLM, and a first stage trained on it."""

from pathlib import Path

import pytest

from chartline.learning.generation.dataset import generate_dataset
from chartline.learning.training.run import Run, train
from chartline.learning.training.settings import TrainSettings, Tuning
from tests.models.tiny_llms import write_base


@pytest.fixture(scope="session")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    generate_dataset(folder, None, 480, 1, lambda drawn: None)
    return folder


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("llm") / "tiny", "llama")


@pytest.fixture(scope="session")
def stage1(example_folder: Path, tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of stage 1."""
    root = tmp_path_factory.mktemp("stage1")
    settings = TrainSettings(Tuning.FROZEN, examples=48, warmup=2, per_pack=4)
    train(Run(example_folder, root / "out", root / "work", settings, str(tiny_base), device="cpu"), lambda *_: None)
    return root / "out"
