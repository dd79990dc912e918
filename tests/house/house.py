"""The source tree as the house tests read it: files, their modules and what they import."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "chartline" / "v1"


def sources() -> list[Path]:
    """The files of the product: no tests, no generated code."""
    files = [file for folder in ("chartline", "services") for file in (ROOT / folder).rglob("*.py")]
    return sorted(file for file in files if GENERATED not in file.parents)


def name_of(file: Path) -> str:
    """Path from the root, as test ids and messages show it."""
    return str(file.relative_to(ROOT))


def module_of(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), str(file))


def imports_of(file: Path) -> set[str]:
    """Full names of all modules a file imports anywhere; `from a import b` counts as a and as a.b."""
    return {name for node in ast.walk(tree_of(file)) for name in _names(node, module_of(file), file)}


def _names(node: ast.AST, module: str, file: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
            base = ".".join([*package[: len(package) - node.level + 1], *([base] if base else [])])
        yield base
        yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")
