"""What is asked of a teacher, and how its answers are taken out of what it writes.

A teacher is trusted with nothing: what it writes is text, and becomes data only where a rule proves that it may.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_TOLD = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text())
MANNERS: Sequence[str] = _TOLD["reword"]["manners"]
REWORD_TOKENS: int = _TOLD["reword"]["most_tokens"]
READ_TOKENS: int = _TOLD["read"]["most_tokens"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """`user` may hold text of a record: it is data, and the name of a special token in it is not that token."""

    system: str
    user: str


class Teacher(Protocol):
    """`sha256` names its weights."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def write(self, prompts: Sequence[Prompt], most_tokens: int) -> list[str]:
        """What it answers to each, in their order; the same for the same prompt, whatever stands beside it."""


def ask_to_reword(question: str, manner: str) -> Prompt:
    return _prompt("reword", question=question, manner=manner)


def ask_to_read(text: str, section: str) -> Prompt:
    return _prompt("read", text=text, section=f" ({section})" if section else "")


def _prompt(task: str, **told: str) -> Prompt:
    text: str = _TOLD[task]["user"]
    for slot in told:  # not `format`: a note may hold braces
        text = text.replace(f"{{{slot}}}", f"\0{slot}\0")
    for slot, said in told.items():
        text = text.replace(f"\0{slot}\0", said.replace("\0", " "))
    return Prompt(_TOLD[task]["system"], text.strip())


def first_line(written: str) -> str:
    """The first line that says something, without the quotation marks or label that a model puts around an answer."""
    line = next((line.strip() for line in written.splitlines() if line.strip()), "")
    label, colon, rest = line.partition(":")
    line = rest.strip() if colon and label.casefold().startswith(("reworded", "question")) else line
    bare = line.strip('"“”')
    return " ".join(bare.split())
