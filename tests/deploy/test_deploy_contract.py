"""The contract as buf sees it: well formed, documented, and compatible with what was published before.

`protos/baseline.binpb` is the contract that callers have. It is written anew when a version is published:
`cd protos && $(python -m deploy.tools buf) build -o baseline.binpb`.
"""

import shutil
import subprocess
from pathlib import Path

from deploy_paths import ROOT, fetched

from deploy import tools

PROTOS = ROOT / "protos"
BASELINE = PROTOS / "baseline.binpb"


def buf(*arguments: str, folder: Path = PROTOS) -> subprocess.CompletedProcess[str]:
    return subprocess.run([fetched(tools.buf), *arguments], cwd=folder, capture_output=True, text=True, check=False)


def test_the_contract_is_lint_free() -> None:
    done = buf("lint")
    assert done.returncode == 0, done.stdout + done.stderr


def test_nothing_breaks_for_those_who_have_the_contract() -> None:
    done = buf("breaking", "--against", str(BASELINE))
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_break_would_be_seen(tmp_path: Path) -> None:
    shutil.copytree(PROTOS, tmp_path / "protos")
    file = tmp_path / "protos" / "chartline" / "v1" / "event.proto"
    file.write_text(file.read_text().replace("string patient ", "bytes patient ", 1))
    done = buf("breaking", "--against", str(BASELINE), folder=tmp_path / "protos")
    assert done.returncode != 0
    assert "patient" in done.stdout
