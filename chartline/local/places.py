"""Where a machine keeps what the local cluster downloads, and where a cluster lives unless told otherwise."""

import os
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def cache_folder() -> Path:
    """Downloaded parts, shared by every cluster of this checkout; `CHARTLINE_CACHE` names another place."""
    return _made(Path(os.environ.get("CHARTLINE_CACHE") or REPOSITORY / ".cache"))


def default_home() -> Path:
    """The cluster's own folder: logs, keys, data, endpoints; `CHARTLINE_HOME` names another place."""
    return Path(os.environ.get("CHARTLINE_HOME") or REPOSITORY / ".run")


def with_code(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child that imports this checkout, installed or not."""
    known = os.environ.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": f"{REPOSITORY}{os.pathsep}{known}" if known else str(REPOSITORY)}


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
