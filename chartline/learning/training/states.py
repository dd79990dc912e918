"""What a broken-off run continues from: the engine's whole state, written aside and renamed.

A kill at any time leaves the last whole state; weights, optimizer and shards are the engine's business.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from accelerate import Accelerator

from chartline.errors import InvalidRequest

_RUN = "run.json"
_STEP = "step-"
_UNFINISHED = "writing"


class States:
    """Those of one run. Raises InvalidRequest where `folder` holds another run, which `run` tells apart."""

    def __init__(self, folder: Path, accelerator: Accelerator, run: dict[str, Any]) -> None:
        self._folder, self._accelerator = folder, accelerator
        told = json.dumps(run, indent=2, default=str)
        name = folder / _RUN
        if name.exists() and name.read_text() != told and self._steps():
            raise InvalidRequest(f"{folder} holds another run that was broken off: remove it or name another --work")
        self._alone(lambda: self._begin(name, told))

    def resume(self) -> int:
        """Loads the last whole state into what was prepared; returns its step, 0 where there is none."""
        steps = self._steps()
        if not steps:
            return 0
        self._accelerator.load_state(str(self._folder / f"{_STEP}{steps[-1]:08}"))
        return steps[-1]

    def save(self, step: int) -> None:
        """All processes call it."""
        unfinished = self._folder / _UNFINISHED
        self._alone(lambda: shutil.rmtree(unfinished, ignore_errors=True))
        self._accelerator.save_state(str(unfinished))
        self._alone(lambda: self._keep_only(unfinished, step))

    def remove(self) -> None:
        """The run has ended: the next begins anew."""
        self._alone(lambda: shutil.rmtree(self._folder))

    def _steps(self) -> list[int]:
        return sorted(int(kept.name.removeprefix(_STEP)) for kept in self._folder.glob(f"{_STEP}*"))

    def _begin(self, name: Path, told: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name.write_text(told)

    def _keep_only(self, state: Path, step: int) -> None:
        older = self._steps()
        state.rename(self._folder / f"{_STEP}{step:08}")
        for old in older:
            shutil.rmtree(self._folder / f"{_STEP}{old:08}")

    def _alone(self, act: Callable[[], None]) -> None:
        """One process acts, after all have come here and before any goes on."""
        self._accelerator.wait_for_everyone()
        if self._accelerator.is_main_process:
            act()
        self._accelerator.wait_for_everyone()
