"""The model server: settings → Triton with our models, watched until it is told to end."""

import signal
import sys
from types import FrameType

from chartline.telemetry import configure_logging
from services.llm.launcher import Launcher, Stopped
from services.llm.settings import LlmSettings


def main() -> int:
    settings = LlmSettings()
    configure_logging("llm", settings.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    return Launcher(settings).run()


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
