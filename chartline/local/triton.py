"""A real Triton Inference Server on this machine, from the wheel that carries it: one process for cluster and tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Mapping
from pathlib import Path

from chartline.errors import Unavailable
from chartline.local.places import REPOSITORY, cache_folder
from chartline.local.process import Part, PartProcess

#: The lock of the wheel; the folder below is named after it.
_REQUIREMENTS = REPOSITORY / "requirements" / "triton.txt"
_NEEDED = ("nvidia_pytriton.libs/", "pytriton/tritonserver/bin/", "pytriton/tritonserver/backends/")
_STUB = "triton_python_backend_stub"


class TritonServer:
    """`services.llm` on ports of its own; the cluster runs it as a `part`, a test starts and ends it itself.

    `settings` are `CHARTLINE_LLM_*` without the prefix. Ports must be free and stay so: Triton refuses port 0.
    """

    def __init__(
        self,
        folder: Path,
        *,
        grpc_port: int,
        http_port: int,
        metrics_port: int,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.grpc, self.http = f"127.0.0.1:{grpc_port}", f"127.0.0.1:{http_port}"
        self.metrics = f"127.0.0.1:{metrics_port}"
        self._folder = folder
        ports = {"GRPC_PORT": grpc_port, "HTTP_PORT": http_port, "METRICS_PORT": metrics_port}
        self.settings = {name: str(port) for name, port in ports.items()} | dict(settings or {})
        self._process: PartProcess | None = None

    def part(self) -> Part:
        """Installs Triton where it is not yet and says how to run it."""
        told = {"TRITON_FOLDER": str(install_triton(cache_folder())), **self.settings}
        environment = {f"CHARTLINE_LLM_{name}": value for name, value in told.items()}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH"))))
        return Part("llm", [sys.executable, "-m", "services.llm"], self.is_ready, environment)

    def start(self, timeout_seconds: float = 180.0) -> None:
        """Returns when all models are ready. Raises Unavailable when they do not come up."""
        self._process = self._process or PartProcess(self.part(), self._folder)
        self._process.start()
        deadline = time.monotonic() + timeout_seconds
        while not self.is_ready():
            if not self._process.running or time.monotonic() > deadline:
                self._process.kill()
                raise Unavailable(f"Triton did not start: {self._process.last_words(30)}")
            time.sleep(0.1)

    @property
    def pid(self) -> int:
        """The launcher's; Triton and its models are children of it."""
        pid = self._process.pid if self._process else None
        assert pid is not None, "not started"
        return pid

    def stop(self, grace_seconds: float = 30.0) -> None:
        if self._process is not None:
            self._process.stop(grace_seconds)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.http}/v2/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def install_triton(cache: Path) -> Path:
    """The folder of `bin/tritonserver`, downloaded once. Raises Unavailable when that fails.

    The wheel's layout is kept, because the binaries find their libraries by their place in it; of the stubs for each
    Python only ours is unpacked, to where the backend looks for it.
    """
    version = _REQUIREMENTS.read_text().split()[0].replace("==", "-")
    target = cache / f"{version}-python{sys.version_info.major}.{sys.version_info.minor}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as work:
            unpacked = Path(work) / "unpacked"
            _unpack(_download(Path(work)), unpacked)
            try:
                unpacked.rename(target)
            except OSError:  # another process was faster
                if not target.exists():
                    raise
    return target / "pytriton" / "tritonserver"


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    done = subprocess.run(  # noqa: S603 - our own command, no shell
        [*command, "--requirement", str(_REQUIREMENTS), "--dest", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable(f"Triton could not be downloaded: {done.stderr.strip()}")
    return next(folder.glob("*.whl"))


def _unpack(wheel: Path, target: Path) -> None:
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = f"pytriton/tritonserver/python_backend_stubs/{python}/{_STUB}"
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(_NEEDED):
                archive.extract(name, target)
        archive.extract(stub, target)
    triton = target / "pytriton" / "tritonserver"
    shutil.move(target / stub, triton / "backends" / "python" / _STUB)
    for program in (triton / "bin" / "tritonserver", triton / "backends" / "python" / _STUB):
        program.chmod(0o755)
