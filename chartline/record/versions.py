"""What a chart says at a time: all versions of each fact, in whatever order they came, become its state.

    versions of one event_key, in their order (version, else available_time)

      v1 final ──── v2 corrected ──── v3 entered in error ──── v4 final
      never shown   never shown       hides all up to itself   shown when as_of reaches its available_time

Only a retraction acts backwards: no as_of shows what it withdrew, and an older version that arrives later resurrects
nothing. Every other version is seen from its available_time on; one that says REMOVED shows nothing from then on.
Facts of a visit without a time of their own are dated by it (`undated`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chartline.record.event import RETRACTIONS, WITHDRAWALS, Event, EventStatus, Instant
from chartline.record.identity import content_hash
from chartline.record.times import EARLIEST, LATEST, interval_end, local_micros
from chartline.record.undated import dated_by_visits, is_undated

_Order = tuple[int, int, int]


def states(versions: Iterable[Event], as_of: Instant | None = None) -> list[Event]:
    """The events that a chart shows at `as_of` (None: as it is known now), in order of event_key.

    `versions` are any versions of any facts, in any order, with repeats.
    """
    shown = [event for fact in _facts(versions) if (event := state(fact, as_of)) is not None]
    if not any(map(is_undated, shown)):
        return shown
    dated = dated_by_visits(shown, only_ended=as_of is not None)
    return [event for event in dated if is_known(event, as_of)]


def withdrawn(versions: Iterable[Event], as_of: Instant | None = None) -> list[Event]:
    """Stubs of the facts that a chart at `as_of` does not show because they were withdrawn, in order of event_key.

    A stub is the last withdrawal without its content: which fact, of which record, why (`status`), by which version,
    when the source withdrew it (`available_time`) and when the record learnt it (`recorded_at`).
    """
    hidden = (fact for fact in _facts(versions) if state(fact, as_of) is None)
    last = (max((v for v in fact if _withdraws(v, as_of)), key=_word, default=None) for fact in hidden)
    return [stub(version, version.status) for version in last if version is not None]


def stub(version: Event, status: EventStatus) -> Event:
    """The version's identity and times with another status; nothing that it said."""
    return Event(
        patient=version.patient,
        kind=version.kind,
        source=version.source,
        natural_key=version.natural_key,
        available_time=version.available_time,
        status=status,
        version=version.version,
        event_key=version.event_key,
        recorded_at=version.recorded_at,
    )


def word_order(version: int | None, available_time: Instant | None, *, withdrawal: bool) -> tuple[int, int]:
    """By the source's version; where it has none, by when the source knew it.

    What is known since always is the oldest; a withdrawal that does not say when it was made is the last word.
    """
    number = -1 if version is None else version
    if available_time is None:
        return number, LATEST if withdrawal else EARLIEST
    return number, interval_end(available_time)


def state(versions: list[Event], as_of: Instant | None = None) -> Event | None:
    """One fact's state, from all its versions; None where nothing is known of it, or it was retracted."""
    if len(versions) == 1:
        only = versions[0]
        return only if only.status not in WITHDRAWALS and is_known(only, as_of) else None
    retracted = max((_order(v) for v in versions if v.status in RETRACTIONS), default=None)
    candidates = [v for v in versions if is_known(v, as_of) and (retracted is None or _order(v) > retracted)]
    shown = _highest(candidates) if candidates else None
    return None if shown is None or shown.status is EventStatus.REMOVED else shown


def is_known(event: Event, as_of: Instant | None) -> bool:
    """Whether the source's chart knew it then. A time without a zone is compared on the local clock of `as_of`."""
    available = event.available_time
    if as_of is None or available is None:
        return True
    limit = interval_end(as_of)
    if available.offset_minutes is None:
        limit += local_micros(as_of) - as_of.unix_micros
    return interval_end(available) <= limit


def _highest(candidates: list[Event]) -> Event:
    """Of several contents that claim the same place, the one with the highest hash; it is marked as conflicting."""
    top = max(map(_order, candidates))
    # Of the same content delivered twice the first delivery stays, so that the order of arrival does not matter.
    claims: dict[str, Event] = {}
    for version in candidates:
        if _order(version) == top:
            digest = content_hash(version)
            claims[digest] = min(claims.get(digest, version), version, key=_recorded)
    shown = claims[max(claims)]
    return replace(shown, conflicting=True) if len(claims) > 1 else shown


def _order(event: Event) -> _Order:
    """A removal stands before all that was sent with the same version of its record: that is still there."""
    if event.status is EventStatus.REMOVED:
        return (event.version, EARLIEST, 0) if event.version is not None else (*_said(event), 0)
    return *_said(event), 1


def _said(event: Event) -> tuple[int, int]:
    return word_order(event.version, event.available_time, withdrawal=event.status in RETRACTIONS)


def _facts(versions: Iterable[Event]) -> Iterator[list[Event]]:
    facts: dict[str, list[Event]] = {}
    for version in versions:
        facts.setdefault(version.event_key, []).append(version)
    return (facts[key] for key in sorted(facts))


def _withdraws(version: Event, as_of: Instant | None) -> bool:
    return version.status in RETRACTIONS or (version.status is EventStatus.REMOVED and is_known(version, as_of))


def _word(version: Event) -> tuple[_Order, str]:
    return _order(version), content_hash(version)


def _recorded(event: Event) -> int:
    return LATEST if event.recorded_at is None else event.recorded_at.unix_micros
