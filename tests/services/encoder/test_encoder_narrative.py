"""Plans that read: windows, visits, what was known when, changes; over the service, with words for meaning."""

from collections.abc import Sequence
from typing import Any

import grpc
import grpc.aio
import numpy as np
import pytest
from encoder_calls import Client, serving
from encoder_events import HOUR, START, lab
from encoder_fakes import WordEncoder
from numpy.typing import NDArray

from chartline.errors import Unavailable
from chartline.language.plan_text import load_plan
from chartline.record.event import Event, Instant
from chartline.record.kinds import EventKind
from chartline.record.plan import PlanOutcome
from chartline.record.result import PlanResult
from chartline.rpc.keys import KeyFiles
from chartline.rpc.messages import instant_to_message, plan_to_message, result_from_message
from chartline.v1 import record_service_pb2 as record_pb2
from services.encoder.settings import EncoderSettings
from services.encoder.shard import LoadingShard, open_shard

ADMISSION = "CHIEF COMPLAINT: Fever.\n\nPLAN: Cultures, then ceftriaxone."
LATER = "Slept well.\n\nPLAN: Home tomorrow."


def note(hour: int, text: str, name: str = "Progress note", **fields: Any) -> Event:
    key = f"DocumentReference/{hour}"
    return lab(
        hour, kind=EventKind.NOTE, natural_key=key, display=name, quantity=None, text_value=text,
        codings=(), attributes=(), **fields,
    )  # fmt: skip


def high(hour: int, name: str) -> Event:
    return lab(hour, name=name, value="9", interpretation="H", natural_key=f"Observation/{name}/{hour}")


CHART = (note(1, ADMISSION, "Admission note"), note(30, LATER), high(28, "Lactate"), high(2, "Glucose"))


class Lost(WordEncoder):
    """A text encoder whose device can be lost."""

    is_lost = False

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self.is_lost:
            raise Unavailable("the device is lost")
        return super().encode(texts)


async def read(client: Client, plan: str, now: int = 40, as_of: int | None = None, **rest: Any) -> PlanResult:
    request = record_pb2.ExecutePlanRequest(
        patient="1",
        plan=plan_to_message(load_plan(plan)),
        now=instant_to_message(Instant(START + now * HOUR)),
        as_of=None if as_of is None else instant_to_message(Instant(START + as_of * HOUR)),
        **rest,
    )
    return result_from_message(await client.call(request))


def said(result: PlanResult) -> Sequence[tuple[object, str]]:
    """The values, each after a look at its event."""
    known = {event.event_key for event in result.events}
    assert all(known.issuperset(value.event_keys) and value.event_keys for value in result.values)
    return [(value.form, value.label) for value in result.values]


async def test_a_section_is_read_from_the_newest_note_known(client: Client) -> None:
    await client.append(*CHART)
    newest = await read(client, 'read "the plan"')
    assert said(newest) == [("Home tomorrow.", "Progress note, plan")]
    assert (newest.outcome, newest.events_searched, newest.truncated) == (PlanOutcome.FOUND, 2, False)
    earlier = await read(client, 'read "the plan"', as_of=20)
    assert said(earlier) == [("Cultures, then ceftriaxone.", "Admission note, plan")]


async def test_windows_hold_the_reading(client: Client) -> None:
    await client.append(*CHART)
    inside = await read(client, 'read "the plan" in "2100-01-01"')
    assert said(inside) == [("Cultures, then ceftriaxone.", "Admission note, plan")]
    outside = await read(client, 'read "the plan" in "2099"')
    assert (outside.outcome, outside.values, outside.events_searched) == (PlanOutcome.EMPTY, (), 0)


async def test_what_no_note_tells_is_empty_and_not_a_failure(client: Client) -> None:
    await client.append(*CHART)
    result = await read(client, 'read "bronchoscopy"')
    assert (result.outcome, result.values, result.events, result.events_searched) == (PlanOutcome.EMPTY, (), (), 2)


async def test_a_chart_without_notes_has_nothing_to_read(client: Client) -> None:
    await client.append(lab(1))
    assert (await read(client, 'read "the plan"')).outcome is PlanOutcome.EMPTY


async def test_without_the_model_a_reading_fails_and_never_finds_nothing(
    encoder_settings: EncoderSettings, keys: KeyFiles
) -> None:
    model = Lost()
    shard = open_shard(encoder_settings, lambda: model)
    loading = LoadingShard(lambda: shard)
    await loading.load()
    async with serving(encoder_settings, loading, keys) as client:
        await client.append(*CHART)
        model.is_lost = True
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await read(client, 'read "bronchoscopy"')
        assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
        model.is_lost = False
        assert (await read(client, 'read "bronchoscopy"')).outcome is PlanOutcome.EMPTY
    shard.close()


async def test_a_window_around_what_is_not_there_stays_unlinked(client: Client) -> None:
    await client.append(*CHART)
    assert (await read(client, 'read "the plan" since (procedure "bypass")')).outcome is PlanOutcome.UNLINKED


async def test_what_changed_is_told_by_notes_and_events_of_the_night(client: Client) -> None:
    await client.append(*CHART)
    result = await read(client, 'read "what changed overnight"', now=32)
    assert said(result) == [
        ("Slept well.", "Progress note"),
        ("Laboratory: Lactate 9 mg/dL, high (2100-01-02 04:00)", "Lactate"),
    ]
    assert (result.window_start, result.window_end) == (Instant(START + 19 * HOUR), Instant(START + 31 * HOUR))


async def test_what_changed_in_a_day_without_news_is_empty(client: Client) -> None:
    await client.append(*CHART)
    assert (await read(client, 'read "what changed"', now=200)).outcome is PlanOutcome.EMPTY


async def test_many_changes_are_cut_and_known_to_be(client: Client) -> None:
    await client.append(*(high(30, f"Test {n}") for n in range(30)))
    result = await read(client, 'read "what changed" since "yesterday"')
    assert len(result.values) == 16
    assert result.truncated
