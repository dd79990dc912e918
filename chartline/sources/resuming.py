"""Where a load stands, in a small file, so that one that was killed goes on instead of beginning again.

The file is written after Kafka has acknowledged everything up to the place it names; what was sent after it is sent
again, which changes nothing, because a record has its own identity.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from chartline.errors import InvalidRequest


@dataclass(frozen=True, slots=True)
class Place:
    """The end of a line: `offset` counts bytes of the unpacked file."""

    file: str
    offset: int


class Journal:
    """The file of one load; a load that has ended leaves none."""

    def __init__(self, file: Path) -> None:
        """Raises InvalidRequest for a file that holds something else."""
        self._file = file
        #: Where the load before this one stood; None where there was none.
        self.start: Place | None = None
        if file.exists():
            try:
                self.start = msgspec.json.decode(file.read_bytes(), type=Place)
            except msgspec.MsgspecError:
                raise InvalidRequest(f"{file} does not say where a load stands") from None

    def reached(self, place: Place) -> None:
        """Everything up to the place is acknowledged."""
        beside = self._file.with_name(f"{self._file.name}.new")
        with beside.open("wb") as stream:
            stream.write(msgspec.json.encode(place))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(self._file)

    def ended(self) -> None:
        self._file.unlink(missing_ok=True)
