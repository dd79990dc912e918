"""The one list of the models of outcomes that there are; docs/outcomes.md says what each reads and whose it is."""

from __future__ import annotations

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.counts_lightgbm import CountsLightGbm
from chartline.learning.outcomes.counts_logistic import CountFeatures, CountsLogistic
from chartline.learning.outcomes.embeddings.features import (
    ChatTextFeatures,
    SoftFeatures,
    TextFeatures,
    llm_of,
    sentences_of,
)
from chartline.learning.outcomes.embeddings.llemr import Llemr
from chartline.learning.outcomes.embeddings.markdown import markdown
from chartline.learning.outcomes.embeddings.texts import events_text, recent_list
from chartline.learning.outcomes.kinds import Asked, Kind, StoredModel, kind_of
from chartline.learning.outcomes.linear_model import Beside, LinearModel
from chartline.learning.outcomes.mean import CalibratedMean
from chartline.learning.outcomes.names import REFERENCE
from chartline.learning.outcomes.sequences.grasp import Grasp
from chartline.learning.outcomes.sequences.models import GenHpfModel, NextCodeFeatures, RemedModel, StepModel
from chartline.learning.outcomes.sequences.networks import Attentive, Recurrent
from chartline.learning.outcomes.sequences.retain_model import RetainModel
from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder


def _remed() -> RemedModel:
    return RemedModel(TextEncoder().encode, EMBEDDING_SIZE)


def _list_minilm() -> TextFeatures:
    return TextFeatures(recent_list, "a newline separated list", sentences_of)


def _markdown_minilm() -> TextFeatures:
    return TextFeatures(markdown, "Markdown", sentences_of)


def _list_llm() -> TextFeatures:
    return TextFeatures(recent_list, "a newline separated list", llm_of)


_ENCODER, _LLM = "a text encoder", "an LLM"
_LIGHTGBM = Kind(CountsLightGbm, CountsLightGbm.load)
_LIST_MINILM = kind_of(lambda: LinearModel(_list_minilm()), _ENCODER)

MODELS: dict[str, Kind] = {
    REFERENCE: _LIGHTGBM,
    "counts-logistic": kind_of(CountsLogistic),
    "gru": kind_of(lambda: StepModel(Recurrent)),
    "transformer": kind_of(lambda: StepModel(Attentive)),
    "retain": kind_of(RetainModel),
    "grasp": kind_of(lambda: StepModel(Grasp)),
    "genhpf": kind_of(GenHpfModel),
    "remed": kind_of(_remed, _ENCODER),
    "next-code": kind_of(lambda: LinearModel(NextCodeFeatures())),
    "list-minilm": _LIST_MINILM,
    "markdown-minilm": kind_of(lambda: LinearModel(_markdown_minilm()), _ENCODER),
    "list-llm": kind_of(lambda: LinearModel(_list_llm()), _LLM),
    "events-llm": kind_of(lambda: LinearModel(ChatTextFeatures(events_text)), _LLM),
    "soft-llm": kind_of(lambda: LinearModel(SoftFeatures()), _LLM),
    "list-minilm-counts": kind_of(
        lambda: LinearModel(Beside(embedding=_list_minilm(), counts=CountFeatures())), _ENCODER
    ),
    "mean": kind_of(lambda: CalibratedMean({REFERENCE: _LIGHTGBM, "list-minilm": _LIST_MINILM}), _ENCODER),
    "llemr": kind_of(Llemr, _LLM),
}


def model_kind(name: str) -> Kind:
    """Raises InvalidRequest for a name that no model has."""
    if name not in MODELS:
        raise InvalidRequest(f"there is no model {name}: the models are {', '.join(MODELS)}", field="model")
    return MODELS[name]


def unserved_reason(name: str) -> str:
    """Why a model of that name is for offline use alone; empty for one that is served. Raises InvalidRequest."""
    reads_by = model_kind(name).reads_by
    served = ", ".join(name for name, kind in MODELS.items() if not kind.reads_by)
    return f"{name} reads each chart by {reads_by}, which no call waits for: served are {served}" if reads_by else ""


def new_model(name: str, question: str) -> StoredModel:
    """One that knows what it is asked, if it reads that. Raises InvalidRequest for a name that no model has."""
    model = model_kind(name).new()
    if isinstance(model, Asked):
        model.ask(question)
    return model
