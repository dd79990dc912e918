"""Parts are started, healed after kill -9, and ended with everything they started."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from chartline.errors import Unavailable
from chartline.local.process import Part
from chartline.local.supervisor import Supervisor


def sleeper(name: str, folder: Path) -> Part:
    """A part that starts a child of its own and says so in a file."""
    mark = folder / name
    code = (
        "import subprocess, sys, pathlib, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
        f"pathlib.Path({str(mark)!r}).write_text(str(child.pid)); time.sleep(600)"
    )
    return Part(name, [sys.executable, "-c", code], lambda: mark.exists() and mark.read_text() != "")


class Run:
    """A supervisor in the background of a test, and what it announced."""

    def __init__(self, parts: list[Part], logs: Path) -> None:
        self.announced: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        self.up = asyncio.Event()
        self.end = asyncio.Event()
        self.supervisor = Supervisor(parts, logs, lambda *news: self.announced.put_nowait(news))
        self.task = asyncio.create_task(self.supervisor.run(self.up.set, self.end))

    async def heard(self, part: str, words: str) -> None:
        while True:
            name, what = await self.announced.get()
            if name == part and words in what:
                return

    async def stop(self) -> None:
        self.end.set()
        await self.task


async def gone(pid: int) -> None:
    """Returns when the process is dead: SIGKILL to a group is not yet the end of each of its members."""
    async with asyncio.timeout(30):
        while psutil.pid_exists(pid):
            with suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                    return
            await asyncio.sleep(0.02)


async def test_a_killed_part_is_started_again(tmp_path: Path) -> None:
    run = Run([sleeper("one", tmp_path), sleeper("two", tmp_path)], tmp_path / "logs")
    await run.up.wait()
    process = run.supervisor.processes["two"]
    first, orphan = process.pid, int((tmp_path / "two").read_text())
    assert first is not None
    os.kill(first, signal.SIGKILL)

    await run.heard("two", "ended with -9")
    await run.heard("two", "ready")

    assert process.running
    assert process.pid != first
    assert process.starts == 2
    assert run.supervisor.processes["one"].starts == 1
    await gone(orphan)
    await run.stop()


async def test_the_end_leaves_no_process_behind(tmp_path: Path) -> None:
    run = Run([sleeper("one", tmp_path)], tmp_path / "logs")
    await run.up.wait()
    pid = run.supervisor.processes["one"].pid
    child = int((tmp_path / "one").read_text())
    await run.stop()
    assert pid is not None
    await gone(pid)
    await gone(child)


async def test_a_part_that_cannot_start_ends_the_start_with_its_last_words(tmp_path: Path) -> None:
    broken = Part("broken", [sys.executable, "-c", "raise SystemExit('no model here')"], lambda: False)
    run = Run([sleeper("one", tmp_path), broken], tmp_path / "logs")
    with pytest.raises(Unavailable, match="no model here"):
        await run.task
    assert not run.up.is_set()
    assert not run.supervisor.processes["one"].running
