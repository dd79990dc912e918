"""Holds a plan's ordinals to the conversation: the second is what was counted so, or one step from an earlier plan.

"the third visit", "last two", "two before"  ─┐
ordinals of earlier plans                    ─┼─▶ ordinals that a plan may hold; the grammar takes no others
"prev?", "and the next?": a step from those  ─┘
"""

import re
from collections.abc import Iterable, Sequence

from chartline.language.number_words import CARDINALS, numbers_said, ordinals_said
from chartline.language.plan_rules import PlanRefused
from chartline.language.turns import Turn

_QUOTED = re.compile(r'"[^"]*"')
_FROM_FIRST = re.compile(r"\bfirst \d+ (?=[a-z])")
_PLANNED = re.compile(r"\b(?:first|last) (\d+) (?=[a-z])")
_LARGEST = 9_999
#: Cardinals count beside an order ("the last two", "visit two") and not in a period; two before the last is the third.
_CARDINAL = rf"(\d{{1,4}}|{CARDINALS})\b"
_PERIOD = r"[ -]?(?:h|hrs?|(?:minute|hour|day|week|month|year)s?)\b"
_BESIDE_ORDER = re.compile(
    rf"\b(?:first|last|latest|recent|previous|past|number|visit|stay|admission) {_CARDINAL}(?!{_PERIOD})"
)
_BACK = re.compile(rf"\b{_CARDINAL}(?!{_PERIOD}) (?:\w+ )?(?:before|ago|back|earlier)\b")
_FROM_LAST = re.compile(
    r"\b(?:\w+(?:nd|rd|th)|next)[ -]to[ -](?:the[ -])?last\b|\bpenultimate\b|\b(?:last|latest) but\b"
)
#: One step from what was said before: "and the one before that?", "the next one?", "tell me the one?"
_STEPS = (
    *("before", "previous", "prior", "preceding", "earlier", "prev", "penultimate", "back", "but one"),
    *("after", "next", "later", "following", "followed", "another", "further", "again"),
)
_STEP = re.compile(rf"\b(?:{'|'.join(_STEPS)})\b|\bthe one\W*$")
_LONG = 6


def _slips(word: str) -> Iterable[str]:
    """A letter left out or two in the wrong order, as fingers slip; the first letter and the last are right."""
    for at in range(1, len(word) - 1):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]


_SPELT = {slip: word for word in (*_STEPS, "second", "fourth") if len(word) >= _LONG for slip in _slips(word)}


def ordinals_written(question: str, conversation: Sequence[Turn] = (), hints: Iterable[str] = ()) -> list[int]:
    """The ordinals above one that a plan may hold; an earlier turn without its plan is one more that was stepped to."""
    reached = {1}
    for turn in conversation:
        asked = _spelt(turn.question)
        reached |= _counted(asked) | _planned(turn.plan)
        reached |= set() if turn.plan else _stepped(asked, reached)
    asked = _spelt(question)
    reached |= _stepped(asked, reached) | _counted(asked)
    reached.update(*(ordinals_said(hint.casefold()) for hint in hints))
    return sorted(number for number in reached if 1 < number <= _LARGEST)


def check_ordinals(plan_text: str, question: str, conversation: Sequence[Turn] = (), hints: Iterable[str] = ()) -> None:
    """Raises PlanRefused."""
    for number in _planned(plan_text) - {1, *ordinals_written(question, conversation, hints)}:
        raise PlanRefused(f"the question says no {number}")
    if _FROM_LAST.search(_spelt(question)) and _FROM_FIRST.search(_QUOTED.sub(" ", plan_text)):
        raise PlanRefused("the question counts from the last")


def is_step(question: str) -> bool:
    """Whether it goes one on or back from what was said before it; of a text in lower case."""
    return _STEP.search(question) is not None


def without_ordinals(plan_text: str) -> str:
    """The plan text without its quotations and its ordinals."""
    return _PLANNED.sub(" ", _QUOTED.sub(" ", plan_text))


def _planned(plan_text: str) -> set[int]:
    return set(map(int, _PLANNED.findall(_QUOTED.sub(" ", plan_text))))


def _spelt(text: str) -> str:
    return re.sub(r"[a-z]{5,}", lambda word: _SPELT.get(word[0], word[0]), text.casefold())


def _stepped(text: str, reached: set[int]) -> set[int]:
    return {number + step for number in reached for step in (-1, 1)} if _STEP.search(text) else set()


def _counted(text: str) -> set[int]:
    beside, back = (set(map(_number, pattern.findall(text))) for pattern in (_BESIDE_ORDER, _BACK))
    return ordinals_said(text) | beside | {number + 1 for number in back}


def _number(cardinal: str) -> int:
    return int(cardinal) if cardinal.isdecimal() else max(numbers_said(cardinal))
