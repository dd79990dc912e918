"""What the codes of HL7's own tables mean to Chartline: `tables.toml`, read once."""

import tomllib
from pathlib import Path
from typing import Any

from chartline.record.event import EventStatus
from chartline.record.kinds import EventKind

_DATA: dict[str, Any] = tomllib.loads((Path(__file__).parent / "tables.toml").read_text("utf-8"))


def _words(name: str) -> dict[str, str]:
    return {str(code): str(word) for code, word in _DATA[name].items()}


def _inverted(name: str) -> dict[str, str]:
    """From lists of codes under a word to the word of each code."""
    return {code: word for word, codes in _DATA[name].items() for code in codes}


def _statuses(name: str) -> dict[str, EventStatus]:
    return {code: EventStatus[word] for code, word in _words(name).items()}


#: Message type → family; those that carry nothing of a record → why.
MESSAGES = _inverted("messages")
WITHOUT_EVENTS = _inverted("without_events")
#: Segments that become no event.
WITHOUT_CONTENT = frozenset(_inverted("without_content"))

CHARACTER_SETS = _words("character_sets")
CODING_SYSTEMS = _words("coding_systems")
SHARED_IDENTIFIERS = frozenset(_DATA["identifiers"]["shared"])
LOCAL_IDENTIFIERS = frozenset(_DATA["identifiers"]["local"])

SEXES = _words("sexes")
RACES = _words("races")
ETHNICITIES = _words("ethnicities")
MARITAL_STATUSES = _words("marital_statuses")

PATIENT_CLASSES = _words("patient_classes")
ADMISSION_TYPES = _words("admission_types")
ADMIT_SOURCES = _words("admit_sources")
DISPOSITIONS = _words("dispositions")
VISIT_TRIGGERS: dict[str, dict[str, Any]] = _DATA["visit_triggers"]
IDENTITY_TRIGGERS = _words("identity_triggers")

RESULT_STATUSES = _statuses("result_statuses")
REPORT_STATUSES = _statuses("report_statuses")
SERVICE_KINDS = {code: EventKind[kind] for code, kind in _inverted("service_kinds").items()}
SERVICES = _words("services")
VITAL_CODES = frozenset(_DATA["vitals"]["loinc"])
VITAL_NAMES = frozenset(_DATA["vitals"]["names"])
MICROBIOLOGY_CODES = frozenset(_DATA["microbiology"]["loinc"])
INTERPRETATIONS = _words("interpretations") | _words("interpretation_words")
SUSCEPTIBILITIES = _words("susceptibilities")

ORDER_CONTROLS = _words("order_controls")
ORDER_STATUSES = _words("order_statuses")
ORDER_EVENT_STATUSES = _statuses("order_event_statuses")
PRIORITIES = _words("priorities")
ROUTES = _words("routes")
COMPLETION_STATUSES = _statuses("completion_statuses")
COMPLETION_WORDS = _words("completion_words")

ALLERGY_TYPES = _words("allergy_types")
ALLERGY_SEVERITIES = _words("allergy_severities")
ALLERGY_CLINICAL_STATUSES = _words("allergy_clinical_statuses")
ALLERGY_STATUSES = _statuses("allergy_statuses")
DIAGNOSIS_TYPES = _words("diagnosis_types")
PROCEDURE_TYPES = _words("procedure_types")
ACTION_CODES = _statuses("action_codes")
CREDITS = frozenset(_DATA["transactions"]["credits"])

DOCUMENT_STATUSES = _statuses("document_statuses")
DOCUMENT_AVAILABILITIES = _statuses("document_availabilities")
DOCUMENT_TYPES = _words("document_types")

APPOINTMENT_TRIGGERS = _words("appointment_triggers")
APPOINTMENT_FILLERS = _words("appointment_fillers")
APPOINTMENT_STATUSES = _statuses("appointment_statuses")
