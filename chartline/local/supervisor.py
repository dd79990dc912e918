"""Keeps the parts of a local cluster running: starts them, waits until they serve, starts again what dies.

    start ─▶ not ready ─▶ ready ─▶ ended? ─▶ pause ─▶ start …

What Kubernetes does in production. A part that never became ready and keeps ending stops the whole start, with the end
of its log; one that was ready once is started again for ever.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from chartline.errors import Unavailable
from chartline.local.process import Part, PartProcess

#: Told of every change: the part's name and what happened.
Announce = Callable[[str, str], None]

_POLL_SECONDS = 0.1
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_FIRST_ATTEMPTS = 3
_START_SECONDS = 300.0


class Supervisor:
    """Parts are started in the given order at once, and end in the reverse order, one after the other."""

    def __init__(self, parts: Sequence[Part], logs: Path, announce: Announce) -> None:
        self.processes = {part.name: PartProcess(part, logs) for part in parts}
        self._announce = announce

    async def run(self, up: Callable[[], None], end: asyncio.Event) -> None:
        """Calls `up` when every part serves, returns when `end` is set. Raises Unavailable when a part cannot start."""
        ready = {name: asyncio.Event() for name in self.processes}
        keepers = [asyncio.create_task(self._keep(name, ready[name])) for name in self.processes]
        ending = asyncio.create_task(end.wait())
        starting = asyncio.create_task(self._all_ready(ready))
        try:
            await _first_of(ending, starting, *keepers)
            if not end.is_set():
                up()
                await _first_of(ending, *keepers)
        finally:
            for task in (ending, starting, *keepers):
                task.cancel()
            await asyncio.gather(ending, starting, *keepers, return_exceptions=True)
            await self._stop()

    async def _all_ready(self, ready: dict[str, asyncio.Event]) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS):
                for event in ready.values():
                    await event.wait()
        except TimeoutError:
            late = ", ".join(name for name, event in ready.items() if not event.is_set())
            raise Unavailable(f"Not ready after {_START_SECONDS:.0f} s: {late}") from None

    async def _keep(self, name: str, ready: asyncio.Event) -> None:
        process, pause = self.processes[name], _FIRST_PAUSE
        while True:
            started_at = time.monotonic()
            process.start()
            await self._wait_for_ready(process, ready, started_at)
            while process.running:  # noqa: ASYNC110 - nothing tells of a child's end but asking
                await asyncio.sleep(_POLL_SECONDS)
            self._announce(name, f"ended with {process.exit_code}, starting again")
            process.kill()  # what it left behind in its group
            if not ready.is_set() and process.starts >= _FIRST_ATTEMPTS:
                raise Unavailable(f"{name} does not start; the end of {process.log}:\n{process.last_words()}")
            pause = _FIRST_PAUSE if time.monotonic() - started_at > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _wait_for_ready(self, process: PartProcess, ready: asyncio.Event, started_at: float) -> None:
        while process.running:
            if await asyncio.to_thread(process.part.ready):
                ready.set()
                self._announce(process.part.name, f"ready after {time.monotonic() - started_at:.1f} s")
                return
            await asyncio.sleep(_POLL_SECONDS)

    async def _stop(self) -> None:
        for name, process in reversed(self.processes.items()):
            if process.running:
                await asyncio.to_thread(process.stop)
                self._announce(name, "stopped")


async def _first_of(*tasks: asyncio.Task[object]) -> None:
    """Returns when one of them is done, and raises what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
