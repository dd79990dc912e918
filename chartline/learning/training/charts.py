"""What a prompt shows of a patient's chart: soft tokens as in serving, or what they are compared with."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from chartline.errors import InvalidRequest
from chartline.language.blocks import prefix_blocks
from chartline.language.channels import CHANNELS, time_origin
from chartline.language.verbalizer import describe
from chartline.learning.training.packs import PatientPrefix
from chartline.learning.training.settings import Showing
from chartline.models.text_encoder import EMBEDDING_SIZE, TextEncoder
from chartline.record.event import Event
from chartline.record.times import HOUR

#: How much of a chart stands before questions that a plan answers: its execution reads the whole chart anyway.
SOFT_RUNS = (0, 8, 16, 32, 64, 96)
_NONE = PatientPrefix(np.zeros((0, EMBEDDING_SIZE), np.float32), np.zeros((0, CHANNELS), np.float32))


@dataclass(frozen=True, slots=True)
class Shown:
    """Soft tokens' inputs, or the text that stands before the question in their place."""

    prefix: PatientPrefix
    text: str = ""


class Charts:
    """All patients' charts as prompts show them; every distinct sentence is embedded once."""

    def __init__(
        self, charts: Mapping[str, Sequence[Event]], encoder: TextEncoder, showing: Showing = Showing.SOFT
    ) -> None:
        blocks = {patient: prefix_blocks(events) for patient, events in charts.items()}
        self._showing = showing
        self._cut = {p for p, events in charts.items() if len(events) > sum(len(b.events) for b in blocks[p])}
        if showing is Showing.SOFT:
            self._said = {p: [s for b in chart for s in b.sentences] for p, chart in blocks.items()}
        else:
            self._said = {p: _lines([e for b in chart for e in b.events]) for p, chart in blocks.items()}
        embedded = self._said.values() if showing is not Showing.TEXT else ()
        distinct = sorted({sentence for sentences in embedded for sentence in sentences})
        self._place = {sentence: i for i, sentence in enumerate(distinct)}
        self._vectors = encoder.encode(distinct)
        self._channels = {p: np.concatenate([b.channels for b in chart]) for p, chart in blocks.items() if chart}

    def whole(self, patient: str) -> Shown:
        """Raises InvalidRequest for a chart that does not fit: an answer could stand in the part that is cut."""
        if patient in self._cut:
            raise InvalidRequest(f"the chart of {patient} is longer than a prefix: its questions cannot be answered")
        return self._part(patient, 0, len(self._said[patient]))

    def run(self, patient: str, rng: random.Random) -> Shown:
        """Some events in a row, or none."""
        length = min(rng.choice(SOFT_RUNS), len(self._said[patient]))
        start = rng.randint(0, len(self._said[patient]) - length)
        return self._part(patient, start, start + length)

    def _part(self, patient: str, start: int, stop: int) -> Shown:
        said = self._said[patient][start:stop]
        if self._showing is Showing.TEXT:
            return Shown(_NONE, "".join(f"\n{line}" for line in said))
        if not said:
            return Shown(_NONE)
        channels = self._channels[patient][start:stop]
        shown = channels if self._showing is Showing.SOFT else np.zeros_like(channels)
        return Shown(PatientPrefix(self._vectors[[self._place[sentence] for sentence in said]], shown))


def _lines(events: Sequence[Event]) -> list[str]:
    """An event in words with the hours that its channels would tell."""
    origin = time_origin(events)
    start = 0 if origin is None else origin.unix_micros
    times = (event.available_time or event.time for event in events)
    hours = (f"{(at.unix_micros - start) / HOUR:.1f} h: " if at is not None else "" for at in times)
    return [hour + describe(event) for hour, event in zip(hours, events, strict=True)]
