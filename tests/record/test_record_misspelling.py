"""Misspellings are put right, and never into another drug that exists."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from record_charts import drug

from chartline.record.chart import Chart
from chartline.record.kinds import EventKind
from chartline.record.knowing import is_understood
from chartline.record.linking import LexicalLinker
from chartline.record.misspelling import corrected
from chartline.record.vocabulary.tables import Domain, vocabulary

ORDER = EventKind.MEDICATION_REQUEST
T = "2100-01-01 08:00:00"
LOOK_ALIKES = tomllib.loads(Path(__file__).with_name("look_alike_drugs.toml").read_text("utf-8"))["pairs"]
DRUGS = sorted({row[0] for rows in vocabulary(Domain.DRUG).phrases.values() for row in rows if len(row) == 1})
NAMES = [name for name in DRUGS if name.isalpha() and len(name) > 5]


@pytest.mark.parametrize(("one", "other"), [*LOOK_ALIKES, *([b, a] for a, b in LOOK_ALIKES)])
def test_look_alikes_never_link_to_each_other(one: str, other: str) -> None:
    chart = Chart.build([drug(other, T)])
    assert not LexicalLinker().link(one, ORDER, chart).names


@pytest.mark.parametrize(
    ("said", "meant"), [("creatnine", "creatinine"), ("pnuemonia", "pnuemonia"), ("hart rate", "hart rate"), ("", "")]
)
def test_a_word_becomes_a_known_word_of_the_kind_or_stays(said: str, meant: str) -> None:
    chart = Chart.build([])
    assert corrected(said, chart, [EventKind.LABORATORY]) == meant


def mistaken(name: str, place: int, letter: str, how: int) -> str:
    place %= len(name)
    return (
        name[:place] + letter + name[place:],
        name[:place] + name[place + 1 :],
        name[:place] + letter + name[place + 1 :],
        name[:place] + name[place : place + 2][::-1] + name[place + 2 :],
    )[how]


@given(st.sampled_from(NAMES), st.integers(1, 20), st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.integers(0, 3))
def test_a_slip_of_the_pen_makes_no_other_drug(name: str, place: int, letter: str, how: int) -> None:
    written = mistaken(name, place, letter, how)
    if not is_understood(written):
        assert corrected(written, Chart.build([]), [ORDER]) in (name, written)
