"""What words of a question mean as ObservationInterpretation codes, for filters on the interpretation of a result.

Source: HL7 Terminology, CodeSystem v3-ObservationInterpretation, https://terminology.hl7.org.
"""

#: Also of what lies past a threshold or off the scale; a critical or significant value is high or low, too.
_HIGH = frozenset({"H", "HH", "HU", "HX", ">"})
_LOW = frozenset({"L", "LL", "LU", "LX", "<"})
#: Abnormal, nobody says in which direction.
UNDIRECTED = frozenset({"A", "AA"})
#: word -> the codes that it covers.
CODES_OF_WORD: dict[str, frozenset[str]] = {
    "normal": frozenset({"N"}),
    "high": _HIGH,
    "low": _LOW,
    "abnormal": UNDIRECTED | _HIGH | _LOW,
    "critical": frozenset({"AA", "HH", "LL"}),
    "critically high": frozenset({"HH"}),
    "critically low": frozenset({"LL"}),
    "critically abnormal": frozenset({"AA"}),
    "susceptible": frozenset({"S"}),
    "sensitive": frozenset({"S"}),
    "resistant": frozenset({"R"}),
    "intermediate": frozenset({"I"}),
}
