"""How units are written in an answer: UCUM codes with a name of their own, the shown form first, then its synonyms."""

#: https://ucum.org/ucum, tables 4-11 and 2 (annotations in braces are not units). Lower-case synonyms match any case.
UNIT_WORDS: dict[str, tuple[str, ...]] = {
    "1": ("",),
    "%": ("%", "percent", "per cent"),
    "mm[Hg]": ("mmHg", "mm[Hg]", "mm Hg"),
    "mmHg": ("mmHg", "mm Hg"),
    "cm[H2O]": ("cmH2O", "cm[H2O]"),
    "Cel": ("°C", "Cel", "degrees celsius"),
    "[degF]": ("°F", "[degF]", "degrees fahrenheit"),
    "°F": ("°F", "degrees fahrenheit"),
    "°C": ("°C", "degrees celsius"),
    "{beats}/min": ("bpm", "beats per minute", "beats/min"),
    "bpm": ("bpm", "beats per minute"),
    "{breaths}/min": ("breaths/min", "breaths per minute"),
    "a": ("years", "year", "years old", "year old", "year-old"),
    "mo": ("months", "month"),
    "wk": ("weeks", "week"),
    "d": ("days", "day"),
    "h": ("hours", "hour", "h"),
    "min": ("minutes", "minute", "min"),
    "s": ("seconds", "second", "s"),
    "mg/dL": ("mg/dL", "milligrams per deciliter"),
    "10*3/uL": ("10^3/uL", "10*3/uL", "K/uL"),
    "10*6/uL": ("10^6/uL", "10*6/uL", "m/uL"),
    "[lb_av]": ("lb", "[lb_av]", "pounds"),
    "[in_i]": ("in", "[in_i]", "inches"),
    "[iU]": ("IU", "[iU]", "international units"),
    "kg": ("kg", "kilograms"),
    "mL": ("mL", "milliliters"),
    "mg": ("mg", "milligrams"),
    "g": ("g", "grams"),
}


def unit_forms(unit: str) -> tuple[str, ...]:
    """Every way to write the unit; the first is the shown one."""
    return UNIT_WORDS.get(unit, (unit,))


def with_unit(number: str, unit: str) -> str:
    shown = unit_forms(unit)[0]
    if not shown:
        return number
    return f"{number}{shown}" if shown == "%" else f"{number} {shown}"
