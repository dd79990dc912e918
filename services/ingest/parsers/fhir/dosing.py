"""Dosage: how much of a drug, by which way, how often."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from chartline.record.event import Quantity
from services.ingest.parsers.fhir import elements, reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Dosage, DoseAndRate, Element, Period, Range, Ratio
from services.ingest.parsers.fhir.resource import Facts, Leftover
from services.ingest.parsers.fhir.timing import timing_words


class AdministeredDosage(Element):
    """MedicationAdministration.dosage: one dose that was given."""

    text: str = ""
    route: CodeableConcept | None = None
    method: CodeableConcept | None = None
    dose: elements.Quantity | None = None
    rate_quantity: elements.Quantity | None = None
    rate_ratio: Ratio | None = None

    def as_ordered(self) -> Dosage:
        rate = DoseAndRate(dose_quantity=self.dose, rate_quantity=self.rate_quantity, rate_ratio=self.rate_ratio)
        return Dosage(text=self.text, route=self.route, dose_and_rate=(rate,))


def in_sequence(dosages: Iterable[Dosage]) -> tuple[Dosage, ...]:
    """The dosages in the order in which they are followed: by their numbers, else as they were sent."""
    sent = tuple(dosages)
    if any(dosage.sequence is None for dosage in sent):
        return sent
    return tuple(sorted(sent, key=lambda dosage: dosage.sequence or 0))


def bounds_of(dosage: Dosage) -> Period | None:
    """The outer dates between which the dosage is followed."""
    return dosage.timing.repeat.bounds_period if dosage.timing and dosage.timing.repeat else None


def untold_bounds(dosages: Iterable[Dosage]) -> Iterator[Leftover]:
    """For what has another time than the dosages: dates in words would be known before they came."""
    if any(map(bounds_of, dosages)):
        yield Leftover("timing.repeat.boundsPeriod of a dosage")


def dose_of(dosage: Dosage) -> Quantity | None:
    """The first dose that is one amount."""
    return next(filter(None, (reading.quantity(d.dose_quantity) for d in dosage.dose_and_rate)), None)


def dose_facts(dosage: Dosage) -> Facts:
    rates: Iterator[Quantity | str] = (
        reading.quantity(d.rate_quantity) or _rate_words(d) for d in dosage.dose_and_rate
    )
    return {
        "route": reading.words(dosage.route),
        "frequency": _frequency(dosage),
        "rate": next((rate for rate in rates if rate), None),
    }


def dosing_words(dosages: Sequence[Dosage]) -> str:
    """The instructions as they were written, and what the event has no field for.

    The first dosage is told by the event itself; what further ones say without words of their own is told here.
    """
    first = (words for dosage in dosages[:1] for words in (_written(dosage), *_ranges(dosage), *_limits(dosage)))
    further = (words for pair in pairwise(dosages) for words in _further(*pair))
    return reading.lines(*first, *further)


def _further(before: Dosage, dosage: Dosage) -> Iterator[str]:
    """Dosages of one number are followed together: hl7.org/fhir/R4/dosage.html."""
    together = dosage.sequence is not None and dosage.sequence == before.sequence
    doses = (_dose_words(dose) for dose in dosage.dose_and_rate)
    said = " ".join(filter(None, (*doses, reading.words(dosage.route), _frequency(dosage))))
    yield _written(dosage) or (f"{'and' if together else 'then'} {said}" if said else "")
    yield from _limits(dosage)


def _written(dosage: Dosage) -> str:
    return dosage.text or dosage.patient_instruction


def _ranges(dosage: Dosage) -> Iterator[str]:
    """A range of doses is no single amount: its two ends."""
    return (f"dose {reading.range_words(d.dose_range)}" for d in dosage.dose_and_rate if d.dose_range)


def _limits(dosage: Dosage) -> Iterator[str]:
    limits = (
        (reading.ratio_words(dosage.max_dose_per_period or Ratio()), ""),
        (reading.amount_words(dosage.max_dose_per_administration), " at a time"),
        (reading.amount_words(dosage.max_dose_per_lifetime), " in a lifetime"),
    )
    return (f"at most {amount}{when}" for amount, when in limits if amount)


def _dose_words(dose: DoseAndRate) -> str:
    amount = reading.amount_words(dose.dose_quantity) or reading.range_words(dose.dose_range or Range())
    rate = reading.amount_words(dose.rate_quantity) or _rate_words(dose)
    return " at ".join(filter(None, (amount, rate)))


def _rate_words(dose: DoseAndRate) -> str:
    """A rate that is no single amount."""
    return reading.ratio_words(dose.rate_ratio) if dose.rate_ratio else reading.range_words(dose.rate_range or Range())


def _frequency(dosage: Dosage) -> str:
    """How often, with `as needed` where it is."""
    needed = "as needed" if dosage.as_needed_boolean else ""
    if dosage.as_needed_codeable_concept:
        needed = f"as needed for {reading.words(dosage.as_needed_codeable_concept)}"
    return " ".join(filter(None, (timing_words(dosage.timing) if dosage.timing else "", needed)))
