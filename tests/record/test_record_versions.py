"""Versions become a state: order and repeats do not matter, nothing is seen early, retractions alone act backwards."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_charts import event, histories, lab, moments

from chartline.record.event import RETRACTIONS, Event, EventStatus, Instant, Quantity
from chartline.record.identity import canonical_bytes, content_hash
from chartline.record.kinds import EventKind
from chartline.record.times import LATEST, interval_end, parse_instant
from chartline.record.versions import is_known, state, states

AS_OFS = st.none() | moments(st.integers(-1, 100))


def dump(events: list[Event]) -> bytes:
    """Canonical: what an export writes."""
    return b"\n".join(e.event_key.encode() + canonical_bytes(e) + str(e.conflicting).encode() for e in events)


@given(histories(), st.randoms(use_true_random=False), AS_OFS)
def test_any_order_and_any_repetition_end_in_the_same_state(history, random, as_of) -> None:
    delivered = history + [random.choice(history) for _ in history]
    random.shuffle(delivered)
    assert dump(states(delivered, as_of)) == dump(states(history, as_of))


@given(histories(), AS_OFS)
def test_nothing_is_seen_before_its_available_time(history, as_of) -> None:
    for shown in states(history, as_of):
        limit = LATEST if as_of is None else as_of.unix_micros
        assert shown.available_time is None or interval_end(shown.available_time) <= limit


@given(histories(), histories(retractions=False), moments(st.integers(0, 90)))
def test_what_comes_later_changes_nothing_but_by_retraction(history, later, as_of) -> None:
    late = [replace(e, available_time=Instant(as_of.unix_micros + 1)) for e in later]
    assert dump(states([*history, *late], as_of)) == dump(states(history, as_of))


@given(histories(retractions=False), AS_OFS, st.sampled_from(sorted(RETRACTIONS)), st.integers(0, 11))
def test_a_retraction_hides_the_fact_at_every_time(history, as_of, status, which) -> None:
    if not history:
        return
    withdrawn = history[which % len(history)].event_key
    known = [e.version for e in history if e.version is not None]
    last = replace(
        next(e for e in history if e.event_key == withdrawn),
        status=status,
        version=max(known, default=0) + 1,
        available_time=parse_instant("2199-01-01"),
    )
    shown = states([*history, last], as_of)
    assert withdrawn not in {e.event_key for e in shown}
    assert dump(shown) == dump([e for e in states(history, as_of) if e.event_key != withdrawn])


@given(histories())
def test_the_highest_version_is_shown(history) -> None:
    for shown in states(history):
        rivals = [e.version for e in history if e.event_key == shown.event_key]
        if all(v is not None for v in rivals):
            assert shown.version == max(v for v in rivals if v is not None)


# --- by hand ---------------------------------------------------------------------------------------------------------


def versioned(version: int | None, value: str, known: str = "2100-01-01", **changes: object) -> Event:
    made = lab("creatinine", "2100-01-01 08:00:00", value, key="fact", known=known, version=version)
    return replace(made, **changes)  # type: ignore[arg-type]


def shown(history: list[Event], as_of: str | None = None) -> str:
    found = state(history, parse_instant(as_of) if as_of else None)
    return "" if found is None or found.quantity is None else found.quantity.value + "!" * found.conflicting


def test_without_versions_the_later_knowledge_decides() -> None:
    history = [versioned(None, "1.2", "2100-01-03"), versioned(None, "1.1", "2100-01-02")]
    assert shown(history) == "1.2"
    assert shown(history, "2100-01-02") == "1.1"
    assert shown(history, "2100-01-01") == ""


def test_an_older_version_that_arrives_later_resurrects_nothing() -> None:
    retraction = versioned(2, "1.1", "2100-01-03", status=EventStatus.ENTERED_IN_ERROR)
    assert shown([retraction]) == ""
    assert shown([retraction, versioned(1, "1.1", "2100-01-02")]) == ""
    assert shown([retraction, versioned(1, "1.1", "2100-01-09")], "2100-01-02") == ""


def test_what_is_said_again_after_a_retraction_is_seen_from_then_on() -> None:
    history = [
        versioned(1, "1.1", "2100-01-01"),
        versioned(2, "1.1", "2100-01-03", status=EventStatus.WRONG_PATIENT),
        versioned(3, "1.3", "2100-01-05"),
    ]
    assert [shown(history, day) for day in ("2100-01-02", "2100-01-04", "2100-01-05")] == ["", "", "1.3"]


def test_a_retraction_without_version_and_time_is_the_last_word() -> None:
    retraction = versioned(None, "1.1", status=EventStatus.ENTERED_IN_ERROR, available_time=None)
    assert shown([versioned(None, "1.1", "2100-01-09"), retraction]) == ""


def test_cancelled_is_a_state_like_others() -> None:
    cancelled = versioned(2, "1.1", "2100-01-05", status=EventStatus.CANCELLED)
    history = [versioned(1, "1.1", "2100-01-02"), cancelled]
    assert state(history) == cancelled
    assert state(history, parse_instant("2100-01-03")) == history[0]


@pytest.mark.parametrize("version", [None, 4])
def test_contents_that_claim_the_same_place_conflict(version: int | None) -> None:
    history = [versioned(version, value) for value in ("1.1", "1.2", "1.3")]
    expected = max(history, key=content_hash)
    assert state(history) == replace(expected, conflicting=True)
    assert state(history[::-1]) == replace(expected, conflicting=True)
    settled = versioned(5, "1.9", "2100-01-02")
    assert shown([*history, settled]) == "1.9"


def test_the_same_content_twice_is_no_conflict_and_stays_as_first_recorded() -> None:
    first, again = (replace(versioned(1, "1.1"), recorded_at=Instant(at)) for at in (5, 9))
    assert state([again, first]) == first == state([first, again])


def test_a_partial_date_is_known_when_it_is_over() -> None:
    vague = versioned(1, "1.1", "2100-02")
    assert not is_known(vague, parse_instant("2100-02-20 10:00:00"))
    assert not is_known(vague, parse_instant("2100-02-27"))
    assert is_known(vague, parse_instant("2100-02"))
    assert is_known(vague, parse_instant("2100-03-01 00:00:00"))


def test_times_without_a_zone_are_compared_on_the_clock_of_as_of() -> None:
    naive, zoned = versioned(1, "1.1", "2100-01-01 10:00:00"), versioned(1, "1.1", "2100-01-01 10:00:00-05:00")
    assert is_known(naive, parse_instant("2100-01-01 10:00:00-05:00"))
    assert not is_known(naive, parse_instant("2100-01-01 09:59:59-05:00"))
    assert is_known(zoned, parse_instant("2100-01-01 15:00:00Z"))
    assert not is_known(zoned, parse_instant("2100-01-01 14:59:59Z"))


def test_what_has_no_available_time_was_always_known() -> None:
    person = event(EventKind.PATIENT, key="patient")
    assert is_known(person, parse_instant("1900"))
    assert replace(person, quantity=Quantity("1")).event_key == person.event_key
