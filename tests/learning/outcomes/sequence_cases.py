"""Made-up cases for the tests of outcome models."""

from collections.abc import Sequence

import numpy as np
from generated_stays import Stay, generate_stay
from numpy.typing import NDArray

from chartline.learning.outcomes.cases import Case
from chartline.record.chart import Chart
from chartline.record.event import Event, Instant, Quantity, Source
from chartline.record.identity import event_key
from chartline.record.kinds import EventKind
from chartline.record.times import HOUR

NOW = Instant(1_000_000 * HOUR)
_SOURCE = Source("made-up", "cases", "")


def event(patient: str, number: int, name: str, hours_before: float, value: str = "") -> Event:
    at = Instant(NOW.unix_micros - int(hours_before * HOUR))
    return Event(
        patient=patient,
        kind=EventKind.LABORATORY,
        source=_SOURCE,
        natural_key=str(number),
        display=name,
        time=at,
        available_time=at,
        quantity=Quantity(value, "mg/dL") if value else None,
        event_key=event_key("made-up", patient, str(number)),
    )


def case(patient: str, events: Sequence[Event], label: bool) -> Case:
    return Case(patient, NOW, Chart.build(events, as_of=NOW), label)


def noise(number: int, rng: np.random.Generator, events: int) -> list[Event]:
    """Events that say nothing about any label."""
    patient = f"Patient/{number}"
    return [
        event(patient, n, f"test {rng.integers(12)}", float(rng.uniform(0, 96)), f"{rng.normal(100, 20):.1f}")
        for n in range(events)
    ]


def random_cases(count: int, seed: int, events: int = 12) -> list[Case]:
    """Labels are a coin's: nothing but learning by heart can tell them."""
    rng = np.random.default_rng(seed)
    return [case(f"Patient/{n}", noise(n, rng, events), bool(n % 2)) for n in range(count)]


def planted_cases(count: int, seed: int, events: int = 12) -> list[Case]:
    """A third has one event "troponin", and these are the positive ones."""
    rng = np.random.default_rng(seed)
    cases = []
    for number in range(count):
        found = noise(number, rng, events)
        if positive := number % 3 == 0:
            found.append(event(f"Patient/{number}", events, "troponin", float(rng.uniform(0, 96))))
        cases.append(case(f"Patient/{number}", found, positive))
    return cases


def stay_cases(count: int, first: int = 0) -> list[Case]:
    """Generated stays a day after admission; the label is a stay of more than a week."""
    return [stay_case(generate_stay(first + n), first + n) for n in range(count)]


def stay_case(stay: Stay, number: int) -> Case:
    at = Instant(stay.admitted.unix_micros + int(24 * HOUR))
    return Case(f"Patient/{number}", at, Chart.build(stay.events, as_of=at), stay.long)


def embed(sentences: Sequence[str]) -> NDArray[np.float32]:
    """A vector of length one for each sentence, told apart by its words alone."""
    rows = []
    for said in sentences:
        rng = np.random.default_rng(int.from_bytes(said.encode()[-24:], "little"))
        row = rng.normal(size=16)
        rows.append(row / np.linalg.norm(row))
    return np.array(rows, dtype=np.float32).reshape(len(rows), 16)
