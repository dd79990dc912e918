"""How files look: short, documented, nothing of this or that machine in them."""

import ast
import re
import subprocess
from pathlib import Path
from statistics import median

from house import ROOT, name_of, sources, tree_of

MAX_FILE, MEDIAN_FILE = 250, 150
MAX_FUNCTION, MEDIAN_FUNCTION = 40, 9
MAX_ENTRY = 60  # composition roots and Triton's model.py

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(file: Path) -> list[Function]:
    return [node for node in ast.walk(tree_of(file)) if isinstance(node, Function)]


def length(node: Function) -> int:
    """Lines of the body, without signature and docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def test_a_module_opens_with_its_place_in_the_flow() -> None:
    assert not [name_of(f) for f in sources() if f.read_text().strip() and not ast.get_docstring(tree_of(f))]


def test_files_are_short() -> None:
    assert not {name_of(f): lines(f) for f in sources() if lines(f) > MAX_FILE}


def test_functions_are_short() -> None:
    assert not {
        f"{name_of(f)} {d.name}": length(d) for f in sources() for d in functions(f) if length(d) > MAX_FUNCTION
    }


def test_entries_are_composition_roots() -> None:
    entries = [f for f in sources() if f.name == "__main__.py" or f.match("model_repository/*/1/model.py")]
    assert not {name_of(f): lines(f) for f in entries if lines(f) > MAX_ENTRY}


def test_most_files_and_functions_are_far_shorter() -> None:
    assert median(lines(file) for file in sources()) <= MEDIAN_FILE
    assert median(length(f) for file in sources() for f in functions(file)) <= MEDIAN_FUNCTION


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    return [ROOT / name for name in listed if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


#: Paths of one machine, and addresses of package indexes in files that another site would install from.
FOREIGN = re.compile(r"(?<![\w.])/(work|root)/|--(extra-)?index-url|https?://[^\s\"']*/simple\b")


def test_nothing_names_one_machine_or_a_package_index() -> None:
    found = []
    for file in tracked():
        if file == Path(__file__) or file.suffix not in (".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".in", ""):
            continue
        found += [name_of(file) for _ in FOREIGN.finditer(file.read_text(errors="replace"))]
    assert not found


def test_test_files_have_names_of_their_own() -> None:
    """Tests have no packages, so two files of one name would hide each other."""
    names = [file.name for file in (ROOT / "tests").rglob("*.py") if file.name != "conftest.py"]
    assert len(names) == len(set(names))
    assert "__init__.py" not in names
