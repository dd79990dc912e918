"""What a chart says at a time: all versions of each fact, in whatever order they came, become its state.

    versions of one event_key, in their order (version, else available_time)

      v1 final ──── v2 corrected ──── v3 entered in error ──── v4 final
      never shown   never shown       hides all up to itself   shown when as_of reaches its available_time

Only a retraction acts backwards: no as_of shows what it withdrew, and an older version that arrives later resurrects
nothing. Every other version is seen from its available_time on.
"""

from collections.abc import Iterable
from dataclasses import replace

from chartline.record.event import RETRACTIONS, Event, Instant
from chartline.record.identity import content_hash
from chartline.record.times import EARLIEST, LATEST, interval_end, local_micros
from chartline.record.undated import VISITS, dated_by_visit, visits_of

_Order = tuple[int, int]


def states(versions: Iterable[Event], as_of: Instant | None = None) -> list[Event]:
    """The events that a chart shows at `as_of` (None: as it is known now), in order of event_key.

    `versions` are any versions of any facts, in any order, with repeats. Undated facts of a visit are dated by it.
    """
    facts: dict[str, list[Event]] = {}
    for version in versions:
        facts.setdefault(version.event_key, []).append(version)
    shown = [event for key in sorted(facts) if (event := state(facts[key], as_of)) is not None]
    if as_of is None:
        visits = visits_of(shown)
        return [dated_by_visit(event, visits) or event for event in shown]
    # Whether a visit is over is asked of what is known by now: one that as_of does not show yet has not ended then.
    visits = visits_of(event for known in facts.values() if known[0].kind in VISITS and (event := state(known)))
    dated = (dated_by_visit(event, visits) for event in shown)
    return [event for event in dated if event is not None and is_known(event, as_of)]


def state(versions: list[Event], as_of: Instant | None = None) -> Event | None:
    """One fact's state, from all its versions; None where nothing is known of it, or it was retracted."""
    if len(versions) == 1:
        only = versions[0]
        return only if only.status not in RETRACTIONS and is_known(only, as_of) else None
    retracted = max((_order(v) for v in versions if v.status in RETRACTIONS), default=None)
    candidates = [v for v in versions if is_known(v, as_of) and (retracted is None or _order(v) > retracted)]
    return _highest(candidates) if candidates else None


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
    """By the source's version; where it has none, by when the source knew it.

    A fact known since always is the oldest; a retraction that does not say when it was made is the last word.
    """
    version = -1 if event.version is None else event.version
    if event.available_time is None:
        return version, LATEST if event.status in RETRACTIONS else EARLIEST
    return version, interval_end(event.available_time)


def _recorded(event: Event) -> int:
    return LATEST if event.recorded_at is None else event.recorded_at.unix_micros
