"""The tensors and messages that the gateway and Triton exchange, as data; `config.pbtxt` is tested against it.

Model `chartline_llm` is decoupled. One request asks for one text after a patient's prefix:

    REQUEST            BYTES [1]      JSON of GenerateRequest
    BLOCK_DIGESTS      BYTES [B]      digests of the prefix blocks, oldest first; B may be 0
    BLOCK_EVENTS       INT32 [B]      events in each block, 1 to 64
    EVENT_EMBEDDINGS   FP32  [N, 384] the events of the blocks from `content_from_block` on; N may be 0
    EVENT_CHANNELS     FP32  [N, C]   their numeric channels

and is answered by any number of responses, each with one output:

    CHUNK              BYTES [1]      JSON of one of Text, MissingBlocks, Finished, Failed; the last three are final

A prefix is first asked for by digests alone. `MissingBlocks` says from which block on the content must be sent; the
caller sends the request again with it. Soft tokens stay next to the engine and cross the wire once. A request without
a prefix leaves the four tensors out.

Model `chartline_predictor` is not decoupled and batches:

    REQUEST            BYTES [1]      JSON of PredictRequest
    CHART              BYTES [1]      the events that the chart shows, as the encoder's ReadChart gives them; else empty
    RESPONSE           BYTES [1]      JSON of PredictResponse

`chartline_echo` gives numeric tensors back unchanged: the start-up self-test sends known values through, because a
wrong numpy in the stub corrupts tensors in silence.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

LLM_MODEL = "chartline_llm"
PREDICTOR_MODEL = "chartline_predictor"
ECHO_MODEL = "chartline_echo"
EMBEDDING_SIZE = 384


@dataclass(frozen=True, slots=True)
class Tensor:
    """`dims` as in config.pbtxt: -1 is any size. The predictor alone batches, so a batch stands before its dims."""

    name: str
    data_type: str
    dims: tuple[int, ...]
    optional: bool = False


LLM_INPUTS = (
    Tensor("REQUEST", "TYPE_STRING", (1,)),
    Tensor("BLOCK_DIGESTS", "TYPE_STRING", (-1,), optional=True),
    Tensor("BLOCK_EVENTS", "TYPE_INT32", (-1,), optional=True),
    Tensor("EVENT_EMBEDDINGS", "TYPE_FP32", (-1, EMBEDDING_SIZE), optional=True),
    Tensor("EVENT_CHANNELS", "TYPE_FP32", (-1, -1), optional=True),
)
LLM_OUTPUTS = (Tensor("CHUNK", "TYPE_STRING", (1,)),)
PREDICTOR_INPUTS = (Tensor("REQUEST", "TYPE_STRING", (1,)), Tensor("CHART", "TYPE_STRING", (1,)))
PREDICTOR_OUTPUTS = (Tensor("RESPONSE", "TYPE_STRING", (1,)),)
ECHO_INPUTS = (Tensor("NUMBERS", "TYPE_FP32", (-1,)), Tensor("WORDS", "TYPE_STRING", (-1,)))
ECHO_OUTPUTS = (Tensor("NUMBERS", "TYPE_FP32", (-1,)), Tensor("WORDS", "TYPE_STRING", (-1,)))


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """`system`, the soft tokens, `user_text` and `assistant_text` make the prompt, in this order, by the model's own
    chat template; the model continues `assistant_text`. `cache_scope` keeps prefixes of different tenants and encoders
    apart. `grammar` is a Lark grammar in llguidance's dialect, empty for free text. `draft` is what such a text is
    guessed to be: it is computed at once and kept as far as the model writes the same, so that it changes how fast a
    text comes and not what it says (speculative decoding, Leviathan et al. 2023). `other_than` is a text of the grammar
    that is not to come again. `deadline_seconds` is what remains of the caller's time when sent.
    """

    request_id: str
    cache_scope: str
    system: str
    user_text: str
    assistant_text: str = ""
    grammar: str = ""
    draft: str = ""
    other_than: str = ""
    stop: tuple[str, ...] = ()
    max_new_tokens: int = 128
    content_from_block: int = 0
    deadline_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the generated text; pieces are cut at whole UTF-8 characters."""

    text: str


@dataclass(frozen=True, slots=True)
class MissingBlocks:
    """The kept prefix ends before this block; send the content from it on."""

    from_block: int


@dataclass(frozen=True, slots=True)
class Finished:
    """`reason` is stop, length or deadline. `prompt_tokens` are all inputs before the text, `prefix_tokens` those of
    them that are events, `reused_tokens` those that were kept and not computed again.
    """

    reason: str
    prefix_tokens: int
    reused_tokens: int
    prompt_tokens: int
    completion_tokens: int
    model_versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """`error` names a class of `chartline.errors`: InvalidRequest, Exhausted, Unavailable or DeadlineExceeded."""

    error: str
    message: str


Chunk = Text | MissingBlocks | Finished | Failed
_CHUNKS: dict[str, type[Text] | type[MissingBlocks] | type[Finished] | type[Failed]] = {
    "text": Text,
    "missing_blocks": MissingBlocks,
    "finished": Finished,
    "failed": Failed,
}
_NAMES = {cls: name for name, cls in _CHUNKS.items()}
_FIELD_TYPES: dict[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": (int, float),
    "tuple[str, ...]": tuple,
}


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """`outcomes` are names, or "name/version"; none asks for the newest version of all that fit.

    `prediction_time` is the microseconds, offset and precision of the Instant that the chart shows; without one nothing
    is predicted. `describe` asks for the cards.
    """

    outcomes: tuple[str, ...] = ()
    prediction_time: tuple[int, int | None, int] | None = None
    describe: bool = False


@dataclass(frozen=True, slots=True)
class HeadContribution:
    """A part of the model's log-odds, said in words, with the keys of the events behind it."""

    words: str
    log_odds: float
    event_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeadPrediction:
    """`probability` is None with the reason why: abstained, or unfit where the outcome means nothing for the chart.

    `interval` is its 95 % confidence interval, `calibration` what both rest on, `explained_by` what the contributions
    are; the strongest of these come first.
    """

    outcome: str
    model_version: str
    card_id: str
    probability: float | None = None
    interval: tuple[float, float] | None = None
    abstained_reason: str = ""
    unfit_reason: str = ""
    calibration: str = ""
    explained_by: str = ""
    contributions: tuple[HeadContribution, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadCard:
    """`card` is Markdown, `card_id` its hash."""

    outcome: str
    model_version: str
    card: str
    card_id: str


@dataclass(frozen=True, slots=True)
class PredictResponse:
    predictions: tuple[HeadPrediction, ...]
    known_outcomes: tuple[str, ...]
    cards: tuple[HeadCard, ...] = ()


def dump_chunk(chunk: Chunk) -> bytes:
    return json.dumps({"type": _NAMES[type(chunk)], **asdict(chunk)}).encode()


def load_chunk(data: bytes) -> Chunk:
    content: dict[str, Any] = json.loads(data)
    return _CHUNKS[content.pop("type")](**content)


def dump_request(request: GenerateRequest | PredictRequest) -> bytes:
    return json.dumps(asdict(request)).encode()


def load_generate_request(data: bytes) -> GenerateRequest:
    """Raises ValueError or TypeError for anything else."""
    content: dict[str, Any] = json.loads(data)
    request = GenerateRequest(**{**content, "stop": tuple(content.get("stop", ()))})
    wrong = [f.name for f in fields(request) if not isinstance(getattr(request, f.name), _FIELD_TYPES[str(f.type)])]
    if wrong or not all(isinstance(text, str) for text in request.stop):
        raise TypeError(f"wrong types: {', '.join(wrong) or 'stop'}")
    return request


def load_predict_request(data: bytes) -> PredictRequest:
    """Raises ValueError, TypeError, KeyError or AttributeError for anything else."""
    content: dict[str, Any] = json.loads(data)
    time, outcomes = content["prediction_time"], content["outcomes"]
    if not isinstance(outcomes, list) or not all(isinstance(outcome, str) for outcome in outcomes):
        raise TypeError("outcomes are names")
    micros, offset, precision = time or (0, None, 0)
    if not all(isinstance(number, int) for number in (micros, offset or 0, precision)):
        raise TypeError("prediction_time is whole numbers")
    return PredictRequest(tuple(outcomes), (micros, offset, precision) if time else None, bool(content["describe"]))


def dump_predict_response(response: PredictResponse) -> bytes:
    # Not by asdict, which copies every part: an answer of many outcomes has thousands.
    return json.dumps(response, default=lambda part: {name: getattr(part, name) for name in part.__slots__}).encode()


def load_predict_response(data: bytes) -> PredictResponse:
    content: dict[str, Any] = json.loads(data)
    predictions = map(_head_prediction, content["predictions"])
    cards = (HeadCard(**card) for card in content["cards"])
    return PredictResponse(tuple(predictions), tuple(content["known_outcomes"]), tuple(cards))


def _head_prediction(content: dict[str, Any]) -> HeadPrediction:
    parts = (HeadContribution(p["words"], p["log_odds"], tuple(p["event_keys"])) for p in content["contributions"])
    interval = content["interval"] and tuple(content["interval"])
    return HeadPrediction(**{**content, "contributions": tuple(parts), "interval": interval})
