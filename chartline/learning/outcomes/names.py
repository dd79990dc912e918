"""Words that the command line offers before any library of a model is loaded."""

from enum import StrEnum

#: What every other model is compared with.
REFERENCE = "counts-lightgbm"


class HeldOut(StrEnum):
    """What no two parts of the cases share."""

    PATIENTS = "patients"
    HOSPITALS = "hospitals"
