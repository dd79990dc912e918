"""Scripted conversations: questions that follow each other, each with the plan whose result is the right answer.

    script (TOML) ─▶ question ─▶ gateway ─▶ answer ─┐
                  └▶ gold plan ─▶ the record ─▶ gold ┴▶ verdict

The gold is executed on the record, so that a script holds no value that could be wrong, and an answer is right whatever
plan it came from.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import msgspec

from chartline.errors import InvalidRequest
from chartline.evaluation.golds import Gold, gold_of
from chartline.record.chart import Chart
from chartline.record.event import Instant


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question and its gold as plan text; `also` are plans whose results answer it as well.

    `said` tells how the question writes a name of the plan where it writes it otherwise: misspelt, say. `status` is the
    one expected where it does not follow from the result: of a conflict, or of a name that may mean several things.
    """

    ask: str
    plan: str
    also: tuple[str, ...] = ()
    said: dict[str, str] = {}
    status: str = ""


class Conversation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`as_of`, `now` and `encounter` are those of each of its requests."""

    name: str
    patient: str
    turns: tuple[Turn, ...]
    encounter: str = ""
    as_of: str = ""
    now: str = ""


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file: conversations of one theme about patients of one set of records."""

    records: str
    conversation: tuple[Conversation, ...]


def read_script(file: Path) -> Script:
    """Raises InvalidRequest for what is no script."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text()), type=Script)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise InvalidRequest(f"{file}: {error}") from None


def golds_of(turn: Turn, chart: Chart, now: Instant | None, encounter: str) -> tuple[Gold, ...]:
    """The turn's own gold, then those of `also`. `now` None is the chart's last moment.

    Raises PlanTextError and InvalidRequest for a gold that is no plan.
    """
    own, *others = (gold_of(text, chart, now, encounter) for text in (turn.plan, *turn.also))
    return replace(own, status=turn.status or own.status), *others
