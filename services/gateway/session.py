"""One answer's session with the model: plan and answer continue the same kept prefix, and what they cost adds up."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from chartline.language.prompt import SYSTEM
from chartline.llm_contract import Finished, GenerateRequest
from chartline.rpc.context import current_request_id
from services.gateway.answer import Spent
from services.gateway.llm_client import LanguageModel
from services.gateway.prefix import LoadContent, Prefix


class Session:
    """`load_content` brings the content of the prefix where the model misses it; `spent` grows with every text."""

    def __init__(self, model: LanguageModel, prefix: Prefix, load_content: LoadContent, spent: Spent) -> None:
        self.prefix = prefix
        self.spent = spent
        self._model = model
        self._load_content = load_content

    async def write(
        self,
        user_text: str,
        *,
        assistant_text: str = "",
        grammar: str = "",
        draft: str = "",
        other_than: str = "",
        stop: tuple[str, ...] = (),
        max_new_tokens: int,
        seconds: float,
    ) -> AsyncGenerator[str, None]:
        """Pieces of what the model writes next. Raises ChartlineError; closing the generator ends the model's work."""
        request = GenerateRequest(
            request_id=current_request_id(),
            cache_scope=self.prefix.cache_scope,
            system=SYSTEM,
            user_text=user_text,
            assistant_text=assistant_text,
            grammar=grammar,
            draft=draft,
            other_than=other_than,
            stop=stop,
            max_new_tokens=max_new_tokens,
            deadline_seconds=seconds,
        )
        async with aclosing(self._model.generate(request, self.prefix, self._load_content)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, Finished):
                    self.spent.add(chunk)
                else:
                    yield chunk.text
