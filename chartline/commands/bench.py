"""chartline bench: the measurements of `bench/`, each a script of its own with its peer in the same run."""

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from chartline.commands.console import out
from chartline.errors import InvalidRequest
from chartline.local.places import REPOSITORY, with_code

_FOLDER = REPOSITORY / "bench"


def bench(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Without a name: which there are.")] = "",
) -> None:
    """Run a bench; further options are the bench's own, for example: chartline bench gateway_rpc --rounds 3."""
    if not name:
        for script in sorted(_FOLDER.glob("*.py")):
            out.print(f"{script.stem:<20} {_says(script)}")
        return
    script = _FOLDER / f"{name}.py"
    if not script.is_file():
        raise InvalidRequest(f"There is no bench {name!r}; chartline bench names them")
    command = [sys.executable, str(script), *context.args]
    raise typer.Exit(subprocess.run(command, env=with_code(os.environ), check=False).returncode)  # noqa: S603


def _says(script: Path) -> str:
    """The first line of its docstring."""
    return (ast.get_docstring(ast.parse(script.read_text())) or "").partition("\n")[0]
