"""Heads of planted cases, kept as training keeps them, and requests about such cases as the gateway sends them."""

from pathlib import Path

from chartline.learning.outcomes.cases import Case
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


def asked(case: Case, *outcomes: str, describe: bool = False) -> tuple[bytes, bytes]:
    """REQUEST and CHART."""
    at = case.prediction_time
    time = (at.unix_micros, at.offset_minutes, int(at.precision))
    return dump_request(PredictRequest(outcomes, time, describe)), events_to_bytes(case.chart.events)
