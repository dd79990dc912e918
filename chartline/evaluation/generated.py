"""Generated questions of unseen patients, wordings and names, planned as in serving: shares by what is unseen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from chartline.evaluation.arms import ARMS, Trained
from chartline.evaluation.cases import Case, drawn, read_cases
from chartline.evaluation.golds import Verdict
from chartline.evaluation.intervals import share
from chartline.evaluation.study import Outcome, Progress, ask
from chartline.learning.generation.folders import CARD
from chartline.learning.generation.held_out import SPLITS
from chartline.learning.training.examples import TRAIN, VALID, data_sha256
from chartline.models.checkpoint import load_card
from chartline.record.plan import OutOfScope, Retrieve

_SYSTEM = ARMS[0]
_FEWEST = 8

#: What is reported apart.
_GROUPS: Mapping[str, Callable[[Case], bool]] = {
    "all": lambda case: True,
    "unseen wordings": lambda case: case.row.held_out_wording,
    "unseen names": lambda case: case.row.held_out_name,
    "unseen wordings and names": lambda case: case.row.held_out_wording and case.row.held_out_name,
    "follow-ups": lambda case: bool(case.row.conversation),
    "to be refused": lambda case: isinstance(case.gold.plan, OutOfScope),
    "read from notes": lambda case: isinstance(case.gold.plan, Retrieve),
}


def ask_generated(
    data: Path, checkpoint: Path, outcomes_file: Path, many: int, device: str, progress: Progress
) -> tuple[list[Case], list[Outcome]]:
    """At most `many` questions of `data`; of the data that the checkpoint learnt from, the test split alone.

    Raises InvalidRequest for folders that are no data or checkpoint.
    """
    learnt = data_sha256(json.loads((data / CARD).read_text())) == load_card(checkpoint).data_sha256
    splits = tuple(split for split in SPLITS if not learnt or split not in (TRAIN, VALID))
    cases = drawn(read_cases(data, _SYSTEM.task, splits), many)
    outcomes = ask({_SYSTEM: cases}, {Trained.SERVED: checkpoint}, outcomes_file, device, progress)
    return cases, outcomes


def group_rows(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """Group, questions, and of them in percent: right with its interval, then the other verdicts."""
    verdicts = {outcome.case: outcome for outcome in outcomes}
    groups = {name: [verdicts[case.row.id] for case in cases if inside(case)] for name, inside in _GROUPS.items()}
    return [_row(name, found) for name, found in groups.items() if found]


def family_rows(cases: Sequence[Case], outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """The families that are right least often, of those with some questions."""
    verdicts = {outcome.case: outcome for outcome in outcomes}
    families: dict[str, list[Outcome]] = {}
    for case in cases:
        families.setdefault(case.row.family, []).append(verdicts[case.row.id])
    asked = {name: found for name, found in families.items() if len(found) >= _FEWEST}
    return [_row(name, asked[name]) for name in sorted(asked, key=lambda name: _right(asked[name]))]


def _right(found: Sequence[Outcome]) -> float:
    return sum(one.verdict == Verdict.RIGHT for one in found) / len(found)


def _row(name: str, found: Sequence[Outcome]) -> tuple[str, ...]:
    patients = [one.patient for one in found]
    shares = {verdict: share([float(one.verdict == verdict) for one in found], patients) for verdict in Verdict}
    others = (f"{shares[verdict].mean:.1f}" for verdict in Verdict if verdict is not Verdict.RIGHT)
    return (name, str(len(found)), str(shares[Verdict.RIGHT]), *others)
