"""Second attempts: a plan that serving sends back, the reason in serving's own words, and the plan that was right.

What rules refuse are the model's usual slips: an order, a window, a number or a condition dropped or taken for another.
A name that the record does not know took in a word too many, or was right all the same.
"""

import random
import re
from dataclasses import replace

from chartline.language.plan_grammar import spans_of
from chartline.language.plan_text import load_plan
from chartline.language.prompt import retry_hint, unknown_names
from chartline.learning.generation.drawing import Example, complaint
from chartline.learning.generation.ground import Ground
from chartline.learning.generation.held_out import concepts_of
from chartline.learning.generation.spoken import as_said

#: Pattern of plan text → what a slip makes of it.
_SLIPS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), slip)
    for pattern, slip in (
        (r"\bfirst\b", "last"),
        (r"\blast\b", "first"),
        (r"\b(?:first|last) (?:\d )?", ""),
        (r"\b(first|last) \d ", r"\1 "),
        (r"\bhighest\b", "lowest"),
        (r"\b(?:highest|lowest) ", ""),
        (r"^max\b", "mean"),
        (r"^min\b", "max"),
        (r"^mean\b", "max"),
        (r" (?:in|since|before) \"[^\"]*\"(?: to \"[^\"]*\")?", ""),
        (r" during (?:start|end|day|hour) [\d.]+", " during"),
        (r" during [a-z0-9. ]*?(?:hospital|icu)", ""),
        (r"\bicu$", "hospital"),
        (r" with value \S+ \S+", ""),
        (r"(with value \S+) \d+(?:\.\d+)?", r"\1 100"),
        (r"(during (?:start|end|day)) \d+", r"\1 7"),
        (r"(during (?:start|end)) 24\b", r"\1 1"),
        (r"(during (?:start|end)) 48\b", r"\1 2"),
        (r"(during (?:start|end)) 72\b", r"\1 3"),
        (r"(during hour) -", r"\1 "),
        (r"(micro \"[^\"]*\")(?! with)", r"\1 with organism present"),
        (r"((?:lab|vital) (\"[^\"]*\"))(?! with)", r"\1 with specimen = \2"),
        (r"((?:prescription|administration) (\"[^\"]*\"))(?! with)", r"\1 with route = \2"),
        (r" repeated \d+", ""),
        (r"^exists (visit|diagnosis|icu|transfer|allergy)\b", r"get value of \1"),
        (r"^get (?:value|time) of (.*lab)", r"get duration of \1"),
        (r"^get (?:value|time) of (.*vital)", r"get route of \1"),
        (r"^get \w+ of (.*(?:diagnosis|visit|icu))\b", r"get value of \1"),
        (r"^get time of", "get value of"),
        (r"^get end of", "get time of"),
        (r"^get (?:time|value) of", "exists"),
        (r"^get value of", "count"),
        (r"^(?:sum|difference)\b.*?(?=(?:lab|vital|intake|output|administration)\b)", "count "),
        (r" with route = \"[^\"]*\"", ""),
        (r"^refuse \w+", "exists diagnosis"),
        (r"^refuse \w+", "count patient"),
        (r"(lab|vital|prescription|diagnosis|procedure) \"[^\"]*\"", r'\1 "the patient"'),
        (r"(lab|vital|prescription) (\"[^\"]*\")(.*) in \"[^\"]*\"", r"\1 \2\3 in \2"),
    )
)


def second_attempt(example: Example, rng: random.Random) -> Example | None:
    """The example behind a first attempt that was refused; None where no slip of its plan is."""
    spans = spans_of(example.question, example.conversation)
    for pattern, slip in rng.sample(_SLIPS, len(_SLIPS)):
        wrong = as_said(pattern.sub(slip, example.plan, count=1), spans)
        if wrong and wrong != example.plan and (reason := complaint(wrong, example)):
            return replace(example, hints=(retry_hint(wrong, reason),))
    return None


def named_otherwise(example: Example, ground: Ground, rng: random.Random) -> Example | None:
    """The example behind a first attempt whose names the record does not know; None where it knows them all."""
    names = [name for name in concepts_of(load_plan(example.plan)) if name in example.plan]
    unknown = [name for name in names if not ground.knows(name)]
    if unknown or not names:
        hint = retry_hint(example.plan, unknown_names(unknown))
        return replace(example, hints=(hint,)) if unknown else None
    name = rng.choice(names)
    wider = _wider(name, example.question, rng)
    wrong = as_said(example.plan.replace(f'"{name}"', f'"{wider}"'), spans_of(example.question)) if wider else None
    if wrong is None or ground.knows(wider) or complaint(wrong, example):
        return None
    return replace(example, hints=(retry_hint(wrong, unknown_names([wider])),))


def _wider(name: str, question: str, rng: random.Random) -> str:
    """The name with the word before or behind it; empty where it stands alone or not at all."""
    beside = re.search(rf"(?:(\w+) )?({re.escape(name)})(?: (\w+))?", question, re.IGNORECASE)
    if beside is None:
        return ""
    before, said, behind = beside.groups()
    forms = [form for word, form in ((before, f"{before} {said}"), (behind, f"{said} {behind}")) if word]
    return rng.choice(forms) if forms else ""
