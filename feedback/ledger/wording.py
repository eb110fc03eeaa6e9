"""Sentences of a ledger, which pages show in other languages: a text with its placeholders, and their values."""

from __future__ import annotations

from typing import Any, NamedTuple


def N_(text: str) -> str:
    """Marks a text that is translated where it is shown."""
    return text


class Sentence(NamedTuple):
    text: str
    values: dict[str, Any]

    def __str__(self) -> str:
        """In English."""
        return self.text.format(**self.values)


def sentence(text: str, **values: Any) -> Sentence:
    return Sentence(text, values)
