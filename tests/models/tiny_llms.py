"""Tiny random checkpoints of real model families, written as any Hugging Face folder is.

Their tokens are the printable ASCII characters, so that a text says which tokens it was made of.
"""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    AutoModelForCausalLM,
    Gemma2Config,
    Gemma3TextConfig,
    GemmaConfig,
    LlamaConfig,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)

from chartline.models.base_models import load_base
from chartline.models.checkpoint import Checkpoint, save_card
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.projector import save_projector

SPECIALS = ["<unk>", "<s>", "</s>", "<|user|>", "<|assistant|>"]
WITH_SYSTEM = (
    "{{ bos_token }}{% for m in messages %}<|user|>{{ m['role'] }}: {{ m['content'] }}</s>{% endfor %}<|assistant|>"
)
WITHOUT_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + WITH_SYSTEM

_SIZE: dict[str, Any] = {
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": 4096,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 2,
    "initializer_range": 0.3,
    "tie_word_embeddings": False,  # tied, a random Gemma repeats its last input for ever
}
CONFIGS = {
    "llama": lambda v: LlamaConfig(vocab_size=v, **_SIZE),
    "qwen2": lambda v: Qwen2Config(vocab_size=v, **_SIZE),
    "mistral": lambda v: MistralConfig(vocab_size=v, sliding_window=40, **_SIZE),
    "gemma": lambda v: GemmaConfig(vocab_size=v, **_SIZE),
    "gemma2": lambda v: Gemma2Config(vocab_size=v, sliding_window=40, **_SIZE),
    "gemma3": lambda v: Gemma3TextConfig(vocab_size=v, sliding_window=40, sliding_window_pattern=2, **_SIZE),
}
EMBEDDING_SIZE, CHANNELS = 384, 6


def tiny_llm(family: str, vocabulary: int) -> Any:
    torch.manual_seed(7)
    return AutoModelForCausalLM.from_config(CONFIGS[family](vocabulary)).eval()


def write_base(folder: Path, family: str) -> Path:
    tokenizer = _tokenizer("gemma" not in family)
    tiny_llm(family, len(tokenizer)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def write_checkpoint(folder: Path, base_folder: Path, channels: int = CHANNELS) -> Path:
    base = load_base(str(base_folder))
    torch.manual_seed(11)
    llm = ConditionedLLM.untrained(base, EMBEDDING_SIZE, channels)
    card = Checkpoint(
        base_model=str(base_folder),
        base_sha256=base.sha256,
        hidden_size=base.hidden_size,
        embedding_size=EMBEDDING_SIZE,
        channels=channels,
        verbalizer_version="test",
        encoder_version="test",
        data_sha256="none",
        seed=11,
    )
    save_card(folder, card)
    save_projector(folder, llm.projector)
    return folder


def _tokenizer(system_role: bool) -> PreTrainedTokenizerFast:
    characters = [chr(code) for code in range(33, 127)] + ["\u0120", "\u010a"]  # byte-level names of space and newline
    vocabulary = {token: i for i, token in enumerate([*SPECIALS, *characters])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(SPECIALS)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="</s>",
        unk_token="<unk>",
        chat_template=WITH_SYSTEM if system_role else WITHOUT_SYSTEM,
    )
