"""Tiny random weights in place of the shipped ones: every model that embeds charts runs, and runs in a moment."""

import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from outcome_charts import at
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from chartline.language.channels import CHANNELS
from chartline.learning.outcomes.as_of import case_at
from chartline.learning.outcomes.embeddings.markdown import markdown
from chartline.models.text_encoder import EMBEDDING_SIZE
from tests.models.tiny_llms import write_base, write_checkpoint

#: Tokens are single characters, but for the words that every Markdown record has.
TOKENS, EVENTS = 400, 64


@contextmanager
def tiny_weights(folder: Path) -> Iterator[None]:
    """Sets `CHARTLINE_EMBEDDING_*` for as long as it is entered."""
    base = write_base(folder / "base", "llama")
    told = {
        "TEXT_ENCODER": write_text_encoder(folder / "encoder"),
        "BASE": base,
        "CHECKPOINT": write_checkpoint(folder / "checkpoint", base, CHANNELS),
        "TOKENS": TOKENS,
        "EVENTS": EVENTS,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(f"CHARTLINE_EMBEDDING_{name}", str(value))
        yield


def write_text_encoder(folder: Path) -> Path:
    """One layer over characters, as wide as the real one: projectors take its vectors."""
    signs = [sign for sign in string.printable if not sign.isspace()]
    empty = markdown(case_at("Patient/0", [], at(0), False), lambda lines: lines)
    words = sorted({word for word in re.findall(r"\w+", empty) if len(word) > 1})
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *signs, *(f"##{sign}" for sign in signs), *words]
    tokenizer = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    ).save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=EMBEDDING_SIZE,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=64,
        initializer_range=0.1,
    )
    BertModel(config).save_pretrained(folder)
    return folder
