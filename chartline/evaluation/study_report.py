"""The table of a study as Markdown: shares with intervals, and how each arm differs from the first of its task."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chartline.evaluation.arms import Arm, Trained
from chartline.evaluation.golds import Verdict
from chartline.evaluation.intervals import share
from chartline.evaluation.study import Outcome, by_arm
from chartline.learning.generation.folders import CARD
from chartline.learning.training.examples import data_sha256
from chartline.learning.training.model_card import read_reports
from chartline.models.checkpoint import load_card, versions

_TITLES = {
    "plan": "Questions that a plan answers",
    "align": "Questions that the chart as the prompt shows it must answer alone, without a plan",
}
_HEAD = (
    "| | questions | right % | wrong % | withheld % | no plan % | right, less the first row's |\n"
    "|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What was asked of what, by name and hash, and where."""

    data: str
    checkpoints: Mapping[str, str]
    machine: str


def origin_of(data: Path, checkpoints: Mapping[Trained, Path]) -> Origin:
    """Raises InvalidRequest for a folder that is no checkpoint."""
    card = json.loads((data / CARD).read_text())
    return Origin(
        data=f"{card['source']}, seed {card['seed']}, `{data_sha256(card)[:12]}`",
        checkpoints={trained: _trained(folder) for trained, folder in checkpoints.items()},
        machine=f"{os.cpu_count()} {platform.machine()} cores",
    )


def _trained(folder: Path) -> str:
    named = ", ".join(f"{part} `{version}`" for part, version in versions(folder, load_card(folder)).items())
    stages = (f"{r.stage}: {r.steps} steps of {r.settings['packs_per_step']} packs" for r in read_reports(folder))
    return f"{named}; {'; '.join(stages)}"


def study_report(outcomes: Sequence[Outcome], origin: Origin) -> str:
    """Raises ValueError where nothing was asked."""
    arms = by_arm(outcomes)
    parts = [
        "# What each part of the model adds",
        "Written by `chartline evaluate ablations`; what it means is in [evidence.md](../evidence.md).",
        f"Data: {origin.data}. Machine: {origin.machine}.",
        "\n".join(f"- {name}: {told}" for name, told in origin.checkpoints.items()),
        "Short charts of patients that no training saw, questions asked out of the blue whose answer is short and "
        "certain. Brackets are 95 % intervals by bootstrap over patients. An answer in words is right with the "
        "same words, or with the same unit and a number at most 5 % away.",
    ]
    for task, title in _TITLES.items():
        own = {arm: found for arm, found in arms.items() if arm.task == task}
        if own:
            first = next(iter(own.values()))
            parts.append("\n".join([f"## {title}\n", _HEAD, *(_line(arm, found, first) for arm, found in own.items())]))
    return "\n\n".join(parts) + "\n"


def _line(arm: Arm, found: Sequence[Outcome], first: Sequence[Outcome]) -> str:
    shares = [_share(found, verdict) for verdict in Verdict]
    against = "" if found is first else _difference(found, first)
    return f"| {arm.name} | {len(found)} | {' | '.join(shares)} | {against} |"


def _share(found: Sequence[Outcome], verdict: Verdict) -> str:
    told = share([float(one.verdict == verdict) for one in found], [one.patient for one in found])
    return str(told) if verdict is Verdict.RIGHT else f"{told.mean:.1f}"


def _difference(found: Sequence[Outcome], first: Sequence[Outcome]) -> str:
    """Question by question, where both were asked."""
    right = {one.case: one.verdict == Verdict.RIGHT for one in first}
    both = [one for one in found if one.case in right]
    scores = [float(one.verdict == Verdict.RIGHT) - float(right[one.case]) for one in both]
    return str(share(scores, [one.patient for one in both]))
