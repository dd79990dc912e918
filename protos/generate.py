"""Compiles protos/chartline/v1 into chartline/v1; with --check says what differs from the files checked in.

Folder, package and import path are the same, so no generated import is ever repaired.
"""

import filecmp
import os
import sys
import tempfile
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
PACKAGE = Path("chartline/v1")

# protoc looks for its mypy plugins on the path; they lie beside this interpreter, activated or not.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def compile_into(folder: Path) -> None:
    sources = sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / PACKAGE).glob("*.proto"))
    services = [source for source in sources if source.endswith("_service.proto")]
    include = [f"-I{PROTOS}"]
    messages = [f"--python_out={folder}", f"--mypy_out={folder}"]
    if protoc.main(["protoc", *include, *messages, *sources]):
        raise SystemExit("protoc failed")
    stubs = [f"--grpc_python_out={folder}", f"--mypy_grpc_out={folder}"]
    if protoc.main(["protoc", *include, *stubs, *services]):
        raise SystemExit("protoc failed")
    (folder / PACKAGE / "__init__.py").write_text("")


def differing(folder: Path) -> list[str]:
    fresh = {path.name for path in (folder / PACKAGE).iterdir()}
    kept = {path.name for path in (ROOT / PACKAGE).iterdir() if path.is_file()}
    _, mismatch, errors = filecmp.cmpfiles(folder / PACKAGE, ROOT / PACKAGE, fresh & kept, shallow=False)
    return sorted({*mismatch, *errors, *(fresh ^ kept)})


def main() -> None:
    if "--check" not in sys.argv[1:]:
        (ROOT / PACKAGE).mkdir(parents=True, exist_ok=True)
        compile_into(ROOT)
        return
    with tempfile.TemporaryDirectory() as scratch:
        compile_into(Path(scratch))
        if names := differing(Path(scratch)):
            raise SystemExit("stale generated files, run protos/generate.py: " + ", ".join(names))


if __name__ == "__main__":
    main()
