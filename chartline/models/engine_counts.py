"""What the engine counts, for metrics: totals since the start and the present state."""

from __future__ import annotations

from dataclasses import dataclass, field

from chartline.llm_contract import Chunk, Failed, Finished
from chartline.models.engine_row import Row


@dataclass(slots=True)
class EngineCounts:
    """`outcomes` counts requests by what their last chunk said; tokens are those of requests that got a first token."""

    outcomes: dict[str, int] = field(default_factory=dict)
    prompt_tokens: int = 0
    reused_tokens: int = 0
    completion_tokens: int = 0
    draft_tokens: int = 0
    draft_kept_tokens: int = 0
    first_token_seconds: float = 0.0
    first_tokens: int = 0
    steps: int = 0
    running: int = 0
    waiting: int = 0
    kept_bytes: int = 0
    kept_prefixes: int = 0

    def end(self, last: Chunk, row: Row) -> None:
        """Counts a request that ended with `last`."""
        outcome = last.error if isinstance(last, Failed) else last.reason if isinstance(last, Finished) else "missing"
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        if row.first_token_after:
            self.first_tokens += 1
            self.first_token_seconds += row.first_token_after
            self.prompt_tokens += row.prompt.length
            self.reused_tokens += row.reused
            self.completion_tokens += row.generated
            self.draft_tokens += row.draft_tokens
            self.draft_kept_tokens += row.draft_kept

    def show(self, running: int, waiting: int, kept_bytes: int, kept_prefixes: int) -> bool:
        """Takes the present state and says whether it is another."""
        state = (running, waiting, kept_bytes, kept_prefixes)
        changed = state != (self.running, self.waiting, self.kept_bytes, self.kept_prefixes)
        self.running, self.waiting, self.kept_bytes, self.kept_prefixes = state
        return changed
