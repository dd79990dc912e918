"""tritonserver as a child process: its flags, the environment its python backend needs, an end without leftovers.

Whoever is killed leaves the shared memory between Triton and its models behind, and a model's process that was busy
then may not notice. The memory's name begins with the HTTP port, which only one Triton can have, and stands on the
command line of each model's process, so the next start, and the end, remove what bears the name.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import sysconfig
from contextlib import suppress
from pathlib import Path

import psutil

from services.llm.settings import LlmSettings

_REPOSITORY_ROOT = Path(__file__).resolve().parents[2]
_PR_SET_PDEATHSIG = 1


class TritonProcess:
    """One run. It leads its own process group, to which the models' processes belong."""

    def __init__(self, settings: LlmSettings, models: Path) -> None:
        self._settings = settings
        self._remove_leftovers()
        self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
            _command(settings, models), env=_environment(), start_new_session=True, preexec_fn=_end_with_parent
        )

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll()

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM lets running streams end, at most for `grace_seconds`; then the group is killed, whatever is left."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(grace_seconds)
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        name = _shared_memory(self._settings)
        for process in psutil.process_iter(["cmdline"]):
            if any(argument.startswith(name) for argument in process.info["cmdline"] or ()):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        for region in Path("/dev/shm").glob(f"{name}*"):  # noqa: S108 - where Linux has it
            region.unlink(missing_ok=True)


def _command(settings: LlmSettings, models: Path) -> list[str]:
    triton, host = settings.triton_folder, settings.host
    return [
        str(triton / "bin" / "tritonserver"),
        f"--model-repository={models}",
        f"--backend-directory={triton / 'backends'}",
        f"--backend-config=python,shm-region-prefix-name={_shared_memory(settings)}",
        "--disable-auto-complete-config",  # else each model's process starts twice
        f"--grpc-address={host}",
        f"--grpc-port={settings.grpc_port}",
        f"--http-address={host}",
        f"--http-port={settings.http_port}",
        f"--metrics-address={host}",
        f"--metrics-port={settings.metrics_port}",
        "--metrics-config=summary_latencies=true",
        f"--exit-timeout-secs={max(settings.drain_seconds, 1)}",
        "--log-info=false",
        "--log-warning=false",
    ]


def _shared_memory(settings: LlmSettings) -> str:
    return f"chartline_llm_{settings.http_port}_"


#: How often a thread of the engine looks for the next loop before it sleeps. libgomp's own count (300,000) is as fast
#: on idle cores and, where others compute there too, twice as slow: one waits for the other's turn to end.
_SPINS = "3000"


def _environment() -> dict[str, str]:
    """The backend's embedded Python finds its environment by PATH and its library by LD_LIBRARY_PATH."""
    libraries = (sysconfig.get_config_var("LIBDIR"), os.environ.get("LD_LIBRARY_PATH"))
    code = (str(_REPOSITORY_ROOT), os.environ.get("PYTHONPATH"))
    return {
        **os.environ,
        "PATH": os.pathsep.join((str(Path(sys.prefix) / "bin"), os.environ.get("PATH", os.defpath))),
        "LD_LIBRARY_PATH": os.pathsep.join(filter(None, libraries)),
        "PYTHONPATH": os.pathsep.join(filter(None, code)),
        "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", _SPINS),
    }


def _end_with_parent() -> None:
    """Runs in the child: a launcher that is killed takes Triton along (Linux prctl(2)); models follow Triton."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
