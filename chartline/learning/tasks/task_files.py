"""Task files read and checked: YAML becomes tasks, and a wrong word is named."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chartline.errors import InvalidRequest
from chartline.learning.tasks.code_groups import code_groups
from chartline.learning.tasks.task import (
    DEATH,
    HOSPITAL_STAY,
    ICU_STAY,
    Anchor,
    Observation,
    Predicate,
    PredictionTimes,
    Target,
    Task,
    Until,
)
from chartline.record.event import Quantity
from chartline.record.kinds import EventKind
from chartline.record.times import DAY, HOUR
from chartline.record.units import decimal_of

SHIPPED = Path(__file__).with_name("shipped")
_UNITS = {"h": HOUR, "d": DAY}
_STAYS = (HOSPITAL_STAY, ICU_STAY)
_WORDS = {"name", "question", "each", "trigger", "prediction_time", "observation", "target", "predicates"}


def find_task(name: str) -> Task:
    """A shipped task by its name, or the one task of a file by its path. Raises InvalidRequest for any other name."""
    shipped = shipped_tasks()
    if name in shipped:
        return shipped[name]
    if not Path(name).is_file():
        raise InvalidRequest(f"{name} is neither a file nor one of the tasks {', '.join(shipped)}", field="task")
    tasks = load_tasks(Path(name))
    if len(tasks) != 1:
        raise InvalidRequest(f"{name} holds {len(tasks)} tasks: write a file for the one that is meant", field="task")
    return tasks[0]


@cache
def shipped_tasks() -> dict[str, Task]:
    return {task.name: task for path in sorted(SHIPPED.glob("*.yaml")) for task in load_tasks(path)}


def load_tasks(path: Path) -> tuple[Task, ...]:
    """One task for each entry of `each`, else the one. Raises InvalidRequest that names the word that is wrong."""
    try:
        content = yaml.safe_load(path.read_text("utf-8"))
        _known(content, _WORDS, "the file")
        variants = content.pop("each", {"": {}})
        return tuple(_task(_filled(content, {"each": name, **words})) for name, words in variants.items())
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidRequest(f"task file {path.name}: {error}", field="task") from error


def _filled(content: Any, words: dict[str, Any]) -> Any:
    """`{word}` is replaced in keys and texts; a text that is nothing else may become a list."""
    if isinstance(content, dict):
        return {_filled(key, words): _filled(value, words) for key, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, words) for value in content]
    if not isinstance(content, str):
        return content
    whole = next((value for name, value in words.items() if content == f"{{{name}}}"), None)
    return content.format_map(words) if whole is None else whole


def _task(content: dict[str, Any]) -> Task:
    if content["trigger"] not in _STAYS:
        raise ValueError(f"the trigger is none of {', '.join(_STAYS)}")
    predicates = {name: _predicate(told) for name, told in content.get("predicates", {}).items()}
    target, observation = _target(content["target"]), _observation(content.get("observation", {}))
    for name in (target.has, target.measured, observation.lacks):
        if name and name not in {*predicates, *(_STAYS if name == target.has else ()), DEATH}:
            raise ValueError(f"there is no predicate {name}")
    return Task(
        content["name"],
        content["question"],
        content["trigger"],
        _prediction_times(content["prediction_time"]),
        target,
        observation,
        predicates,
    )


def _predicate(content: dict[str, Any]) -> Predicate:
    _known(content, {"kind", "concepts", "codes", "above", "below"}, "a predicate")
    codes = content.get("codes", "")
    if codes and codes not in code_groups():
        raise ValueError(f"there is no group of codes {codes}")
    above, below = (tuple(map(_quantity, content.get(bound, ()))) for bound in ("above", "below"))
    return Predicate(EventKind[content["kind"]], tuple(content.get("concepts", ())), codes, above, below)


def _prediction_times(content: dict[str, Any]) -> PredictionTimes:
    _known(content, {"from", "after", "every"}, "prediction_time")
    times = PredictionTimes(Anchor(content["from"]), _length(content, "after"), _length(content, "every"))
    if times.anchor is Anchor.END and (times.after or times.every):
        raise ValueError("prediction_time from the end is the end itself")
    return times


def _observation(content: dict[str, Any]) -> Observation:
    _known(content, {"lacks", "outside", "age"}, "observation")
    if content.get("outside", ICU_STAY) not in _STAYS:
        raise ValueError(f"observation is outside none of {', '.join(_STAYS)}")
    return Observation(content.get("lacks", ""), content.get("outside", ""), int(content.get("age", 0)))


def _target(content: dict[str, Any]) -> Target:
    _known(content, {"has", "lasts", "within", "until", "of_stay", "measured", "follow_up", "gap"}, "target")
    until = Until(content["until"]) if "until" in content else None
    target = Target(
        has=content.get("has", ""),
        lasts=_length(content, "lasts"),
        within=_length(content, "within"),
        until=until,
        of_stay=content.get("of_stay", False),
        measured=content.get("measured", ""),
        follow_up=content.get("follow_up", False),
        gap=_length(content, "gap"),
    )
    if bool(target.has) == bool(target.lasts):
        raise ValueError("target asks either what it has or how long the stay lasts")
    if target.has and [bool(target.within), until is not None, target.of_stay].count(True) != 1:
        raise ValueError("target needs one of within, until and of_stay")
    return target


def _length(content: dict[str, Any], word: str) -> int:
    if word not in content:
        return 0
    amount, _, unit = content[word].partition(" ")
    if unit not in _UNITS:
        raise ValueError(f"{word} is a number of h or d")
    return int(amount) * _UNITS[unit]


def _quantity(limit: str | float) -> Quantity:
    value, _, unit = str(limit).partition(" ")
    quantity = Quantity(value, unit)
    if decimal_of(quantity) is None or not unit:
        raise ValueError("a limit is a number and its unit")
    return quantity


def _known(content: dict[str, Any], words: set[str], place: str) -> None:
    if unknown := sorted(content.keys() - words):
        raise ValueError(f"{place} has the unknown word {unknown[0]}")
