"""Prompts as one message of a chat, which text encoders that were trained to converse read."""

from __future__ import annotations

from typing import Any


def count_chat_tokens(tokenizer: Any, prompt: str, **options: Any) -> int:
    """Tokens of the prompt within the tokenizer's chat template; `options` are the template's own."""
    messages = [{"role": "user", "content": prompt}]
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **options)
    return len(tokenizer(text, truncation=False, verbose=False).input_ids)
