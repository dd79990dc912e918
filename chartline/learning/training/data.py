"""Turns generated charts and questions into packs, the same for the same seed, and names the data by its hash."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import numpy as np

from chartline.language.channels import channels, time_origin
from chartline.language.plan_text import load_plan
from chartline.language.prompt import SYSTEM, planning_text, saying_text
from chartline.language.rendering import render, result_text
from chartline.language.verbalizer import sentence
from chartline.learning.generation.charts import generate_chart
from chartline.learning.generation.questions import Example, generate
from chartline.learning.generation.results import generate_result
from chartline.learning.generation.windows import random_moment
from chartline.learning.training.packs import Item, Pack, PatientPrefix, build_pack
from chartline.models.chat_prompt import prompt_ids
from chartline.models.text_encoder import TextEncoder
from chartline.record.event import Instant, TimePrecision

CHART_EVENTS = 300
LONGEST_SOFT_RUN = 96
#: Share of examples that train saying a result; the others train planning.
SAYING_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class DataSettings:
    """`examples` questions in packs of `per_pack`, on `charts` generated patients."""

    seed: int = 1
    examples: int = 24_000
    charts: int = 64
    per_pack: int = 8


def patient_prefixes(settings: DataSettings, encoder: TextEncoder) -> list[PatientPrefix]:
    """One prefix a chart; every distinct sentence is embedded once."""
    charts = [generate_chart(settings.seed * 1_000_003 + n, CHART_EVENTS) for n in range(settings.charts)]
    sentences = sorted({sentence(event) for chart in charts for event in chart})
    vectors = dict(zip(sentences, encoder.encode(sentences), strict=True))
    return [
        PatientPrefix(np.stack([vectors[sentence(e)] for e in chart]), channels(chart, time_origin(chart)))
        for chart in charts
    ]


def examples(settings: DataSettings) -> list[Example]:
    return list(islice(generate(settings.seed), settings.examples))


def data_sha256(settings: DataSettings) -> str:
    """Names the data: a hash over every example and chart that training sees."""
    digest = hashlib.sha256(repr(settings).encode())
    for example in examples(settings):
        digest.update(repr(example).encode())
    for number in range(settings.charts):
        digest.update(repr(generate_chart(settings.seed * 1_000_003 + number, CHART_EVENTS)).encode())
    return digest.hexdigest()


def asked_text(example: Example, now: Instant) -> str:
    """What the gateway writes for such a question: with the turns before it, and with why a first plan was refused."""
    return planning_text(example.question, now, example.conversation, example.hints)


def planning_item(tokenizer: Any, example: Example, now: Instant) -> Item:
    _, prompt = prompt_ids(tokenizer, SYSTEM, asked_text(example, now))
    target = tokenizer(example.plan + "\n", add_special_tokens=False)["input_ids"]
    return Item(tuple(prompt), tuple(target))


def saying_item(tokenizer: Any, example: Example, now: Instant, rng: random.Random) -> Item | None:
    """The example's plan with a result: the answer is to be said. None where there is nothing to say."""
    plan = load_plan(example.plan)
    result = generate_result(plan, rng)
    if result is None:
        return None
    written = saying_text(example.plan, result_text(plan, result))
    _, prompt = prompt_ids(tokenizer, SYSTEM, asked_text(example, now), written)
    target = tokenizer(f" {render(plan, result)}{tokenizer.eos_token}", add_special_tokens=False)["input_ids"]
    return Item(tuple(prompt), tuple(target))


def packs(tokenizer: Any, settings: DataSettings, prefixes: list[PatientPrefix]) -> Iterator[Pack]:
    """All examples once, in the order they were drawn."""
    rng = random.Random(settings.seed + 1)  # noqa: S311 - reproducible data, no secret
    head, _ = prompt_ids(tokenizer, SYSTEM, "")
    rows = iter(examples(settings))
    while batch := list(islice(rows, settings.per_pack)):
        items = [_item(tokenizer, example, rng) for example in batch]
        yield build_pack(head, _run(rng.choice(prefixes), rng), items, rng)


def _item(tokenizer: Any, example: Example, rng: random.Random) -> Item:
    now = _random_now(rng)
    said = saying_item(tokenizer, example, now, rng) if rng.random() < SAYING_SHARE else None
    return said or planning_item(tokenizer, example, now)


def _run(prefix: PatientPrefix, rng: random.Random) -> PatientPrefix:
    length = rng.choice((0, 8, 16, 32, 64, LONGEST_SOFT_RUN))
    start = rng.randint(0, max(0, len(prefix) - length))
    return PatientPrefix(prefix.embeddings[start : start + length], prefix.channels[start : start + length])


def _random_now(rng: random.Random) -> Instant:
    micros = int((random_moment(rng) - datetime(1970, 1, 1)).total_seconds()) * 1_000_000  # noqa: DTZ001
    return Instant(micros, None, TimePrecision.SECOND)
