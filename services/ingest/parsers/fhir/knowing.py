"""When the source's chart knew a fact, and what of it only later.

`available_time` decides what an answer or a prediction as of some moment may see, so a guess must neither leak a later
fact nor hide an earlier one:

    resource                                 stated time             without it
    Observation, DiagnosticReport            issued                  end of effective[x]
    Condition, AllergyIntolerance            recordedDate            end of onset[x]
    MedicationRequest                        authoredOn              start of the validity period
    MedicationStatement                      dateAsserted            end of effective[x]
    MedicationAdministration                                         end of effective[x]
    MedicationDispense                       whenHandedOver          whenPrepared
    Immunization                             recorded                end of occurrence[x]
    Procedure                                                        end of performed[x]
    DocumentReference                        date                    end of context.period
    Specimen                                 receivedTime            end of collection
    Encounter                                                        start of period; its end for the end
    Patient                                  known since always; deceased at the time of death

- A fact is not known before it is over: of the stated time and the end of the clinical time, the later one counts. A
  partial date is over when its day, month or year is.
- `meta.lastUpdated` may be the date of an export, years off the de-identified record it dates. It counts only when it
  falls within 30 days after the other times: then it is the server's own clock and knows corrections.
- A fact with no time at all keeps none; the record dates it by its encounter.
- An end that comes after a fact was known (discharge, a resolved problem, a stopped drug) makes two versions: one
  without the end, one with it.
"""

from collections.abc import Iterator
from dataclasses import replace

from chartline.record.event import RETRACTIONS, Event, Instant, TimePrecision
from chartline.record.times import DAY, interval_end

_SERVER_CLOCK = 30 * DAY


def known_at(stated: Instant | None, happened: Instant | None, last_updated: Instant | None) -> Instant | None:
    """The instant from which the chart knew the fact; None when the resource does not say."""
    known = max(filter(None, (stated, happened)), key=interval_end, default=None)
    if known is None:
        return None
    over = interval_end(known)
    if last_updated is not None and over <= interval_end(last_updated) <= over + _SERVER_CLOCK:
        return last_updated
    return replace(known, unix_micros=over, precision=max(known.precision, TimePrecision.SECOND))


def told_twice(event: Event, later: frozenset[str]) -> Iterator[Event]:
    """The versions of a fact whose end is learnt later; attributes in `later` are learnt with the end.

    The first telling stands one below the event's version: `resource.version_of` leaves that place free.
    """
    start = event.available_time or event.time
    if event.end_time is None or event.status in RETRACTIONS:
        yield event
        return
    over = known_at(event.available_time, event.end_time, None)
    assert over is not None
    if start is not None and interval_end(start) < interval_end(over):
        yield replace(
            event,
            version=None if event.version is None else event.version - 1,
            end_time=None,
            available_time=known_at(None, start, None),
            attributes=tuple(a for a in event.attributes if a.name not in later),
        )
    yield replace(event, available_time=over)
