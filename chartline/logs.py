"""Structured logs without PHI: one JSON object a line, and only fields of the allowlist ever reach it.

An event is a fixed name and the fields say the rest: `log.info("record_rejected", reason="no patient", offset=42)`.
Exceptions are written as type and frames, never as text, because their text may quote a record. Of libraries' own
records only the constant template is kept, for the same reason.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from chartline.rpc.context import current_request_id

# fmt: off
#: Everything a log line may say. None of it can hold what a record says or who the patient is.
FIELDS = frozenset(
    {
        "address", "attempts", "bytes", "code", "count", "device", "error", "events", "exit_code", "lag", "load_id",
        "method", "metrics", "model", "offset", "outcome", "partition", "pending", "pending_before", "port",
        "reason", "records", "request_id", "seconds", "service", "shard", "status", "step", "tenant", "topic",
        "version",
    }
)
# fmt: on

_FIELDS_KEY = "chartline_fields"


class Log:
    """One module's log; a field that is not in `FIELDS` is dropped (and fails the house test that reads the calls)."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """An error with the type and frames of the exception being handled."""
        self._write(logging.ERROR, event, fields, exc_info=True)

    def _write(self, level: int, event: str, fields: dict[str, object], exc_info: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, exc_info=exc_info, extra={_FIELDS_KEY: fields})


def get_logger(name: str) -> Log:
    return Log(name)


class JsonFormatter(logging.Formatter):
    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
            "event": str(record.msg).partition("\n")[0][:200],
        }
        if request_id := current_request_id():
            line["request_id"] = request_id
        fields: dict[str, object] = getattr(record, _FIELDS_KEY, {})
        line.update({name: value for name, value in fields.items() if name in FIELDS})
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = trace_of(record.exc_info[1])
        return json.dumps(line, default=str)


def trace_of(error: BaseException) -> list[str]:
    """Types and frames from the outermost cause in, without a single value."""
    lines: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        lines.append(type(seen).__qualname__)
        lines.extend(_frames(seen.__traceback__))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return lines


def _frames(frames: TracebackType | None) -> list[str]:
    return [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(frames)]


def configure_logging(service: str, level: str = "INFO") -> None:
    """Sends every record of this process to standard output; libraries speak from WARNING on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter(service))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for ours in ("chartline", "services"):
        logging.getLogger(ours).setLevel(level)
