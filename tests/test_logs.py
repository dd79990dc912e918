"""Log lines: JSON, allowlisted, and without a value of any exception."""

import io
import json
import logging
from typing import Any

import pytest

from chartline.logs import JsonFormatter, configure_logging, get_logger
from chartline.rpc.context import begin_call

log = get_logger("chartline.test")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What was logged so far, as objects; logging is put back as it was."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    monkeypatch.setattr("sys.stdout", output := io.StringIO())
    configure_logging("test", "DEBUG")
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    for name in ("chartline", "services"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_a_line_is_an_event_with_its_fields(lines: Any) -> None:
    log.info("serving", address="127.0.0.1:1")
    (line,) = lines()
    assert (line["event"], line["address"], line["level"], line["service"]) == (
        "serving",
        "127.0.0.1:1",
        "INFO",
        "test",
    )
    assert line["logger"] == "chartline.test"


async def test_a_line_names_the_request_it_belongs_to(lines: Any) -> None:
    begin_call("r-7", "/a/b", 5)
    log.warning("odd")
    assert lines()[0]["request_id"] == "r-7"


def test_a_field_that_is_not_allowed_is_dropped(lines: Any) -> None:
    log.error("odd", patient="Jane Doe", question="Does Jane …", reason="none")
    assert not {"patient", "question"} & lines()[0].keys()


def test_exceptions_are_types_and_frames(lines: Any) -> None:
    def inner() -> None:
        raise KeyError("Jane Doe")

    try:
        try:
            inner()
        except KeyError as error:
            raise ValueError("MRN 4711") from error
    except ValueError:
        log.exception("odd")
    (line,) = lines()
    assert line["trace"][0] == "ValueError"
    assert "KeyError" in line["trace"]
    assert any(frame.endswith(" inner") for frame in line["trace"])
    assert "Jane" not in str(line)
    assert "4711" not in str(line)


def test_libraries_lend_their_template_and_nothing_else(lines: Any) -> None:
    other = logging.getLogger("library")
    other.info("chatter")
    other.warning("value %s refused", "Jane Doe")
    other.error("failed\nJane Doe")
    assert [line["event"] for line in lines()] == ["value %s refused", "failed"]


def test_what_json_does_not_know_is_still_a_line() -> None:
    record = logging.makeLogRecord(
        {"msg": "odd", "levelno": 20, "levelname": "INFO", "chartline_fields": {"reason": {1}}}
    )
    assert json.loads(JsonFormatter("test").format(record))["reason"] == "{1}"
