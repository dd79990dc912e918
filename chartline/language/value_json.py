"""One value of a result as JSON: the form that evaluation reads and training data keeps."""

from typing import Any

from chartline.record.event import Instant, Quantity
from chartline.record.result import Duration, Value
from chartline.record.times import format_instant


def value_json(value: Value) -> dict[str, Any]:
    """One of number (with unit), time, text, boolean, duration_hours."""
    form = value.form
    if isinstance(form, Quantity):
        return {"number": float(form.value), **({"unit": form.unit} if form.unit else {})}
    if isinstance(form, Instant):
        return {"time": format_instant(form).replace("T", " ")}
    if isinstance(form, Duration):
        return {"duration_hours": form.hours}
    return {"boolean": form} if isinstance(form, bool) else {"text": form}
