"""RETAIN as an outcome model that says what it goes by: its logit is a sum over tokens, and tokens are of events."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection

from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.contributions import MOST_EVENTS
from chartline.learning.outcomes.sequences.batches import Schedule
from chartline.learning.outcomes.sequences.models import StepModel
from chartline.learning.outcomes.sequences.networks import Retain
from chartline.learning.outcomes.sequences.steps import PADDING, UNKNOWN, happened


class RetainModel(StepModel):
    how = "exact parts of the log-odds: attention times embedding of each concept (Choi et al. 2016), over all times"

    def __init__(self, schedule: Schedule | None = None) -> None:
        super().__init__(Retain, schedule)

    def contributions(self, case: Case) -> dict[str, float]:
        assert isinstance(self.module, Retain), "fit or load first"
        self.module.eval()
        batch = self.batch([case])
        parts: Counter[str] = Counter()
        names = self._names()
        tokens, told = batch.tokens.flatten().tolist(), self.module.contributions(batch).flatten().tolist()
        for token, part in zip(tokens, told, strict=True):
            if token != PADDING:
                parts[names[token]] += part
        return dict(parts)

    def evidence(self, case: Case, features: Collection[str]) -> dict[str, tuple[str, ...]]:
        found: dict[str, deque[str]] = {feature: deque(maxlen=MOST_EVENTS) for feature in features}
        names = self._names()
        for _, event, value in happened(case.chart):
            for name in {names[token] for token in self.vocabulary.tokens(event, value)} & found.keys():
                found[name].append(event.event_key)
        return {feature: tuple(keys) for feature, keys in found.items()}

    def _names(self) -> dict[int, str]:
        return {UNKNOWN: "what training did not know", **{token: name for name, token in self.vocabulary.ids.items()}}
