"""Whatever happens to a record, in whatever order it is told and however often: one state, and the one it should be.

Corrections, retractions, deletions, facts that newer versions lack, wrong patients, merges in chains and cycles,
unlinks: histories of them are played into a store shuffled, doubled and in requests of any size, and held to an oracle.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from encoder_events import HOUR, START, lab
from encoder_oracle import Shown, Step, Told, Whole, Word, patients, shown
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy.event import listen

from chartline.record.event import CanonicalRecord, EventStatus, Instant, PatientLink, RecordVersion, Source
from chartline.record.versions import states
from services.encoder.record import codec
from services.encoder.record.database import Database
from services.encoder.record.outcomes import Delivery
from services.encoder.record.store import RecordStore

NAMES = ("Patient/1", "urn:mrn|1", "Patient/2", "urn:mrn|2")
RECORDS = ("Panel/1", "Panel/2")
VERSIONS = st.none() | st.integers(0, 3)
TIMES = st.none() | st.integers(0, 6)
MOMENTS = (None, 0, 2, 4)

told = st.builds(
    Told,
    st.sampled_from(RECORDS),
    st.sampled_from(("", "#a")),
    st.sampled_from(NAMES),
    VERSIONS,
    TIMES,
    st.sampled_from((False, False, False, True)),
    st.integers(1, 3),
)
whole = st.builds(Whole, st.sampled_from((*RECORDS, "Patient/1")), VERSIONS, TIMES, st.booleans())
word = st.builds(
    Word,
    st.sets(st.sampled_from(NAMES), min_size=2, max_size=3).map(frozenset),
    st.booleans(),
    VERSIONS,
    TIMES,
    st.sampled_from(("", "Patient/1")),
)
#: An event that comes with the version of its whole record, as most of FHIR's do.
whole_told = told.map(lambda t: (t, Whole(t.record, t.version, t.time, deleted=False)))
histories = st.lists(told | whole_told | whole | word, min_size=1, max_size=12)


def _at(time: int | None) -> Instant | None:
    return None if time is None else Instant(START + time * HOUR, 0)


def _delivery(step: Any) -> Delivery:
    if isinstance(step[0], tuple):
        event, version = (_delivery(part).record for part in step)
        return Delivery(replace(event, versions=version.versions))
    if isinstance(step, Told):
        status = EventStatus.ENTERED_IN_ERROR if step.retracted else EventStatus.FINAL
        made = lab(1, step.patient, value=str(step.value), version=step.version, status=status)
        made = replace(made, source=Source("fhir", "s", step.record), natural_key=step.record + step.part)
        return Delivery(CanonicalRecord("r", (replace(made, available_time=_at(step.time)),)))
    if isinstance(step, Whole):
        version = RecordVersion("s", step.record, step.version, _at(step.time), step.deleted)
        return Delivery(CanonicalRecord("r", versions=(version,)))
    link = PatientLink(tuple(step.names), step.withdrawn, step.version, _at(step.time), "s", step.record)
    return Delivery(CanonicalRecord("r", links=(link,)))


class Player:
    """One store for many histories, a tenant each."""

    def __init__(self, store: RecordStore) -> None:
        self.store = store
        self._numbers = count()

    def play(self, steps: list[Any], size: int = 3) -> str:
        """The tenant whose record it became."""
        tenant = f"t{next(self._numbers)}"
        for start in range(0, len(steps), size):
            self.store.append(tenant, [_delivery(step) for step in steps[start : start + size]])
        return tenant

    def export(self, tenant: str, at: int | None) -> list[bytes]:
        """Everything that a caller can see, without what names tenant and moment of arrival."""
        lines = []
        for patient, _ in self.store.list_patients(tenant, "", 99):
            lines.append("|".join((patient.canonical, *patient.identifiers)).encode())
            chart = states(self.store.history(patient), _at(at))
            lines += sorted(codec.encode_event(replace(e, event_key="", recorded_at=None)) for e in chart)
        return lines

    def said(self, tenant: str, at: int | None) -> dict[frozenset[str], Shown]:
        """As the oracle says it; each shown content is one of those that may claim the place."""
        charts = {}
        for patient, _ in self.store.list_patients(tenant, "", 99):
            chart: dict[tuple[str, str], Any] = {}
            for event in states(self.store.history(patient), _at(at)):
                assert patient.owns(event.patient)
                assert event.quantity is not None
                known = event.available_time
                hour = None if known is None else (known.unix_micros - START) // HOUR
                fact = event.source.record_id, event.natural_key.removeprefix(event.source.record_id)
                chart[fact] = event.version, hour, int(event.quantity.value), event.conflicting
            charts[frozenset(patient.identifiers)] = chart
        return charts


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Player]:
    opened = Database(f"sqlite:///{tmp_path_factory.mktemp('histories')}/record.db")
    opened.engine.dispose()
    listen(opened.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    yield Player(RecordStore(opened))
    opened.close()


def _apart(steps: list[Any]) -> list[Step]:
    """Each thing that is said as a step of its own."""
    return [part for step in steps for part in (step if isinstance(step[0], tuple) else (step,))]


def check_order(player: Player, steps: list[Any], randomness: random.Random) -> None:
    """Any order, repetition and size of requests ends in the same bytes, at every time."""
    straight = player.play(steps)
    shuffled = steps + randomness.choices(steps, k=3)
    randomness.shuffle(shuffled)
    other = player.play(shuffled, randomness.randint(1, 4))
    for at in MOMENTS:
        assert player.export(straight, at) == player.export(other, at)


def check_oracle(player: Player, steps: list[Any], randomness: random.Random) -> None:
    """Patients and charts are those of the oracle; a place that several contents claim is marked as conflicting."""
    tenant = player.play(randomness.sample(steps, len(steps)))
    steps = _apart(steps)
    named = {step.patient for step in steps if isinstance(step, Told)}
    groups = [group for group in patients(steps) if group & named]
    for at in MOMENTS:
        charts = player.said(tenant, at)
        assert set(charts) == set(groups)
        for group in groups:
            expected = shown(steps, group, at)
            assert charts[group].keys() == expected.keys()
            for fact, (*content, conflicting) in charts[group].items():
                assert tuple(content) in expected[fact]
                # Identifiers of one patient may tell the same: that is content, too.
                assert conflicting or len(expected[fact]) == 1


def check_as_of(player: Player, steps: list[Any], randomness: random.Random) -> None:
    """As of a time is the state of a store that never heard of anything later, but for retractions and identities."""
    own = [s._replace(patient=NAMES[s.record == RECORDS[1]]) if isinstance(s, Told) else s for s in _apart(steps)]
    tenant = player.play(own)
    for at in (0, 2, 4):
        heard = player.play(_by(own, at))
        assert _some(player.said(tenant, at)) == _some(player.said(heard, None))


def _some(charts: dict[frozenset[str], Any]) -> dict[frozenset[str], Any]:
    """Without patients of whom nothing is shown."""
    return {patient: chart for patient, chart in charts.items() if chart}


def _by(steps: list[Any], at: int) -> list[Step]:
    def is_heard(step: Step) -> bool:
        acts_backwards = isinstance(step, Word) or (isinstance(step, Told) and step.retracted)
        if isinstance(step, Whole):
            acts_backwards = step.deleted or step.record == "Patient/1"
        return acts_backwards or step.time is None or step.time <= at

    return [step for step in steps if is_heard(step)]


CHECKS: list[Callable[[Player, list[Step], random.Random], None]] = [check_order, check_oracle, check_as_of]
_PLAIN = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("check", CHECKS)
@settings(max_examples=100, deadline=None, suppress_health_check=_PLAIN)
@given(steps=histories, randomness=st.randoms(use_true_random=False))
def test_histories(player: Player, check: Callable[..., None], steps: list[Any], randomness: random.Random) -> None:
    check(player, steps, randomness)


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("check", CHECKS)
@settings(max_examples=10_000, deadline=None, suppress_health_check=_PLAIN, phases=(Phase.generate, Phase.shrink))
@given(steps=histories, randomness=st.randoms(use_true_random=False))
def test_ten_thousand_histories(
    player: Player, check: Callable[..., None], steps: list[Any], randomness: random.Random
) -> None:
    check(player, steps, randomness)
