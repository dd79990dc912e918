"""A study end to end with a tiny model: each arm is asked the same questions, and what was asked is not asked again."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from chartline.commands.ablations import ablations
from chartline.evaluation.arms import ARMS, Tampering, Trained
from chartline.evaluation.cases import Case, fair, read_cases
from chartline.evaluation.golds import Verdict
from chartline.evaluation.intervals import share
from chartline.evaluation.study import Outcome, by_arm
from chartline.evaluation.study_report import Origin, study_report
from chartline.evaluation.writer import Writer
from chartline.language.plan_text import load_plan
from chartline.learning.generation.dataset import generate_dataset
from chartline.learning.generation.held_out import VIEW_MARK
from chartline.learning.training.run import Run, train
from chartline.learning.training.settings import Showing, TrainSettings, Tuning
from chartline.models.text_encoder import TextEncoder
from tests.models.tiny_llms import write_base


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("examples")
    generate_dataset(folder, None, 1_500, 1, lambda drawn: None)
    return folder


@pytest.fixture(scope="module")
def checkpoints(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Showing, Path]:
    """A first stage for each way to show a chart."""
    root = tmp_path_factory.mktemp("checkpoints")
    base = str(write_base(root / "tiny", "llama"))
    for showing in (Showing.SOFT, Showing.NUMBERS_IN_TEXT):
        settings = TrainSettings(Tuning.FROZEN, showing, examples=16, warmup=1)
        train(Run(data, root / showing, root / "work", settings, base, device="cpu"), lambda *_: None)
    return {showing: root / showing for showing in (Showing.SOFT, Showing.NUMBERS_IN_TEXT)}


@pytest.fixture(scope="module")
def cases(data: Path) -> list[Case]:
    return fair(read_cases(data, "plan", ("test",)))


def test_an_interval_holds_the_share_and_widens_with_patients_that_agree() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random(400) < 0.8
    alone = share(list(scores), [str(i) for i in range(400)])
    assert alone.low < alone.mean < alone.high
    assert alone.mean == pytest.approx(100 * scores.mean())
    alike = share([float(i < 8) for i in range(10) for _ in range(40)], [str(i) for i in range(10) for _ in range(40)])
    assert alike.high - alike.low > 3 * (alone.high - alone.low)
    with pytest.raises(ValueError, match="no questions"):
        share([], [])


def test_cases_are_of_unseen_patients_and_have_a_short_answer(cases: list[Case]) -> None:
    assert len(cases) > 5
    assert {case.row.split for case in cases} == {"test"}
    assert all(case.short and not case.row.conversation and VIEW_MARK not in case.patient for case in cases)


def test_the_gold_is_right_in_plan_and_in_words(cases: list[Case]) -> None:
    for case in cases:
        assert case.verdict_on_plan(load_plan(case.row.plan), case.row.plan) is Verdict.RIGHT
        assert case.verdict_on_words(case.short) is Verdict.RIGHT
        assert case.verdict_on_words("a number nobody wrote") is Verdict.WRONG


def test_numbers_in_words_may_be_near_and_their_units_may_not(cases: list[Case]) -> None:
    case = replace(cases[0], short="100 mg")
    verdicts = [case.verdict_on_words(said) for said in ("104 mg", "106 mg", "104 g", "none", "about 100 mg")]
    assert verdicts == [Verdict.RIGHT, Verdict.WRONG, Verdict.WRONG, Verdict.REFUSED, Verdict.WRONG]


async def test_tampered_soft_tokens_change_what_is_written(checkpoints: dict[Showing, Path], cases: list[Case]) -> None:
    charts = {case.row.patient: case.chart.events for case in cases}
    encoder, said = TextEncoder(), {}
    for tampering in Tampering:
        with Writer(checkpoints[Showing.SOFT], charts, encoder, tampering, "cpu") as writer:
            said[tampering] = [await writer.write(patient, "Question: ?", most_tokens=12) for patient in charts]
    assert len(set(said[Tampering.ZEROED])) == len({len(events) for events in charts.values()})
    assert said[Tampering.NONE] != said[Tampering.ZEROED] != said[Tampering.ANOTHER_PATIENT]


def test_a_study_goes_on_where_it_was(data: Path, checkpoints: dict[Showing, Path], tmp_path: Path) -> None:
    soft, numbers = checkpoints[Showing.SOFT], checkpoints[Showing.NUMBERS_IN_TEXT]
    outcomes, report = tmp_path / "outcomes.jsonl", tmp_path / "report.md"

    def ask(questions: int) -> list[Outcome]:
        ablations(data, outcomes, soft, soft, numbers, report=report, questions=questions, device="cpu")
        return [Outcome(**json.loads(line)) for line in outcomes.read_text().splitlines()]

    first = ask(3)
    asked = by_arm(first)
    trained = {Trained.SERVED, Trained.STAGE_1, Trained.NUMBERS_IN_TEXT}
    assert list(asked) == [arm for arm in ARMS if arm.trained in trained]
    assert {len(found) for found in asked.values()} == {3}
    assert ask(3) == first
    assert all(arm.name in report.read_text() for arm in asked)


def test_a_report_compares_question_by_question() -> None:
    verdicts = {"full system": ["right", "right", "wrong"], "soft tokens zeroed": ["right", "unavailable", "refused"]}
    outcomes = [
        Outcome("plan", arm, str(i), f"Patient/{i}", verdict, "")
        for arm, found in verdicts.items()
        for i, verdict in enumerate(found)
    ]
    table = study_report(outcomes, Origin("nothing", {}, "none"))
    assert "| full system | 3 | 66.7 [" in table
    assert "| soft tokens zeroed | 3 | 33.3 [" in table
    assert "| -33.3 [" in table
