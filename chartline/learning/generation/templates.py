"""The notation of wordings and plans: `[a|b]` is one of the alternatives, `{slot}` what was drawn for it."""

import random
import re
from collections.abc import Mapping

ALTERNATIVES = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
#: What a plan says only where its question does: slot of the wording → slot of the plan.
_PAIRED = (
    ("w", "W"),
    ("w2", "W2"),
    ("ew", "EW"),
    ("s", "S"),
    ("s2", "S2"),
    ("stay", "STAY"),
    ("part", "PART"),
    ("h", "H"),
    ("o_opt", "O_OPT"),
    ("w_hospital", "W_HOSPITAL"),
    ("st", "ST"),
    ("cw", "CW"),
)


#: An order without an article or owner before it is said of the verb: "was first measured", not "was initial measured".
_OF_THE_VERB = re.compile(
    r"(?<!the )(?<!\bhis )(?<!\bher )(?<!their )(?<!\{Ps\} )(?<=[^\s,:] )\{o(?P<optional>_opt)?\}"
)


def with_adverbs(wording: str) -> str:
    """The wording with {o_verb} where its {o} is said of a verb; {o_opt} likewise."""
    return _OF_THE_VERB.sub(lambda match: f"{{o_verb{match['optional'] or ''}}}", wording)


def alternatives(text: str, rng: random.Random) -> str:
    """Takes one of every `[a|b]`, the innermost first."""
    while match := ALTERNATIVES.search(text):
        text = text[: match.start()] + rng.choice(match[1].split("|")) + text[match.end() :]
    return text


def fill(text: str, slots: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: slots[match[1]], text)


def unsaid(wordings: str) -> dict[str, str]:
    """The plan's slots that no wording says, each as nothing."""
    return {planned: "" for said, planned in _PAIRED if f"{{{said}}}" not in wordings}
