"""Question families and refusals as typed data, read from families.toml and refusals.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Family:
    """`plan` and `wordings` hold slots and alternatives; families.toml explains the notation."""

    name: str
    plan: str
    wordings: tuple[str, ...]
    weight: float = 1.0


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


def _read(file: str) -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name(file).read_text())


FAMILIES = tuple(
    Family(name, family["plan"], _lines(family["wordings"]), float(family.get("weight", 1.0)))
    for name, family in _read("families.toml").items()
)
#: Word of plan text → wordings of questions that are refused for that reason.
REFUSALS = {
    reason: _lines(text)
    for reason, text in tomllib.loads(Path(__file__).with_name("refusals.toml").read_text()).items()
}
