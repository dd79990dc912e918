"""Dosage: how much of a drug, by which way, how often."""

from collections.abc import Iterable

from chartline.record.event import Quantity
from services.ingest.parsers.fhir import elements, reading
from services.ingest.parsers.fhir.elements import CodeableConcept, Dosage, DoseAndRate, Element, Ratio, Timing
from services.ingest.parsers.fhir.resource import Facts


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


def dose_of(dosages: tuple[Dosage, ...]) -> Quantity | None:
    """The first dose that is one amount."""
    return next(filter(None, (reading.quantity(d.dose_quantity) for d in _doses(dosages))), None)


def dose_facts(dosages: tuple[Dosage, ...]) -> Facts:
    """Route, frequency and rate of the first dosage that says them."""
    return {
        "route": _first(reading.words(d.route) for d in dosages),
        "frequency": _first(_frequency(d) for d in dosages),
        "rate": next((rate for d in _doses(dosages) if (rate := _rate(d))), None),
    }


def dosing_words(dosages: tuple[Dosage, ...]) -> str:
    """The instructions as they were written; of a dose range, which is no single amount, its two ends.

    The first dosage is told by the event itself; what further ones say without words of their own is told here.
    """
    said = [d.text or d.patient_instruction or (_further(d) if number else "") for number, d in enumerate(dosages)]
    said += [f"dose {reading.range_words(d.dose_range)}" for d in _doses(dosages) if d.dose_range]
    return "\n".join(filter(None, said))


def _further(dosage: Dosage) -> str:
    amounts = [reading.amount_words(d.dose_quantity) for d in dosage.dose_and_rate]
    said = [*amounts, reading.words(dosage.route), _frequency(dosage)]
    return f"then {' '.join(filter(None, said))}" if any(said) else ""


def _doses(dosages: tuple[Dosage, ...]) -> list[DoseAndRate]:
    return [dose for dosage in dosages for dose in dosage.dose_and_rate]


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")


def _rate(dose: DoseAndRate) -> Quantity | str | None:
    if dose.rate_ratio:
        return reading.ratio_words(dose.rate_ratio)
    return reading.range_words(dose.rate_range) if dose.rate_range else reading.quantity(dose.rate_quantity)


def _frequency(dosage: Dosage) -> str:
    """`BID`, `2 times every 1 d`, `every 8 h`, with `as needed` where it is."""
    needed = "as needed" if dosage.as_needed_boolean else ""
    if dosage.as_needed_codeable_concept:
        needed = f"as needed for {reading.words(dosage.as_needed_codeable_concept)}"
    return " ".join(filter(None, (timing_words(dosage.timing) if dosage.timing else "", needed)))


def timing_words(timing: Timing) -> str:
    if said := reading.words(timing.code):
        return said
    repeat = timing.repeat
    if repeat is None:
        return ""
    every = f"every {repeat.period} {repeat.period_unit}" if repeat.period is not None else ""
    times = f"{repeat.frequency} times" if (repeat.frequency or 0) > 1 else ""
    return " ".join(filter(None, (times, every, " ".join(repeat.when))))
