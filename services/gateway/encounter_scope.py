"""A question about one hospital visit is about that visit in all its parts, unless it names another.

The window is written into the plan, so that what is executed, said and checked is the same thing.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from chartline.record.kinds import EventKind
from chartline.record.plan import QueryPlan, Retrieve, Selection, StayType, StayWindow, Which

Node = TypeVar("Node")

#: True of a patient whichever visit it is.
_LASTING = frozenset({EventKind.PATIENT, EventKind.ALLERGY, EventKind.IMMUNIZATION, EventKind.DEATH})
#: The visit of the request.
_VISIT = StayWindow(StayType.HOSPITAL)


def within_visit(plan: QueryPlan) -> QueryPlan:
    """The plan with every selection and reading that names no stay held to the request's visit."""
    return _scoped(plan)


def _scoped(node: Node) -> Node:
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changes = {item.name: _inner(getattr(node, item.name)) for item in fields(node)}
    changed = replace(node, **changes)
    if isinstance(changed, Selection | Retrieve) and _is_open(changed):
        return replace(changed, windows=(*changed.windows, _VISIT))
    return changed


def _inner(value: Any) -> Any:
    return tuple(map(_scoped, value)) if isinstance(value, tuple) else _scoped(value)


def _is_open(selection: Selection | Retrieve) -> bool:
    """An order of visits, "the last visit", is an order of all of them."""
    if any(isinstance(window, StayWindow) for window in selection.windows):
        return False
    if isinstance(selection, Retrieve):
        return True
    if selection.kind in _LASTING:
        return False
    return selection.kind is not EventKind.ENCOUNTER or selection.which is Which.ALL
