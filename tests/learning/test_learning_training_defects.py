"""Defects of the published code of this method (Llemr's released code, Wu et al. 2024) that training must not repeat.

Those of data are in test_learning_llemr_defects; here is what training makes of data.

 1  patients of the test split in training                  test_learning_example_folder
 2  a data set that cannot be constructed                   test_learning_stages runs both stages from generated data
 3  columns that no step writes                             test_learning_example_folder
 4  steps that read other files than the step before wrote  test_learning_stages
 5  inputs that serving makes otherwise than training       below
 6  answers that stand nowhere in the input                 below
 7  numbers lost on the way in                              below, and in bf16 in test_learning_trainer
10  facts in an order in which the chart did not learn them below
"""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from chartline.language.prompt import SYSTEM, direct_text
from chartline.learning.training.charts import Charts
from chartline.learning.training.data import item
from chartline.learning.training.examples import TRAIN, read_examples
from chartline.learning.training.packs import build_pack
from chartline.llm_contract import GenerateRequest
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine_prompt import PrefixTensors, prepare
from chartline.models.text_encoder import TextEncoder
from chartline.record.event import Event, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import EventKind
from chartline.record.times import DAY, parse_instant
from tests.models.tiny_llms import write_checkpoint


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder()


def lab(number: int, value: str = "", text: str = "") -> Event:
    at = Instant(number * DAY, None, TimePrecision.SECOND)
    return Event(
        patient="p",
        kind=EventKind.LABORATORY,
        source=Source("test", "test", str(number)),
        natural_key=str(number),
        display="base excess",
        time=at,
        available_time=at,
        quantity=Quantity(value, "mmol/L") if value else None,
        text_value=text,
    )


def test_5_serving_reads_what_training_showed(
    example_folder: Path, tiny_base: Path, encoder: TextEncoder, tmp_path: Path
) -> None:
    """The same ids at the same positions, and the same numbers for every event, demographics too."""
    folder = read_examples(example_folder)
    row = folder.of(TRAIN, "align")[0]
    whole = Charts(folder.charts(), encoder).whole(row.patient).prefix
    llm = ConditionedLLM.load(write_checkpoint(tmp_path, tiny_base, channels=42))
    head, _ = prompt_ids(llm.tokenizer, SYSTEM, "")
    no_gap = random.Random(1)
    pack = build_pack(head, whole, [item(llm.tokenizer, row)], no_gap, 4096)
    request = GenerateRequest("1", "", SYSTEM, direct_text(row.question, parse_instant(row.now)))
    blocks = np.array([len(whole) - n for n in range(0, len(whole), 64)], np.int32).clip(max=64)
    served = prepare(llm, request, PrefixTensors((b"x",) * len(blocks), blocks, whole.embeddings, whole.channels))
    ids = [*served.head, *[-1] * len(whole), *served.tail]
    assert pack.ids[: len(ids)].tolist() == ids
    assert pack.positions.tolist() == list(range(len(pack.ids)))
    assert torch.equal(torch.from_numpy(pack.prefix.channels), served.channels)


def test_6_every_kind_that_is_asked_about_is_in_the_input(example_folder: Path, encoder: TextEncoder) -> None:
    """Diagnoses, vital signs, inputs and outputs as well: no event of a chart is without a soft token."""
    folder = read_examples(example_folder)
    charts = folder.charts()
    prefixes = Charts(charts, encoder)
    for row in folder.of(TRAIN, "align"):
        kinds = prefixes.whole(row.patient).prefix.channels[:, -21:].argmax(axis=1) + 1
        assert sorted(kinds.tolist()) == sorted(int(event.kind) for event in charts[row.patient])


def test_7_negative_and_small_numbers_and_words_stay_apart(encoder: TextEncoder) -> None:
    """Titres and the "<" of a bound are read by plans alone, from the record: soft tokens hold neither."""
    chart = [lab(0, "-3.2"), lab(1, "3.2"), lab(2, "0.01"), lab(3, "0.001"), lab(4, text="trace"), lab(5, text="large")]
    prefix = Charts({"p": chart}, encoder).whole("p").prefix
    numbers = prefix.channels[:, :3]
    assert len({tuple(row) for row in numbers[:4].tolist()}) == 4
    assert numbers[0, 1] == -numbers[1, 1] < 0
    assert not np.allclose(prefix.embeddings[4], prefix.embeddings[5], atol=0.05)


def test_10_a_late_result_of_an_old_sample_stands_at_the_end(encoder: TextEncoder) -> None:
    late = replace(lab(1, "1"), available_time=Instant(9 * DAY, None, TimePrecision.SECOND))
    prefix = Charts({"p": [late, lab(3, "3"), lab(5, "5")]}, encoder).whole("p").prefix
    values = [round(float(np.expm1(value * 8)), 3) for value in prefix.channels[:, 1]]
    assert values == [3, 5, 1]
