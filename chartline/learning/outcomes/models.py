"""The one list of the models of outcomes that there are; docs/outcomes.md says what each reads and whose it is.

Those that are served, and those that read every chart by the weights of a text encoder or an LLM.
"""

from __future__ import annotations

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.counts_logistic import CountFeatures
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
from chartline.learning.outcomes.sequences.models import RemedModel
from chartline.learning.outcomes.served_models import SERVED
from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder


def _remed() -> RemedModel:
    return RemedModel(TextEncoder().encode, EMBEDDING_SIZE)


def _list_minilm() -> TextFeatures:
    return TextFeatures(recent_list, "a newline separated list", sentences_of)


def _markdown_minilm() -> TextFeatures:
    return TextFeatures(markdown, "Markdown", sentences_of)


def _list_llm() -> TextFeatures:
    return TextFeatures(recent_list, "a newline separated list", llm_of)


_LIST_MINILM = kind_of(lambda: LinearModel(_list_minilm()))

MODELS: dict[str, Kind] = {
    **SERVED,
    "remed": kind_of(_remed),
    "list-minilm": _LIST_MINILM,
    "markdown-minilm": kind_of(lambda: LinearModel(_markdown_minilm())),
    "list-llm": kind_of(lambda: LinearModel(_list_llm())),
    "events-llm": kind_of(lambda: LinearModel(ChatTextFeatures(events_text))),
    "soft-llm": kind_of(lambda: LinearModel(SoftFeatures())),
    "list-minilm-counts": kind_of(lambda: LinearModel(Beside(embedding=_list_minilm(), counts=CountFeatures()))),
    "mean": kind_of(lambda: CalibratedMean({REFERENCE: SERVED[REFERENCE], "list-minilm": _LIST_MINILM})),
    "llemr": kind_of(Llemr),
}


def model_kind(name: str) -> Kind:
    """Raises InvalidRequest for a name that no model has."""
    if name not in MODELS:
        raise InvalidRequest(f"there is no model {name}: the models are {', '.join(MODELS)}", field="model")
    return MODELS[name]


def new_model(name: str, question: str) -> StoredModel:
    """One that knows what it is asked, if it reads that. Raises InvalidRequest for a name that no model has."""
    model = model_kind(name).new()
    if isinstance(model, Asked):
        model.ask(question)
    return model
