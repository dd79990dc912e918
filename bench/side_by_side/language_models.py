"""The two ways of benches about the language model: our engine, and transformers with the events sent every time.

Both have the same base model, projector and precision, and read the same prompt. Charts are random rows, for neither
way's speed depends on what they say.
"""

import argparse
import hashlib
import queue
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from chartline.language.channels import CHANNELS
from chartline.language.prompt import SYSTEM
from chartline.llm_contract import EMBEDDING_SIZE, Chunk, Finished, GenerateRequest, Text
from chartline.models.base_models import load_base, placement
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine
from chartline.models.engine_prompt import BLOCK_EVENTS, PrefixTensors


@dataclass(frozen=True, slots=True)
class Chart:
    """`embeddings` float32 [N, 384] of length one, `channels` float32 [N, CHANNELS], a digest for each block."""

    embeddings: NDArray[np.float32]
    channels: NDArray[np.float32]
    digests: tuple[bytes, ...]
    block_events: NDArray[np.int32]

    @classmethod
    def random(cls, seed: int, events: int) -> "Chart":
        generator = np.random.default_rng(seed)
        rows = generator.standard_normal((events, EMBEDDING_SIZE), dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        starts = range(0, events, BLOCK_EVENTS)
        digests = tuple(hashlib.sha256(f"{seed} {events} {start}".encode()).digest() for start in starts)
        sizes = np.array([min(BLOCK_EVENTS, events - start) for start in starts], np.int32)
        return cls(rows, generator.standard_normal((events, CHANNELS), dtype=np.float32), digests, sizes)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What stands behind the chart, and how much is to be written."""

    user_text: str
    assistant_text: str = ""
    grammar: str = ""
    most_tokens: int = 1


@dataclass(frozen=True, slots=True)
class Writing:
    """A request on its way; the engine's `Reply`."""

    chunks: queue.SimpleQueue[Chunk] = field(default_factory=queue.SimpleQueue)

    def send(self, chunk: Chunk) -> None:
        self.chunks.put(chunk)

    def is_cancelled(self) -> bool:
        return False

    def tokens(self) -> int:
        """Waits for the end."""
        while isinstance(chunk := self.chunks.get(), Text):
            pass
        if not isinstance(chunk, Finished):
            raise RuntimeError(f"the engine did not write: {chunk}")
        return chunk.completion_tokens


class Ours:
    """The engine as Triton runs it, without Triton."""

    def __init__(self, llm: ConditionedLLM) -> None:
        self._engine = Engine(llm)

    def begin(self, chart: Chart, prompt: Prompt, *, warm: bool) -> Writing:
        """A warm request names the chart's blocks and sends none of them, as the gateway's first request does."""
        sent = slice(len(chart.embeddings) if warm else 0, None)
        request = GenerateRequest(
            "bench",
            "bench",
            SYSTEM,
            prompt.user_text,
            prompt.assistant_text,
            prompt.grammar,
            max_new_tokens=prompt.most_tokens,
            content_from_block=len(chart.digests) if warm else 0,
            deadline_seconds=3600,
        )
        writing = Writing()
        prefix = PrefixTensors(chart.digests, chart.block_events, chart.embeddings[sent], chart.channels[sent])
        self._engine.submit(request, prefix, writing)
        return writing

    def write(self, chart: Chart, prompt: Prompt, *, warm: bool) -> int:
        """The tokens written."""
        return self.begin(chart, prompt, warm=warm).tokens()

    def close(self) -> None:
        self._engine.close()


class Resending:
    """Llemr's way: every question projects the whole chart and hands it to `generate`; nothing is kept."""

    def __init__(self, llm: ConditionedLLM) -> None:
        self._llm = llm

    @torch.inference_mode()
    def write(self, chart: Chart, prompt: Prompt) -> int:
        """The tokens written."""
        llm = self._llm
        head, tail = prompt_ids(llm.tokenizer, SYSTEM, prompt.user_text, prompt.assistant_text)
        rows = (torch.from_numpy(rows).to(llm.device) for rows in (chart.embeddings, chart.channels))
        inputs = torch.cat([llm.tokens(head), llm.soft_tokens(*rows), llm.tokens(tail)]).unsqueeze(0)
        written = llm.llm.generate(
            inputs_embeds=inputs,
            attention_mask=torch.ones(inputs.shape[:2], dtype=torch.long, device=llm.device),
            max_new_tokens=prompt.most_tokens,
            do_sample=False,
            pad_token_id=llm.tokenizer.eos_token_id,
        )
        return int(written.shape[1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which model, in which precision."""
    parser.add_argument("--model", default="", help="a folder with a causal LM; without it SmolLM2-135M-Instruct")
    parser.add_argument("--dtype", default="auto", choices=["auto", "float32", "bfloat16"])


def load(options: argparse.Namespace) -> tuple[Ours, Resending, dict[str, str]]:
    """Both ways, each with its own copy of the model, and what the model is."""
    device, dtype = placement("auto", options.dtype)
    bases = [load_base(options.model, dtype=dtype, device=device) for _ in range(2)]
    ours, theirs = (ConditionedLLM.untrained(base, EMBEDDING_SIZE, CHANNELS).eval() for base in bases)
    facts = {"model": bases[0].name, "dtype": str(dtype).removeprefix("torch."), "device": device}
    return Ours(ours), Resending(theirs), facts
