from collections.abc import Iterator

import pytest
from encoder_events import delivery, lab, medication, order, record
from encoder_fakes import WordEncoder
from prometheus_client import REGISTRY
from sqlalchemy import func, select

from services.encoder.batching import EncodingWorker
from services.encoder.charts import Charts
from services.encoder.embedding import EmbeddingQueue
from services.encoder.index import ExactSearch
from services.encoder.record.database import Database
from services.encoder.record.store import RecordStore
from services.encoder.record.tables import patient_vectors, pending, vectors
from services.encoder.similar import SimilarPatients
from services.encoder.vectors import SentenceVectors
from services.encoder.words import TenantWords


class Parts:
    """Everything behind the servicers, without threads of its own but the model's."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.encoder = WordEncoder()
        self.worker = EncodingWorker(self.encoder, max_waiting=256)
        self.vectors = SentenceVectors(database, self.worker, 1_000)
        self.vectors.load()
        self.store = RecordStore(database)
        self.similar = SimilarPatients(database, self.store, self.vectors, ExactSearch())
        self.queue = EmbeddingQueue(database, self.vectors, self.similar, TenantWords(database))
        self.charts = Charts(self.store, self.vectors, max_versions=100, budget=2_048)

    def count(self, table: object) -> int:
        with self.database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def parts(database: Database) -> Iterator[Parts]:
    built = Parts(database)
    yield built
    built.queue.close()
    built.worker.close()


def test_names_without_events_ask_for_no_vector_for_ever(parts: Parts) -> None:
    parts.store.append("t", [delivery(record(link=["Patient/1", "urn:mrn|1"]))])
    assert parts.similar.refresh_some() == 1
    assert parts.similar.refresh_some() == 0
    parts.store.append("t", [delivery(lab(1))])
    assert parts.similar.refresh_some() == 1
    assert parts.count(patient_vectors) == 1


def test_the_queue_survives_a_restart_and_embeds_each_sentence_once(parts: Parts, database: Database) -> None:
    parts.store.append("t", [delivery(lab(i, value=str(i))) for i in range(50)])
    parts.store.append("u", [delivery(lab(1, name="Sodium"))])
    again = Parts(database)
    assert again.queue.embed_some() == 51
    assert again.queue.embed_some() == 0
    assert (again.count(pending), again.count(vectors)) == (0, 2)
    assert sum(map(len, again.encoder.calls)) == 2
    again.worker.close()


def test_a_late_definition_embeds_its_events_again(parts: Parts) -> None:
    parts.store.append("t", [delivery(order(1, "Medication/1"))])
    parts.queue.embed_some()
    parts.store.append("t", [delivery(record(definitions=[medication("Medication/1", "Aspirin")]))])
    assert parts.queue.embed_some() == 1
    assert parts.encoder.calls[-1] == ["medication ordered: aspirin, tablet, po [mg/dl]"]


def test_the_thread_empties_the_queue_and_then_refreshes_patients(parts: Parts) -> None:
    parts.store.append("t", [delivery(lab(i, f"Patient/{i % 3}")) for i in range(9)])
    parts.queue.start()
    while parts.count(pending) or parts.similar.refresh_some():
        pass
    with parts.database.reading() as connection:
        rows = connection.execute(select(patient_vectors)).all()
    assert len(rows) == 3
    assert all(row.computed == row.wanted for row in rows)


def test_what_waits_is_counted_while_nothing_can_be_embedded(parts: Parts) -> None:
    parts.worker.close()
    parts.queue.close()
    parts.queue.wake(parts.store.append("t", [delivery(lab(1)), delivery(lab(2))]).new_events)
    assert REGISTRY.get_sample_value("chartline_encoder_pending_events") == 2
    parts.store.append("t", [delivery(lab(3))])
    assert parts.queue._step(), "tried again"
    assert REGISTRY.get_sample_value("chartline_encoder_pending_events") == 3


def test_a_change_during_a_refresh_leaves_the_vector_outdated(parts: Parts) -> None:
    parts.store.append("t", [delivery(lab(1, interpretation="H"))])
    ((tenant, patient, wanted),) = parts.similar._outdated()
    parts.store.append("t", [delivery(lab(2, interpretation="H"))])
    parts.similar._refresh(tenant, patient, wanted)
    assert parts.similar._outdated() == [("t", "Patient/1", wanted + 1)]


def test_a_chart_is_read_once_until_it_changes(parts: Parts) -> None:
    parts.store.append("t", [delivery(lab(1)), delivery(lab(2, "Patient/2"))])
    view = parts.charts.view("t", "Patient/1")
    assert parts.charts.view("t", "1") is view
    parts.charts.invalidate("t", ["Patient/2"])
    parts.charts.invalidate("u", ["Patient/1"])
    assert parts.charts.view("t", "1") is view
    appended = parts.store.append("t", [delivery(lab(3))])
    parts.charts.invalidate("t", appended.touched)
    assert len(parts.charts.view("t", "1").chart.events) == 2


def test_a_merge_is_seen_at_once(parts: Parts) -> None:
    parts.store.append("t", [delivery(lab(1)), delivery(lab(2, "Patient/2"))])
    parts.charts.view("t", "1")
    parts.store.append("t", [delivery(record(link=["Patient/1", "Patient/2"]))])
    assert len(parts.charts.view("t", "2").chart.events) == len(parts.charts.view("t", "1").chart.events) == 2


def test_memory_is_bounded_by_versions(parts: Parts) -> None:
    parts.store.append("t", [delivery(lab(i, f"Patient/{i % 4}")) for i in range(160)])
    first = parts.charts.view("t", "0")
    for patient in ("1", "2", "3"):
        parts.charts.view("t", patient)
    assert parts.charts.view("t", "0") is not first
