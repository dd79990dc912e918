"""The life of the model server: start, self-test, watch by canary, restart what died, end cleanly.

repository ─▶ start ─▶ ready ─▶ tensors arrive? ─▶ serving ─▶ canary … canary ─▶ SIGTERM ─▶ drain ─▶ end
                ▲                     │ no: exit 1                │ dead or silent
                └─────────────────────┼───────── kill ◀───────────┘
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from chartline.errors import ChartlineError
from chartline.telemetry import get_logger
from services.llm.probes import Probe
from services.llm.repository import write_repository
from services.llm.settings import LlmSettings
from services.llm.triton_process import TritonProcess

log = get_logger(__name__)

_RESTART_PAUSES = (0.0, 1.0, 5.0, 15.0)  # seconds before a restart, by failures in a row; the last repeats
_POLL_SECONDS = 0.1


class Stopped(Exception):
    """Raised by the handlers of SIGTERM and SIGINT wherever the launcher is at that moment."""


class Launcher:
    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._probe = Probe(f"{settings.host}:{settings.http_port}")

    def run(self) -> int:
        """Lives the whole life and returns the exit code of the process."""
        with tempfile.TemporaryDirectory(prefix="chartline-llm-") as folder:
            models = Path(folder) / "models"
            try:
                write_repository(models, self._settings)
                return self._keep_running(models)
            except ChartlineError as error:
                log.error("no_checkpoint", reason=error.message)
                return 1
            except Stopped:
                log.info("stopped")
                return 0

    def _keep_running(self, models: Path) -> int:
        """A first start that fails is a wrong configuration and ends the process; later ones are tried again."""
        failures, served_once = 0, False
        while True:
            time.sleep(_RESTART_PAUSES[min(failures, len(_RESTART_PAUSES) - 1)])
            triton = TritonProcess(self._settings, models)
            try:
                if self._came_up(triton):
                    failures, served_once = 0, True
                    self._watch(triton)
            except Stopped:
                triton.stop(self._settings.drain_seconds)
                raise
            triton.kill()
            if not served_once:
                log.error("failed", step="start", exit_code=triton.exit_code)
                return 1
            failures += 1
            log.warning("restarting", attempts=failures)

    def _came_up(self, triton: TritonProcess) -> bool:
        begun = time.monotonic()
        while not self._probe.ready():
            if triton.exit_code is not None or time.monotonic() - begun > self._settings.start_seconds:
                return False
            time.sleep(_POLL_SECONDS)
        if not self._probe.tensors_arrive(self._settings.canary_patience_seconds):
            log.error("self_test_failed", reason="tensors do not arrive as sent: is numpy 1.26 installed?")
            return False
        log.info(
            "serving", address=f"{self._settings.host}:{self._settings.grpc_port}", seconds=time.monotonic() - begun
        )
        return True

    def _watch(self, triton: TritonProcess) -> None:
        """Returns when the server is dead or does not answer."""
        while triton.exit_code is None:
            time.sleep(self._settings.canary_seconds)
            if not self._probe.answers(self._settings.canary_patience_seconds):
                break
        log.error("died", exit_code=triton.exit_code)
