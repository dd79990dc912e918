"""Whether a model knows the future: everything after the prediction time is changed, and no bit may change."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from outcome_charts import at

from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.cases import Case
from chartline.record.event import Coding, Event, EventStatus, Instant, Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import HOUR

Predict = Callable[[Sequence[Case]], Sequence[object]]
Guard = Callable[[Sequence[Event], Instant], Case]
_STAYS = (EventKind.ENCOUNTER, EventKind.ICU_STAY, EventKind.TRANSFER)


def guarded(versions: Sequence[Event], moment: Instant) -> Case:
    return case_at(versions[0].patient, versions, moment, False)


def leaking(predict: Predict, patients: Sequence[Sequence[Event]], seed: int, guard: Guard = guarded) -> list[int]:
    """Places of the patients whose prediction depends on what came later."""
    rng = random.Random(seed)
    moments = [at(rng.uniform(1, 71)) for _ in patients]
    before = [guard(versions, moment) for versions, moment in zip(patients, moments, strict=True)]
    after = [
        guard(_with_another_future(versions, moment, rng), moment)
        for versions, moment in zip(patients, moments, strict=True)
    ]
    pairs = zip(predict(before), predict(after), strict=True)
    return [place for place, (one, other) in enumerate(pairs) if one != other]


def _with_another_future(versions: Sequence[Event], moment: Instant, rng: random.Random) -> list[Event]:
    """In another order, too. Ends that are known beforehand are changed, but not those of stays."""
    changed: list[Event] = []
    for event in versions:
        known = event.available_time is None or event.available_time.unix_micros <= moment.unix_micros
        if known:
            planned = event.end_time is not None and event.end_time.unix_micros > moment.unix_micros
            changed.append(
                replace(event, end_time=_later(moment, rng)) if planned and event.kind not in _STAYS else event
            )
        elif rng.random() < 0.7:
            changed.append(_another(event, moment, rng))
    changed += [_another(_new(versions[0].patient, number), moment, rng) for number in range(rng.randint(0, 6))]
    rng.shuffle(changed)
    return changed


def _another(event: Event, moment: Instant, rng: random.Random) -> Event:
    """It may even say that it was long ago; all that counts is when it became known."""
    return replace(
        event,
        display=rng.choice((event.display, "lactate", "something else")),
        codings=(*event.codings, Coding("icd10", rng.choice(("I10", "R57.0")))),
        time=_later(moment, rng) if rng.random() < 0.5 else Instant(moment.unix_micros - rng.randrange(HOUR * 90)),
        end_time=_later(moment, rng) if event.end_time else None,
        available_time=_later(moment, rng),
        quantity=Quantity(str(rng.randint(0, 99)), "mmol/L") if rng.random() < 0.8 else None,
        interpretation=rng.choice(("H", "L", "N", "")),
        status=rng.choice((EventStatus.FINAL, EventStatus.CORRECTED, EventStatus.PRELIMINARY, EventStatus.CANCELLED)),
    )


def _new(patient: str, number: int) -> Event:
    from outcome_charts import SOURCE

    kind = (EventKind.LABORATORY, EventKind.CONDITION, EventKind.DEATH, EventKind.ENCOUNTER)[number % 4]
    key = f"future/{number}"
    return Event(patient, kind, SOURCE, key, display="lactate", event_key=f"{patient}/{key}")


def _later(moment: Instant, rng: random.Random) -> Instant:
    return Instant(moment.unix_micros + rng.randrange(1, 500 * HOUR))
