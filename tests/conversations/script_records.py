"""The records that scripts are about, read as ingest and the record read them, without a cluster."""

from collections.abc import Iterable
from pathlib import Path

from chartline.record.chart import Chart
from chartline.record.times import parse_instant
from chartline.sources.files import Message
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery
from services.encoder.record.store import RecordStore
from services.ingest.parsers import parse

_TENANT = "scripts"


class Records:
    """One set of records."""

    def __init__(self, messages: Iterable[Message], folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder}/record.db")
        self._store = RecordStore(self.database)
        self._store.append(_TENANT, [Delivery(parse(message.format, message.payload)) for message in messages])

    def chart(self, patient: str, as_of: str = "") -> Chart:
        history = self._store.history(self._store.find_patient(_TENANT, patient))
        return Chart.build(history, parse_instant(as_of) if as_of else None)
