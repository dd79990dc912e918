"""Heads of planted cases, kept as training keeps them, and requests about such cases as the gateway sends them."""

from collections.abc import Sequence
from pathlib import Path

from chartline.learning.outcomes.abstention import fit_abstention
from chartline.learning.outcomes.calibration import Calibration
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.drift import fit_reference
from chartline.learning.outcomes.kept import Origin, OutcomeHead
from chartline.learning.outcomes.linear_model import LinearModel
from chartline.learning.outcomes.sequences.batches import Schedule
from chartline.learning.outcomes.sequences.models import NextCodeFeatures
from chartline.learning.outcomes.sequences.network_model import NetworkModel
from chartline.learning.outcomes.served_models import served_kind
from chartline.learning.outcomes.training import train_outcome
from chartline.llm_contract import PredictRequest, dump_request
from chartline.rpc.messages import events_to_bytes
from tests.learning.outcome_cases import planted_cases


def write_head(
    folder: Path, outcome: str, version: int = 1, model: str = "counts-logistic", patients: int = 160
) -> Path:
    place = folder / outcome / str(version)
    train_outcome(place, planted_cases(patients), model, outcome, seed=version)
    return place


def keep_hardly_trained(folder: Path, outcome: str, model: str, cases: Sequence[Case]) -> OutcomeHead:
    """A head of any model whose networks saw the cases once: good for nothing but to be served as it is."""
    made = served_kind(model).new()
    once = Schedule(epochs=1)
    if isinstance(made, NetworkModel):
        made.schedule = once
    if isinstance(made, LinearModel) and isinstance(made.features, NextCodeFeatures):
        made.features.schedule = once
    made.fit(cases, (), 1)
    limits = fit_abstention(cases, cases)
    calibration = Calibration("platt", 1.1, 1.1, -0.2, 1, 1, 1, ((0.01,) * 3,) * 3)
    reference = fit_reference(cases, limits, made.predict(cases))
    head = OutcomeHead(Origin(model, outcome, 1, ""), made, calibration, limits, reference)
    head.save(folder / outcome / "1", f"# {outcome}")
    return head


def asked(case: Case, *outcomes: str, describe: bool = False) -> tuple[bytes, bytes]:
    """REQUEST and CHART."""
    at = case.prediction_time
    time = (at.unix_micros, at.offset_minutes, int(at.precision))
    return dump_request(PredictRequest(outcomes, time, describe)), events_to_bytes(case.chart.events)
