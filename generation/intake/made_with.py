"""What a file of another tool says of its making, and bounds for it: anybody may have written that text."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from feedback.fields import clean_text, read_number
from feedback.production.briefs import LONGEST_PROMPT

MOST_TEXT = 4 * 2**20  # characters of a workflow that are read
LONGEST_WORD = 200  # characters of the name of a model or a sampler
LARGEST_SEED = 2**64 - 1  # as other tools have them


@dataclass(frozen=True)
class MadeWith:
    """How a file was made, as far as it says; None where it does not."""

    tool: str | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    seed: int | None = None
    sampler: str | None = None
    steps: int | None = None
    guidance: float | None = None
    model: str | None = None

    def described(self) -> dict[str, Any]:
        """For the provenance, without what the file does not say."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def text_in(value: Any, longest: int) -> str | None:
    """A text as the record may keep it, cut where it is long; None for what is none, or empty."""
    return (clean_text(value[: 2 * longest]).strip()[:longest] or None) if isinstance(value, str) else None


def prompt_in(value: Any) -> str | None:
    return text_in(value, LONGEST_PROMPT)


def word_in(value: Any) -> str | None:
    """On one line."""
    text = text_in(value, LONGEST_WORD)
    return " ".join(text.split()) if text else None


def whole_in(value: Any, highest: int) -> int | None:
    """A whole number from 0, or text that is one; None for anything else."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value.strip()) <= 20:
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value <= highest else None


def number_in(value: Any) -> float | None:
    number = read_number(value)
    return number if number is not None and 0 <= number <= 1000 else None


def parse_json(text: Any) -> Any:
    """What a text means as JSON; None for what is none, too long or too deep."""
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
