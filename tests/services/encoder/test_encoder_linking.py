"""Meaning as the last resort, with the real model: its threshold was chosen on its scores."""

from collections.abc import Iterator

import pytest
from encoder_events import lab

from chartline.models.text_encoder import TextEncoder
from chartline.record.chart import Chart
from chartline.record.event import Event
from chartline.record.kinds import EventKind
from chartline.record.linking import Linking
from services.encoder.batching import EncodingWorker
from services.encoder.charts import ChartView
from services.encoder.index import ExactSearch
from services.encoder.linking import MeaningLinker
from services.encoder.record.crosswalk import Patient
from services.encoder.record.database import Database
from services.encoder.settings import EncoderSettings
from services.encoder.vectors import SentenceVectors
from services.encoder.words import TenantWords

THRESHOLD = EncoderSettings.model_fields["link_threshold"].default


def named(number: int, name: str, kind: EventKind = EventKind.LABORATORY) -> Event:
    return lab(number, name=name, kind=kind, attributes=(), quantity=None, event_key=f"{number:032x}")


CHART = Chart(
    [
        named(1, "Glucose"),
        named(2, "Troponin I"),
        named(3, "Troponin T"),
        named(4, "Zinc"),
        named(5, "Alprazolam", EventKind.MEDICATION_REQUEST),
        named(6, "Radial Pulse L", EventKind.VITAL),
        named(7, "Anti-Thyroglobulin Antibodies"),
    ]
)


@pytest.fixture(scope="module")
def linker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeaningLinker]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('linking')}/record.db")
    worker = EncodingWorker(TextEncoder(), max_waiting=256)
    vectors = SentenceVectors(database, worker, 1_000)
    view = ChartView(Patient("t", "Patient/1", ("Patient/1",), (1,)), CHART, (), vectors, 2_048)
    words = TenantWords(database)
    words.learn("t", [named(8, "Overseas vaccine clinic", EventKind.ENCOUNTER)])
    yield MeaningLinker(vectors, ExactSearch(), THRESHOLD, words, view)
    worker.close()
    database.close()


def test_letters_go_before_meaning(linker: MeaningLinker) -> None:
    assert linker.link("zinc", None, CHART).names == ("Zinc",)


def test_a_near_name_is_linked(linker: MeaningLinker) -> None:
    linking = linker.link("anti-thyroglobulin autoantibodies", EventKind.LABORATORY, CHART)
    assert linking == Linking(("Anti-Thyroglobulin Antibodies",), EventKind.LABORATORY)


@pytest.mark.parametrize("concept", ["urine glucose", "potassium chloride", "troponin C", "pulse pressure"])
def test_what_the_vocabulary_understands_is_taken_for_nothing_else(linker: MeaningLinker, concept: str) -> None:
    linking = linker.link(concept, EventKind.LABORATORY, CHART)
    assert not linking.names


def test_no_drug_is_near_enough_to_be_another(linker: MeaningLinker) -> None:
    assert not linker.link("alprazolax", EventKind.ALLERGY, CHART).names
    assert not linker.link("xalprazolam", EventKind.MEDICATION_REQUEST, CHART).names


@pytest.mark.parametrize(
    ("concept", "kind", "known"),
    [
        ("asthma", EventKind.CONDITION, True),
        ("periarteriolitis", EventKind.CONDITION, True),
        ("squirrel", EventKind.CONDITION, False),
        ("zonulin", EventKind.LABORATORY, False),
        ("overseas", EventKind.ENCOUNTER, True),
        ("overseas travel", EventKind.ENCOUNTER, False),
        ("overseas", EventKind.CONDITION, False),
        ("asthma", EventKind.TRANSFER, False),
    ],
)
def test_known_is_what_the_vocabulary_or_any_record_of_the_tenant_names(
    linker: MeaningLinker, concept: str, kind: EventKind, known: bool
) -> None:
    assert linker.link(concept, kind, CHART) == Linking(known=known)


@pytest.mark.parametrize(
    ("concept", "kind"),
    [("zonulin", EventKind.LABORATORY), ("ozempic", EventKind.MEDICATION_REQUEST), ("tattoo", None)],
)
def test_what_is_not_there_is_not_linked(linker: MeaningLinker, concept: str, kind: EventKind | None) -> None:
    assert linker.link(concept, kind, CHART).names == ()


def test_an_empty_chart_links_nothing(linker: MeaningLinker) -> None:
    assert linker.link("glucose", EventKind.DEATH, Chart([])).names == ()
