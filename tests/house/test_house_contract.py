"""The contract: the stubs checked in are those the protos generate."""

import subprocess
import sys

from house import ROOT


def test_stubs_are_fresh() -> None:
    command = [sys.executable, "protos/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
