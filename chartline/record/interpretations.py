"""What words of a question mean as ObservationInterpretation codes, for filters on the interpretation of a result.

Source: HL7 Terminology, CodeSystem v3-ObservationInterpretation, https://terminology.hl7.org.
"""

#: word -> the codes that it covers; a critical value is abnormal, too.
CODES_OF_WORD: dict[str, frozenset[str]] = {
    "normal": frozenset({"N"}),
    "high": frozenset({"H", "HH"}),
    "low": frozenset({"L", "LL"}),
    "abnormal": frozenset({"A", "AA", "H", "HH", "L", "LL"}),
    "critical": frozenset({"AA", "HH", "LL"}),
    "critically high": frozenset({"HH"}),
    "critically low": frozenset({"LL"}),
    "critically abnormal": frozenset({"AA"}),
    "susceptible": frozenset({"S"}),
    "sensitive": frozenset({"S"}),
    "resistant": frozenset({"R"}),
    "intermediate": frozenset({"I"}),
}
