"""The one prompt that serving and training share.

    [system][soft tokens of the patient][user text] → plan → [plan, result] → answer
    [system][soft tokens of the patient][direct text] → answer (alignment of soft tokens, in training alone)

What changes from question to question stands after the soft tokens, so that a patient's kept prefix serves them all.
"""

from collections.abc import Sequence

from chartline.record.event import Instant
from chartline.record.times import format_instant

#: Part of the key of every kept prefix: a change of wording is a new version.
PROMPT_VERSION = "1"
SYSTEM = "You read one patient's chart. First write a plan for the question, then the answer from its result."


def planning_text(
    question: str, now: Instant, conversation: Sequence[tuple[str, str]] = (), hints: Sequence[str] = ()
) -> str:
    """User text after the soft tokens; `conversation` holds (question, answer) turns, oldest first.

    Each stands on one line of its own: an earlier answer that quotes a note cannot look like a question.
    """
    lines = [f"\nNow: {format_instant(now)}"]
    for asked, answered in conversation:
        lines += [f"Earlier question: {_one_line(asked)}", f"Earlier answer: {_one_line(answered)}"]
    lines += [f"Hint: {_one_line(hint)}" for hint in hints]
    return "\n".join([*lines, f"Question: {_one_line(question)}"])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def retry_hint(plan_text: str, reason: str) -> str:
    """What the model is told before it plans again: its plan, and the rule that refused it."""
    return f"Not {plan_text!r}: {reason}."


def direct_text(question: str, now: Instant) -> str:
    """User text after the soft tokens of a short chart where they alone are to answer, in a few words and no plan."""
    return "\n".join([f"\nNow: {format_instant(now)}", f"Answer from the chart: {question}"])


def saying_text(plan_text: str, result_text: str) -> str:
    """Assistant text that the answer continues: what the model planned and what the record returned."""
    return f"{plan_text.strip()}\nresult: {result_text}\nanswer:"
