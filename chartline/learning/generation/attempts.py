"""Second attempts: a plan that serving refuses, the reason in serving's own words, and the plan that was right.

The wrong plans are the model's usual slips: an order, a window, a number or a condition dropped or taken for another.
"""

import random
import re
from dataclasses import replace

from chartline.language.plan_grammar import spans_of
from chartline.language.prompt import retry_hint
from chartline.learning.generation.drawing import Example, complaint
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
        (r" repeated \d+", ""),
        (r"^exists (visit|diagnosis|icu|transfer|allergy)\b", r"get value of \1"),
        (r"^get (?:value|time) of (.*lab)", r"get duration of \1"),
        (r"^get (?:value|time) of (.*vital)", r"get route of \1"),
        (r"^get \w+ of (.*(?:diagnosis|visit|icu))\b", r"get value of \1"),
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
