"""A chart that was streamed in, read at a time and sent to the models of outcomes is the one that training built."""

import random
from dataclasses import replace
from pathlib import Path

import pytest
from encoder_calls import Client

from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.counting import counted
from chartline.llm_contract import load_predict_response
from chartline.record.event import Event, EventStatus, Instant
from chartline.record.identity import with_event_key
from chartline.record.times import HOUR
from chartline.rpc.messages import events_from_bytes, instant_to_message
from chartline.v1 import encoder_service_pb2 as encoder_pb2
from services.llm.heads import Heads
from services.llm.predicting import PredictorService
from tests.learning.outcome_cases import PREDICTION_HOUR, patient_events, planted_cases
from tests.learning.outcome_charts import at
from tests.services.llm.served_heads import asked, keep_hardly_trained

NOW = at(PREDICTION_HOUR)


def told_later(event: Event, hours: float, **change: object) -> Event:
    assert event.available_time is not None
    known = Instant(event.available_time.unix_micros + int(hours * HOUR))
    return replace(event, version=(event.version or 0) + 1, available_time=known, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["counts-lightgbm", "retain"])
async def test_served_is_offline_whatever_came_in_between_and_after(client: Client, tmp_path: Path, model: str) -> None:
    first, _ = patient_events(3, random.Random(7))
    lactates = [event for event in first if event.name == "Lactate"]
    corrected = told_later(lactates[0], 1, quantity=replace(lactates[0].quantity, value="9.9"))  # type: ignore[type-var]
    too_late = told_later(lactates[1], 60, quantity=replace(lactates[1].quantity, value="0.1"))  # type: ignore[type-var]
    withdrawn = told_later(lactates[2], 90, status=EventStatus.ENTERED_IN_ERROR)
    versions = [*first, corrected, too_late, withdrawn]
    versions = [with_event_key("t", event) for event in versions]
    offline = case_at("", versions, NOW, label=False)

    head = keep_hardly_trained(tmp_path, "planted", model, planted_cases(24, seed=4))
    service = PredictorService(Heads(tmp_path), lambda counts: None)
    service.refresh()
    await client.append(*random.Random(1).sample(versions, len(versions)))
    request = encoder_pb2.ReadChartRequest(patient=offline.chart.events[0].patient, as_of=instant_to_message(NOW))
    shown = await client.call(request)

    served = case_at("", events_from_bytes(shown.chart), NOW, label=False)
    assert counted(served).counts == counted(offline).counts
    assert counted(served).features == counted(offline).features
    (answer,) = service.predict([(asked(offline, "planted")[0], shown.chart)])
    assert isinstance(answer, bytes)
    (told,) = load_predict_response(answer).predictions
    assert told.probability == pytest.approx(head.predict([offline])[0].probability, abs=1e-6)
