"""The one prompt that serving and training share.

    [system][soft tokens of the patient][user text] → plan → [plan, result] → answer
    [system][soft tokens of the patient][direct text] → answer (alignment of soft tokens, in training alone)

What changes from question to question stands after the soft tokens, so that a patient's kept prefix serves them all.
"""

from collections.abc import Sequence
from dataclasses import replace

from chartline.language.turns import Turn
from chartline.record.event import Instant
from chartline.record.times import format_instant

#: Part of the key of every kept prefix: a change of wording is a new version.
PROMPT_VERSION = "2"
#: Begins the line of an earlier turn's plan.
EARLIER_PLAN = "Earlier plan:"
#: Turns that a follow-up may mean, and characters of their answers that the model is shown.
_MOST_TURNS, _LONGEST_ANSWER = 6, 160
SYSTEM = "You read one patient's chart. First write a plan for the question, then the answer from its result."


def planning_text(question: str, now: Instant, conversation: Sequence[Turn] = (), hints: Sequence[str] = ()) -> str:
    """User text after the soft tokens; `conversation` is oldest first, hints are what else was said."""
    lines = [f"\nNow: {format_instant(now)}"]
    for turn in shown_turns(conversation):
        lines.append(f"Earlier question: {turn.question}")
        lines += [f"{EARLIER_PLAN} {turn.plan}"] if turn.plan else []
        lines.append(f"Earlier answer: {turn.answer}")
    lines += [f"Hint: {_one_line(hint)}" for hint in hints]
    return "\n".join([*lines, f"Question: {_one_line(question)}"])


def shown_turns(conversation: Sequence[Turn]) -> list[Turn]:
    """What the model is shown of it, and may write of: the last turns.

    Each part stands on one line of its own: an earlier answer that quotes a note cannot look like a question.
    """
    return [
        replace(turn, question=_one_line(turn.question), answer=_shortened(_one_line(turn.answer)))
        for turn in conversation[-_MOST_TURNS:]
    ]


def shown_texts(question: str, conversation: Sequence[Turn] = ()) -> list[str]:
    """Question and earlier turns as a plan may quote them, the newest first."""
    turns = reversed(shown_turns(conversation))
    return [question, *(text for turn in turns for text in (turn.question, turn.answer))]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _shortened(answer: str) -> str:
    """What a follow-up may mean stands at the beginning; a long list would take the place of all else."""
    return answer if len(answer) <= _LONGEST_ANSWER else f"{answer[:_LONGEST_ANSWER]} …"


def retry_hint(plan_text: str, reason: str) -> str:
    """What the model is told before it plans again: its plan, and the rule that refused it."""
    return f"Not {plan_text!r}: {reason}."


def unknown_names(names: Sequence[str]) -> str:
    """Why a plan that was executed is written again: nothing in the record goes by these names."""
    return f"the record knows no {', no '.join(names)}"


def direct_text(question: str, now: Instant) -> str:
    """User text after the soft tokens of a short chart where they alone are to answer, in a few words and no plan."""
    return "\n".join([f"\nNow: {format_instant(now)}", f"Answer from the chart: {question}"])


def saying_text(plan_text: str, result_text: str) -> str:
    """Assistant text that the answer continues: what the model planned and what the record returned."""
    return f"{plan_text.strip()}\nresult: {result_text}\nanswer:"
