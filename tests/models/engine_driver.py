"""Asks an engine as a client would, and computes the same text with transformers' own greedy `generate`."""

import hashlib
import queue
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from chartline.llm_contract import Chunk, GenerateRequest, Text
from chartline.models.chat_prompt import prompt_ids
from chartline.models.conditioned_llm import ConditionedLLM
from chartline.models.engine import Engine
from chartline.models.engine_prompt import PrefixTensors

SYSTEM = "Read the chart."
REQUEST = GenerateRequest("r", "tenant", SYSTEM, "\nQuestion: how many?", max_new_tokens=16)


class Reply:
    def __init__(self) -> None:
        self.chunks: queue.Queue[Chunk] = queue.Queue()
        self.cancelled = False

    def send(self, chunk: Chunk) -> None:
        self.chunks.put(chunk)

    def is_cancelled(self) -> bool:
        return self.cancelled

    def all(self) -> tuple[str, Chunk]:
        """The text and the last chunk; waits for it."""
        text = ""
        while isinstance(chunk := self.chunks.get(timeout=120), Text):
            text += chunk.text
        return text, chunk


@dataclass(frozen=True)
class Patient:
    """A chart as rows of random events, in blocks with chained digests."""

    embeddings: NDArray[np.float32]
    channels: NDArray[np.float32]
    sizes: tuple[int, ...] = field(default=())

    @classmethod
    def random(cls, seed: int, events: int, channels: int = 6) -> "Patient":
        generator = np.random.default_rng(seed)
        rows = generator.standard_normal((events, 384)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return cls(rows, generator.standard_normal((events, channels)).astype(np.float32))

    def prefix(self, content_from: int = 0) -> PrefixTensors:
        digest, digests = b"", []
        parts = [slice(i, i + 64) for i in range(0, len(self.embeddings), 64)]
        for part in parts:
            content = self.embeddings[part].tobytes() + self.channels[part].tobytes()
            digest = hashlib.sha256(digest + content).digest()
            digests.append(digest)
        counts = np.array([len(self.embeddings[part]) for part in parts], np.int32)
        rows = slice(64 * content_from, None)
        return PrefixTensors(tuple(digests), counts, self.embeddings[rows], self.channels[rows])


def start(engine: Engine, patient: Patient, request: GenerateRequest = REQUEST) -> Reply:
    reply = Reply()
    engine.submit(request, patient.prefix(request.content_from_block), reply)
    return reply


def ask(engine: Engine, patient: Patient, question: str, **changes: object) -> tuple[str, Chunk]:
    return start(engine, patient, replace(REQUEST, user_text=question, **changes)).all()  # type: ignore[arg-type]


def generated(llm: ConditionedLLM, patient: Patient, question: str, most: int = 16) -> str:
    """What transformers writes; `llm` must not be the engine's, which attends in its own way."""
    head, tail = prompt_ids(llm.tokenizer, SYSTEM, question)
    with torch.inference_mode():
        soft = llm.soft_tokens(torch.from_numpy(patient.embeddings), torch.from_numpy(patient.channels))
        inputs = torch.cat([llm.tokens(head), soft, llm.tokens(tail)]).unsqueeze(0)
        ids = llm.llm.generate(
            inputs_embeds=inputs,
            attention_mask=torch.ones(inputs.shape[:2], dtype=torch.long),
            max_new_tokens=most,
            do_sample=False,
        )
    return llm.tokenizer.decode(ids[0], skip_special_tokens=True)
