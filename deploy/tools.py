"""The programs that check what is deployed, fetched once into the cache: `python -m deploy.tools promtool` says where.

    promtool    from Debian's package prometheus
    kustomize   built from its published Go module
    buf         from npm

Each is an ordinary client's download of one pinned version; nothing is installed outside the cache.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from chartline.errors import Unavailable
from chartline.local.places import cache_folder

KUSTOMIZE = "v5.8.2"
BUF = "1.75.0"


def promtool() -> Path:
    """Debian's version of the day: rules and their tests are read alike by all since 2.42. Raises Unavailable."""
    return _fetched("prometheus", _fetch_prometheus) / "usr" / "bin" / "promtool"


def kustomize() -> Path:
    """Raises Unavailable where there is no Go or no module proxy."""
    return _fetched(f"kustomize-{KUSTOMIZE}", _fetch_kustomize) / "kustomize"


def buf() -> Path:
    """Raises Unavailable where there is no npm or no registry."""
    return _fetched(f"buf-{BUF}", _fetch_buf) / "node_modules" / ".bin" / "buf"


def _fetched(name: str, fetch: Callable[[Path], None]) -> Path:
    """Whole or absent: the folder is filled under another name and then renamed."""
    target = cache_folder() / name
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=cache_folder()) as work:
            unfinished = Path(work) / name
            unfinished.mkdir()
            fetch(unfinished)
            try:
                unfinished.rename(target)
            except OSError:  # another process was faster
                if not target.exists():
                    raise
    return target


def _fetch_prometheus(folder: Path) -> None:
    _run(["apt-get", "download", "prometheus"], folder)
    package = next(folder.glob("prometheus_*.deb"))
    _run(["dpkg", "-x", package.name, "."], folder)
    package.unlink()


def _fetch_kustomize(folder: Path) -> None:
    module = f"sigs.k8s.io/kustomize/kustomize/v5@{KUSTOMIZE}"
    _run(["go", "install", "-p", "2", module], folder, GOBIN=str(folder))


def _fetch_buf(folder: Path) -> None:
    _run(["npm", "install", "--silent", "--no-fund", "--no-audit", "--prefix", ".", f"@bufbuild/buf@{BUF}"], folder)


def _run(command: list[str], folder: Path, **environment: str) -> None:
    if shutil.which(command[0]) is None:
        raise Unavailable(f"{command[0]} is not installed")
    done = subprocess.run(  # noqa: S603 - our own commands, no shell
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Unavailable(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")


if __name__ == "__main__":
    print({"promtool": promtool, "kustomize": kustomize, "buf": buf}[sys.argv[1]]())
