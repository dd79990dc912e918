"""The models of outcomes that are served: their folder holds all they need, so that a call waits for nothing else."""

from __future__ import annotations

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.counts_lightgbm import CountsLightGbm
from chartline.learning.outcomes.counts_logistic import CountsLogistic
from chartline.learning.outcomes.kinds import Kind, kind_of
from chartline.learning.outcomes.linear_model import LinearModel
from chartline.learning.outcomes.names import REFERENCE
from chartline.learning.outcomes.sequences.grasp import Grasp
from chartline.learning.outcomes.sequences.models import GenHpfModel, NextCodeFeatures, StepModel
from chartline.learning.outcomes.sequences.networks import Attentive, Recurrent
from chartline.learning.outcomes.sequences.retain_model import RetainModel

SERVED: dict[str, Kind] = {
    REFERENCE: Kind(CountsLightGbm, CountsLightGbm.load),
    "counts-logistic": kind_of(CountsLogistic),
    "gru": kind_of(lambda: StepModel(Recurrent)),
    "transformer": kind_of(lambda: StepModel(Attentive)),
    "retain": kind_of(RetainModel),
    "grasp": kind_of(lambda: StepModel(Grasp)),
    "genhpf": kind_of(GenHpfModel),
    "next-code": kind_of(lambda: LinearModel(NextCodeFeatures())),
}


def served_kind(name: str) -> Kind:
    """Raises InvalidRequest for a model that is not served."""
    if reason := unserved_reason(name):
        raise InvalidRequest(reason, field="model")
    return SERVED[name]


def unserved_reason(name: str) -> str:
    """Why a model of that name is for offline use alone; empty for one that is served."""
    if name in SERVED:
        return ""
    return f"{name} is not served, for no call waits for a text encoder or an LLM: served are {', '.join(SERVED)}"
