"""What `chartline load` says of rows and lines that it cannot read or that are no event.

These words stand in logs, headers and counts. Ingest tells them from those of a stranger, which may quote the record.
"""

import re
import tomllib
from pathlib import Path

_TABLE = r"[\w.-]{1,64}"
_UNREADABLE = re.compile(
    r"longer than \d+ bytes|not JSON of a CanonicalRecord|meds: not a row as `chartline export` writes it"
    rf"|{_TABLE}: (?:no patient|no key|more cells than the header names|\w{{1,32}} is no time|status is no status"
    r"|\w{1,32} of what is no time or no number)"
)
_ROW = re.compile(rf"({_TABLE}): .+", re.DOTALL)
_WITHOUT_EVENTS = frozenset(
    tomllib.loads(Path(__file__).with_name("without_events.toml").read_text("utf-8"))["reasons"]
)


def is_unreadable_reason(text: str) -> bool:
    """Whether the sources say so of a record that they cannot read."""
    return _UNREADABLE.fullmatch(text) is not None


def row_without_content(table: str) -> str:
    return f"{table}: row without content"


def known_without_events(text: str) -> str:
    """Why a row has no event, in words that come with Chartline; else its table alone, and empty where it has none."""
    row = _ROW.fullmatch(text)
    return text if text in _WITHOUT_EVENTS else row_without_content(row[1]) if row else ""
