"""Query plans to protobuf and back: small trees whose protobuf fields have the dataclasses' own names.

One walk over dataclass fields and descriptors serves them all.
"""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, Field, fields
from enum import IntEnum
from functools import cache
from typing import Any

from google.protobuf.message import Message

from chartline.record import plan as plans
from chartline.record.event import Quantity
from chartline.record.plan import QueryPlan
from chartline.v1 import query_plan_pb2

_PLAN_ONEOF = {
    "lookup": plans.Lookup,
    "aggregate": plans.Aggregate,
    "exists": plans.Exists,
    "compare": plans.Compare,
    "interval": plans.Interval,
    "retrieve": plans.Retrieve,
    "out_of_scope": plans.OutOfScope,
}
_WINDOW_ONEOF = {
    "calendar": plans.CalendarWindow,
    "recent": plans.RecentWindow,
    "stay": plans.StayWindow,
    "event": plans.EventWindow,
}
_OPERAND_ONEOF = {"lookup": plans.Lookup, "aggregate": plans.Aggregate, "literal": Quantity}
_ONEOFS: dict[str, dict[str, type]] = {"QueryPlan": _PLAN_ONEOF, "Window": _WINDOW_ONEOF, "Operand": _OPERAND_ONEOF}


def plan_to_message(plan: QueryPlan) -> query_plan_pb2.QueryPlan:
    message = query_plan_pb2.QueryPlan()
    _fill(message, plan)
    return message


def plan_from_message(message: query_plan_pb2.QueryPlan) -> QueryPlan:
    """Raises ValueError when a required part is not set or an enum is unknown."""
    return typing.cast(QueryPlan, _read(message, None))


def _fill(message: Message, value: Any) -> None:
    if (forms := _ONEOFS.get(message.DESCRIPTOR.name)) is not None:
        name = next(name for name, form in forms.items() if isinstance(value, form))
        getattr(message, name).SetInParent()
        _fill(getattr(message, name), value)
        return
    for item in fields(value):
        _assign(message, item.name, getattr(value, item.name))


def _assign(message: Message, name: str, value: Any) -> None:
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    if value is None:
        return
    if isinstance(value, tuple):
        target = getattr(message, name)
        for element in value:
            if descriptor.message_type is None:
                target.append(element)
            else:
                _fill(target.add(), element)
    elif descriptor.message_type is not None:
        getattr(message, name).SetInParent()
        _fill(getattr(message, name), value)
    else:
        setattr(message, name, value)


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _read(message: Message, cls: type | None) -> Any:
    if (forms := _ONEOFS.get(message.DESCRIPTOR.name)) is not None:
        oneof = message.DESCRIPTOR.oneofs[0].name
        form = message.WhichOneof(oneof)
        if form is None:
            raise ValueError(f"{message.DESCRIPTOR.name} without {oneof}")
        return _read(getattr(message, form), forms[form])
    assert cls is not None
    hints = _hints(cls)
    return cls(**{item.name: _value_of(message, item, hints[item.name]) for item in fields(cls)})


def _value_of(message: Message, item: Field[Any], hint: Any) -> Any:
    """What is not set takes the dataclass' default; without one it is required."""
    value = getattr(message, item.name)
    if typing.get_origin(hint) is tuple:
        element = typing.get_args(hint)[0]
        return tuple(_read(v, element) if isinstance(v, Message) else v for v in value)
    options = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if not _is_set(message, item.name, value):
        if item.default is not MISSING:
            return item.default
        if isinstance(value, Message):
            raise ValueError(f"{message.DESCRIPTOR.name} without {item.name}")
    if isinstance(value, Message):
        return _read(value, options[0])
    enum = next((o for o in options if isinstance(o, type) and issubclass(o, IntEnum)), None)
    return enum(value) if enum is not None else value


def _is_set(message: Message, name: str, value: Any) -> bool:
    descriptor = message.DESCRIPTOR.fields_by_name[name]
    return bool(message.HasField(name)) if descriptor.has_presence else bool(value)
