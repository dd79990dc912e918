"""The second guard: whatever a query selected, an event leaves only for the patient it names (step 8 of the design)."""

from chartline.logs import get_logger
from chartline.record.event import Event
from chartline.record.result import PlanResult
from chartline.telemetry import chartline_encoder_foreign_hits
from services.encoder.record.crosswalk import Patient

_log = get_logger(__name__)


def is_owned(patient: Patient, event: Event) -> bool:
    """False is counted and logged as an error: the first guard has failed."""
    if patient.owns(event.patient):
        return True
    chartline_encoder_foreign_hits.inc()
    _log.error("foreign_event", tenant=patient.tenant)
    return False


def check_result(patient: Patient, result: PlanResult) -> PlanResult:
    """The result as it is. Raises RuntimeError when one of its events is another patient's: values may come from it."""
    if not all(is_owned(patient, event) for event in result.events):
        raise RuntimeError("a result holds an event of another patient")
    return result
