"""What the profiles of MIMIC-IV on FHIR say beyond FHIR (mimic.mit.edu/fhir/mimic), as data."""

from chartline.record.kinds import EventKind

_PROFILE = "http://mimic.mit.edu/fhir/mimic/StructureDefinition/"

#: Profiles that decide the kind where the resource alone does not.
PROFILE_KINDS = {
    _PROFILE + "mimic-observation-labevents": EventKind.LABORATORY,
    _PROFILE + "mimic-observation-chartevents": EventKind.VITAL,
    _PROFILE + "mimic-observation-datetimeevents": EventKind.VITAL,
    _PROFILE + "mimic-observation-outputevents": EventKind.OUTPUT,
    _PROFILE + "mimic-observation-micro-test": EventKind.MICROBIOLOGY,
    _PROFILE + "mimic-observation-micro-org": EventKind.MICROBIOLOGY,
    _PROFILE + "mimic-observation-micro-susc": EventKind.MICROBIOLOGY,
    _PROFILE + "mimic-medication-administration-icu": EventKind.INTAKE,
}

#: The Encounter whose identifier is of this system is a stay in intensive care.
ICU_STAY = "http://mimic.mit.edu/fhir/mimic/identifier/encounter-icu"
#: The profile whose Observation is an organism grown in the test it is derived from.
ORGANISM_PROFILE = _PROFILE + "mimic-observation-micro-org"
#: The profile whose Observation is one antibiotic tested on an organism.
SUSCEPTIBILITY_PROFILE = _PROFILE + "mimic-observation-micro-susc"
#: The smallest amount of the antibiotic that stops the organism.
DILUTION = _PROFILE + "dilution-details"

_CODE_SYSTEM = "http://mimic.mit.edu/fhir/mimic/CodeSystem/"

#: Medication.identifier of this system is the drug's name; its code is an NDC without a display.
DRUG_NAME = _CODE_SYSTEM + "mimic-medication-name"
#: Administrations name a drug by this code alone; a Medication with the same identifier knows its name.
FORMULARY_CODE = _CODE_SYSTEM + "mimic-medication-formulary-drug-cd"
#: Medication.identifier of a mixture: `name--formulary code--NDC` of each part, joined by underscores.
MIXTURE = "http://mimic.mit.edu/fhir/mimic/identifier/medication-mix"


def mixture_name(value: str) -> str:
    """`Vancomycin--VANC500I--00409433249_5% Dextrose--D5W500--00338001703` is `Vancomycin + 5% Dextrose`."""
    return " + ".join(part.split("--", 1)[0].strip() for part in value.split("_"))
