"""What a service imports, through our own modules: the distributions that its image must hold."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

from deploy_paths import ROOT
from packaging.requirements import Requirement

OURS = ("chartline", "services")
#: Part of Triton, not of any distribution.
GIVEN = {"triton_python_backend_utils"}


@cache
def third_party(start: Path) -> frozenset[str]:
    """Top-level packages that the code under `start` reaches, imports inside functions included."""
    seen: set[Path] = set()
    found: set[str] = set()
    waiting = sorted(start.rglob("*.py")) if start.is_dir() else [start]
    while waiting:
        file = waiting.pop()
        if file in seen:
            continue
        seen.add(file)
        for name in _imports(file):
            top = name.split(".")[0]
            if top in OURS:
                waiting += _files_of(name)
            elif top not in sys.stdlib_module_names:
                found.add(name)
    return frozenset(found)


def distributions_of(module: str) -> set[str]:
    """Names of the installed distributions that provide a module's top-level package."""
    return {normalised(name) for name in _providers().get(module.split(".")[0], [])}


@cache
def _providers() -> Mapping[str, list[str]]:
    return packages_distributions()


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path) -> dict[str, str]:
    """Name → version of a lock file."""
    return {normalised(n): v for n, v in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock.read_text(), re.M)}


def direct_requirements(extra: str) -> list[Requirement]:
    """What pyproject demands for a service: everybody's and the extra's own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"][extra]]


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def _files_of(module: str) -> list[Path]:
    """The module's file and those of the packages around it; none for a name that is no module."""
    parts = module.split(".")
    found = []
    for end in range(1, len(parts) + 1):
        place = ROOT.joinpath(*parts[:end])
        found += [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
    return found
