"""Second attempts: a plan whose name the record does not know, told so in serving's own words, and the right plan.

The name took in a word too many, or was right all the same.
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
