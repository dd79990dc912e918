"""The one prompt of training and serving: the model's own chat template, split where the soft tokens stand.

    head ids | soft tokens of the patient's prefix | tail ids
    system, opening of the user's turn             | user_text, opening of the assistant's turn, assistant_text

The template is rendered with a placeholder for the soft tokens and then split there, so any model's template works.
"""

from __future__ import annotations

from typing import Any

from jinja2 import TemplateError

_PLACEHOLDER = "[[chartline-soft-tokens]]"


def prompt_ids(tokenizer: Any, system: str, user_text: str, assistant_text: str = "") -> tuple[list[int], list[int]]:
    """The ids before and after the soft tokens. Texts are data: a special token's name in them is not that token."""
    system, user_text, assistant_text = (_as_data(tokenizer, text) for text in (system, user_text, assistant_text))
    head, _, tail = _rendered(tokenizer, system, _PLACEHOLDER + user_text).partition(_PLACEHOLDER)
    return _ids(tokenizer, head), _ids(tokenizer, tail + assistant_text)


def _rendered(tokenizer: Any, system: str, user: str) -> str:
    if not getattr(tokenizer, "chat_template", None):
        return f"{tokenizer.bos_token or ''}{system}\n\n{user}\n\n"
    try:
        return _templated(tokenizer, [{"role": "system", "content": system}, {"role": "user", "content": user}])
    except TemplateError:  # some models (Gemma 1 and 2, early Mistral) know no system role
        return _templated(tokenizer, [{"role": "user", "content": f"{system}\n\n{user}"}])


def _templated(tokenizer: Any, messages: list[dict[str, str]]) -> str:
    text: str = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return text


def _as_data(tokenizer: Any, text: str) -> str:
    special = (token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    for name in (_PLACEHOLDER, *special):
        if name in text:
            text = text.replace(name, f"{name[0]} {name[1:]}")
    return text


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids
