from pathlib import Path

import pytest

from tests.models.tiny_llms import CONFIGS, write_base


@pytest.fixture(scope="session")
def tiny_bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A base folder for each family."""
    root = tmp_path_factory.mktemp("bases")
    return {family: write_base(root / family, family) for family in CONFIGS}
