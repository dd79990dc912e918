"""Parts of the local cluster for a bench: all of them, or those it names."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from chartline.local.home import Home
from chartline.local.process import Part, PartProcess

_PATIENCE_SECONDS = 300.0


@contextmanager
def running(parts: Sequence[Part], logs: Path) -> Iterator[None]:
    """Returns when all serve, ends them in the reverse order. Raises RuntimeError where one does not come up."""
    with ExitStack() as life:
        for part in parts:
            process = PartProcess(part, logs)
            process.start()
            life.callback(process.stop)
        for part in parts:
            until(part.ready, f"{part.name} serves; its log is in {logs}")
        yield


def until(true: Callable[[], bool], what: str) -> None:
    """Raises RuntimeError when it takes minutes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise RuntimeError(f"still waiting: {what}")
        time.sleep(0.02)


@contextmanager
def fresh_home() -> Iterator[Home]:
    """A cluster's folder that nothing is left of."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield Home(Path(folder))
