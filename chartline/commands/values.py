"""The typed values of an answer, for people and as the JSON that evaluation reads."""

from typing import Any

from chartline.language.value_json import value_json
from chartline.record.event import Instant, Quantity
from chartline.record.result import Duration, Value
from chartline.record.times import format_instant
from chartline.rpc.messages import value_from_message
from chartline.v1.query_plan_pb2 import Value as ValueMessage


def as_json(message: ValueMessage) -> dict[str, Any]:
    """One of number (with unit), time, text, boolean, duration_hours."""
    return value_json(value_from_message(message))


def as_words(message: ValueMessage) -> str:
    value: Value = value_from_message(message)
    form = value.form
    if isinstance(form, Quantity):
        unit = "" if form.unit == "1" else form.unit  # UCUM's pure number
        words = f"{form.comparator}{form.value} {unit}".strip()
    elif isinstance(form, Instant):
        words = format_instant(form)
    elif isinstance(form, Duration):
        words = f"{form.hours:g} h"
    else:
        words = str(form)
    return f"{value.label}: {words}" if value.label else words
