"""Cohort questions: one vector a patient, and the tenant's patients whose vectors are nearest.

A patient is the mean of the vectors of what defines it: diagnoses, drugs, procedures, allergies, organisms, abnormal
results. The tenant's own mean is taken off before they are compared, for what all patients share tells none apart.
Vectors are kept in the table; those of changed patients are computed anew when nothing more urgent waits.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, select

from chartline.errors import NotFound
from chartline.language.verbalizer import sentence
from chartline.llm_contract import EMBEDDING_SIZE
from chartline.record.chart import Chart
from chartline.record.event import Event
from chartline.record.interpretations import CODES_OF_WORD
from chartline.record.kinds import EventKind
from chartline.telemetry import chartline_encoder_stale_patients
from services.encoder.index import ExactSearch
from services.encoder.record.database import Database
from services.encoder.record.store import RecordStore
from services.encoder.record.tables import patient_vectors
from services.encoder.vectors import SentenceVectors

_SHARED = 5
_BATCH = 16
_DEFINING = frozenset(
    {
        EventKind.CONDITION,
        EventKind.MEDICATION_REQUEST,
        EventKind.MEDICATION_ADMINISTRATION,
        EventKind.MEDICATION_STATEMENT,
        EventKind.MEDICATION_DISPENSE,
        EventKind.PROCEDURE,
        EventKind.ALLERGY,
        EventKind.MICROBIOLOGY,
    }
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`score` is the cosine of the centred vectors; `shared_concepts` are those that fewest of the found hold."""

    patient: str
    score: float
    shared_concepts: tuple[str, ...]


class SimilarPatients:
    """Thread safe; searches one tenant's patients and no others."""

    def __init__(self, database: Database, store: RecordStore, vectors: SentenceVectors, search: ExactSearch) -> None:
        self._database = database
        self._store = store
        self._vectors = vectors
        self._search = search

    def find(self, tenant: str, identifier: str, limit: int) -> list[Neighbour]:
        """The nearest first, without the patient itself. Raises NotFound."""
        patient = self._store.find_patient(tenant, identifier)
        for outdated in self._outdated(tenant, patient.canonical):
            self._refresh(*outdated)
        with self._database.reading() as connection:
            names, matrix, concepts = _read_tenant(connection, tenant)
        centred = _unit(matrix - matrix.mean(axis=0))
        own = names.index(patient.canonical)
        found = self._search.nearest(centred[own], centred, limit + 1)
        rows = [(int(r), float(s)) for r, s in zip(found.rows, found.scores, strict=True) if r != own][:limit]
        holders = Counter(concept for row, _ in rows for concept in concepts[row])
        shared = [_rarest(concepts[own] & concepts[row], holders) for row, _ in rows]
        return [Neighbour(names[row], score, c) for (row, score), c in zip(rows, shared, strict=True)]

    def refresh_some(self) -> int:
        """Computes a few patients' missing or outdated vectors; returns how many, 0 when all are fresh."""
        outdated = self._outdated()
        for tenant, patient, wanted in outdated:
            self._refresh(tenant, patient, wanted)
        return len(outdated)

    def _outdated(self, tenant: str = "", patient: str = "") -> list[tuple[str, str, int]]:
        """(tenant, patient, change) of a few patients, or of the one that is named."""
        table = patient_vectors.c
        query = select(table.tenant, table.patient, table.wanted).where(table.computed < table.wanted)
        query = query.where(table.tenant == tenant, table.patient == patient) if patient else query.limit(_BATCH)
        with self._database.reading() as connection:
            if not patient:
                count = select(func.count()).select_from(patient_vectors).where(table.computed < table.wanted)
                chartline_encoder_stale_patients.set(connection.scalar(count) or 0)
            return [(row.tenant, row.patient, row.wanted) for row in connection.execute(query)]

    def _refresh(self, tenant: str, patient: str, wanted: int) -> None:
        """The history is read after `wanted`, so a change in between leaves the vector outdated, never the reverse."""
        try:
            history = self._store.history(self._store.find_patient(tenant, patient))
        except NotFound:  # erased or merged into another patient, or a name without events: it has no vector
            self._forget(tenant, patient, wanted)
            return
        events = [e for e in Chart.build(history, None).events if _defines(e)]
        vectors = self._vectors.of(sorted({sentence(e) for e in events}))
        mean = vectors.mean(axis=0) if len(vectors) else np.zeros(EMBEDDING_SIZE, np.float32)
        update = patient_vectors.update().where(
            patient_vectors.c.tenant == tenant, patient_vectors.c.patient == patient
        )
        concepts = json.dumps(sorted({e.name for e in events if e.name}))
        with self._database.writing() as connection:
            connection.execute(update.values(computed=wanted, vector=mean.astype("<f4").tobytes(), concepts=concepts))

    def _forget(self, tenant: str, patient: str, wanted: int) -> None:
        row = patient_vectors.c.tenant == tenant, patient_vectors.c.patient == patient
        with self._database.writing() as connection:
            connection.execute(delete(patient_vectors).where(*row, patient_vectors.c.wanted == wanted))


def _read_tenant(connection: Connection, tenant: str) -> tuple[list[str], NDArray[np.float32], list[frozenset[str]]]:
    rows = connection.execute(
        select(patient_vectors)
        .where(patient_vectors.c.tenant == tenant, patient_vectors.c.computed > 0)
        .order_by(patient_vectors.c.patient)
    ).all()
    matrix = np.stack([np.frombuffer(row.vector, dtype="<f4") for row in rows])
    return [row.patient for row in rows], matrix, [frozenset(json.loads(row.concepts)) for row in rows]


def _defines(event: Event) -> bool:
    return event.kind in _DEFINING or (
        event.kind == EventKind.LABORATORY and event.interpretation in CODES_OF_WORD["abnormal"]
    )


def _unit(matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (matrix / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def _rarest(shared: Iterable[str], holders: Counter[str]) -> tuple[str, ...]:
    return tuple(sorted(shared, key=lambda concept: (holders[concept], concept))[:_SHARED])
