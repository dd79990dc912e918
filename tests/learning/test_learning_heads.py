from pathlib import Path

from chartline.learning.generation.cohort import generate_stay
from chartline.learning.heads.train import TASKS, train_heads
from chartline.models.heads.logistic import load_heads
from chartline.record.chart import Chart
from chartline.record.event import Instant
from chartline.record.features import outcome_features


def test_a_stay_is_the_same_for_the_same_seed() -> None:
    assert generate_stay(5) == generate_stay(5)


def test_features_know_nothing_of_what_comes_later() -> None:
    stay = generate_stay(8)
    moment = Instant(stay.admitted.unix_micros + 24 * 3_600_000_000)
    later = [e for e in stay.events if e.available_time and e.available_time.unix_micros > moment.unix_micros]
    known = [e for e in stay.events if e not in later]
    assert later
    whole = outcome_features(Chart.build(stay.events, moment), moment)
    assert whole == outcome_features(Chart.build(known, moment), moment)
    assert whole["in_hospital"].value == 1.0


def test_heads_are_trained_reported_and_loaded(tmp_path: Path) -> None:
    seen: list[int] = []
    reports = train_heads(tmp_path, stays=400, seed=2, progress=seen.append)
    assert seen[-1] == 400
    assert [report.outcome for report in reports] == [task.outcome for task in TASKS]
    assert all(0.5 < report.auroc <= 1 for report in reports[:2])
    heads = load_heads(tmp_path)
    assert heads.keys() == {task.outcome for task in TASKS}
    head, _ = heads["in_hospital_mortality"]
    calm, ill = ({"laboratory/lactate/last": value} for value in (0.6, 2.2))
    assert head.probability(head.contributions(calm)) < head.probability(head.contributions(ill))
    assert "Not for clinical use" in (tmp_path / "MODEL_CARD.md").read_text()
