"""The typed values of an answer, for people and as the JSON that evaluation reads."""

from typing import Any

from chartline.record.event import Instant, Quantity
from chartline.record.result import Duration, Value
from chartline.record.times import format_instant
from chartline.rpc.messages import value_from_message
from chartline.v1.query_plan_pb2 import Value as ValueMessage


def as_json(message: ValueMessage) -> dict[str, Any]:
    """One of number (with unit), time, text, boolean, duration_hours."""
    form = value_from_message(message).form
    if isinstance(form, Quantity):
        return {"number": float(form.value), **({"unit": form.unit} if form.unit else {})}
    if isinstance(form, Instant):
        return {"time": format_instant(form).replace("T", " ")}
    if isinstance(form, Duration):
        return {"duration_hours": form.hours}
    return {"boolean": form} if isinstance(form, bool) else {"text": form}


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
