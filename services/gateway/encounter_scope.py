"""A question about one hospital visit is about that visit in all its parts, unless it names another; a question about
a stay is about no visit to an office.

The window is written into the plan, so that what is executed, said and checked is the same thing.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from chartline.language.plan_parts import each_part
from chartline.record.kinds import EventKind
from chartline.record.plan import QueryPlan, Retrieve, Selection, StayType, StayWindow, Which

#: True of a patient whichever visit it is.
_LASTING = frozenset({EventKind.PATIENT, EventKind.ALLERGY, EventKind.IMMUNIZATION, EventKind.DEATH})
#: The visit of the request.
_VISIT = StayWindow(StayType.HOSPITAL)
_ORDER = re.compile(
    r"\b(?:first|initial\w*|earliest|last|latest|recent\w*|previous\w*|prior|before|earlier|next|after|other|another"
    r"|second|third|fourth|fifth|\d+(?:st|nd|rd|th))\b"
)
#: The first of these in the newest question that has one tells visits of any kind from stays in a hospital.
_VISITED = re.compile(
    r"\b(?:visit|encounter|appointment)s?\b"
    r"|\b(?:stay|admission|admitted|hospitali[sz]|inpatient|discharg|in (?:the )?hospital\b(?! (?:visit|encounter)))"
)


def within_visit(plan: QueryPlan, said: str) -> QueryPlan:
    """The plan with every selection and reading that names no stay held to the request's visit.

    `said` is all that was asked: a plan may name a first or a last visit only where people put something in order.
    """
    scoped: QueryPlan = _scoped(plan if _ORDER.search(said.casefold()) else _unordered(plan))
    return scoped


def of_stays(plan: QueryPlan, said: Iterable[str]) -> QueryPlan:
    """The plan with visits of no name and no time held to stays, where people spoke of those last.

    `said` is what was asked, the newest first.
    """
    spoken = next((word[0] for text in said if (word := _VISITED.search(text.casefold()))), "visit")
    stays: QueryPlan = plan if spoken.startswith(("visit", "encounter", "appointment")) else _staying(plan)
    return stays


def _staying(node: Any) -> Any:
    changed = each_part(node, _staying)
    visits = isinstance(changed, Selection) and changed.kind is EventKind.ENCOUNTER
    return replace(changed, windows=(_VISIT,)) if visits and not changed.concepts and not changed.windows else changed


def _unordered(node: Any) -> Any:
    changed = each_part(node, _unordered)
    visits = isinstance(changed, Selection) and changed.kind is EventKind.ENCOUNTER
    stay = isinstance(changed, StayWindow) and changed.stay is StayType.HOSPITAL
    if (visits or stay) and changed.which in (Which.FIRST, Which.LAST):
        return replace(changed, which=Which.ALL, nth=1)
    return changed


def _scoped(node: Any) -> Any:
    changed = each_part(node, _scoped)
    if isinstance(changed, Selection | Retrieve) and _is_open(changed):
        return replace(changed, windows=(*changed.windows, _VISIT))
    return changed


def _is_open(selection: Selection | Retrieve) -> bool:
    """An order of visits, "the last visit", is an order of all of them."""
    if any(isinstance(window, StayWindow) for window in selection.windows):
        return False
    if isinstance(selection, Retrieve):
        return True
    if selection.kind in _LASTING:
        return False
    return selection.kind is not EventKind.ENCOUNTER or selection.which is Which.ALL
