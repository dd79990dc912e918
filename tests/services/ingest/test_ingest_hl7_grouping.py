"""What belongs together in a message: whose sample a result has, and how much work it takes to know."""

import sys

import pytest
from hl7_messages import PID, message, of_kind, read

from chartline.record.kinds import EventKind
from services.ingest.parsers import parse

ORU = "ORU^R01"
BLOOD, URINE = "SPM|1|||BLD^Blood", "SPM|1|||UR^Urine"


def order(number, *samples, parent=""):
    """A request with one result, and its samples behind it."""
    return [f"OBR|1||{number}|2951-2^Sodium^LN{'|' * 25}{parent}", "OBX|1|NM|2951-2^Sodium^LN||140", *samples]


def samples_of(*segments):
    return [e.attribute("specimen") for e in of_kind(read(ORU, PID, *segments), EventKind.LABORATORY)]


@pytest.mark.parametrize(
    ("segments", "samples"),
    [
        ((*order("F1"), *order("F2", URINE)), [None, "Urine"]),
        ((*order("F1", BLOOD), *order("F2", URINE), *order("F3")), ["Blood", "Urine", None]),
        ((BLOOD, *order("F1"), *order("F2", URINE), *order("F3")), ["Blood", "Urine", "Blood"]),
        (("ORC|RE", URINE, *order("F1"), *order("F2")), ["Urine", None]),
        ((*order("F1", URINE), *order("F2", parent="^F1&LIS"), *order("F3", parent="^F9")), ["Urine", "Urine", None]),
        ((*order("F1", URINE), *order("F2", parent="^F1"), *order("F3", parent="^F2")), ["Urine"] * 3),
        ((*order("^", URINE), *order("F2", parent="^")), ["Urine", None]),
    ],
)
def test_a_result_has_the_sample_of_its_request_of_the_message_or_of_its_parent(segments, samples):
    assert samples_of(*segments) == samples


def work(payload):
    """How many steps of Python it takes to read: a clock tells more of the machine."""
    steps = 0

    def step(frame, what, _):
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += what == "opcode"
        return step

    tracing = sys.gettrace()
    sys.settrace(step)
    try:
        parse("hl7v2", payload)
    finally:
        sys.settrace(tracing)
    return steps


def test_the_work_of_reading_is_linear_in_the_number_of_orders():
    few, many = (
        work(message(ORU, PID, *(line for number in range(count) for line in order(f"F{number}"))))
        for count in (20, 160)
    )
    assert many < 8 * few
