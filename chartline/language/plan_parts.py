"""What a plan is made of: its selections, those its windows are drawn around, its windows and concepts, its parts."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from chartline.record.event import Quantity
from chartline.record.plan import (
    Aggregate,
    Comparator,
    Compare,
    EventWindow,
    Exists,
    Interval,
    Lookup,
    QueryPlan,
    Retrieve,
    Selection,
    Window,
)


def selections(plan: QueryPlan) -> list[Selection]:
    """The plan's own selections, left before right, without those of its windows."""
    if isinstance(plan, Lookup | Aggregate | Exists):
        return [plan.selection]
    if isinstance(plan, Interval):
        return [plan.start, *([plan.end] if plan.end else [])]
    if isinstance(plan, Compare):
        return [o.selection for o in (plan.left, plan.right) if not isinstance(o, Quantity)]
    return []


def windows(plan: QueryPlan) -> list[Window]:
    """Every window of the plan, those of its windows' anchors too."""
    own = list(plan.windows) if isinstance(plan, Retrieve) else []
    return own + [window for selection in selections(plan) for window in windows_of(selection)]


def windows_of(selection: Selection) -> Iterator[Window]:
    for window in (*selection.windows, *([selection.absent_in] if selection.absent_in else [])):
        yield window
        if isinstance(window, EventWindow):
            yield from windows_of(window.anchor)


def is_difference(plan: QueryPlan) -> bool:
    return isinstance(plan, Compare) and plan.comparator is Comparator.DIFFERENCE


def anchors(plan: QueryPlan) -> list[Selection]:
    """The selections that windows are drawn around."""
    return [window.anchor for window in windows(plan) if isinstance(window, EventWindow)]


def plan_concepts(plan: QueryPlan) -> list[str]:
    """Every concept of the plan once, in its order."""
    chosen = [*selections(plan), *anchors(plan)]
    return list(dict.fromkeys(concept for selection in chosen for concept in selection.concepts))


def each_part(node: Any, change: Callable[[Any], Any]) -> Any:
    """The node with each part of it changed."""
    if not is_dataclass(node) or isinstance(node, type):
        return node
    parts = {item.name: getattr(node, item.name) for item in fields(node)}
    changed = {
        name: tuple(map(change, part)) if isinstance(part, tuple) else change(part) for name, part in parts.items()
    }
    return replace(node, **changed)
