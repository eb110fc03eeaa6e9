"""The text `parameters` of A1111's web UI and what follows it: the prompt, the negative prompt, then one line of settings."""

from __future__ import annotations

import re

from generation.intake.made_with import (
    LARGEST_SEED,
    MOST_TEXT,
    MadeWith,
    number_in,
    prompt_in,
    whole_in,
    word_in,
)

NEGATIVE = "Negative prompt:"
LONGEST_LINE = 8192  # characters of the settings
SETTING = re.compile(r'([A-Za-z][A-Za-z0-9 _/-]{0,60}):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)')


def read_parameters(text: object) -> MadeWith | None:
    """None for what is no such text."""
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        return None
    before, _, last = text.strip().rpartition("\n")
    if not last.startswith("Steps:"):
        return None
    settings = {name.strip(): value.strip().strip('"') for name, value in SETTING.findall(last[:LONGEST_LINE])}
    prompt, _, negative = before.partition(NEGATIVE)
    return MadeWith(
        tool="A1111",
        prompt=prompt_in(prompt),
        negative_prompt=prompt_in(negative),
        seed=whole_in(settings.get("Seed"), LARGEST_SEED),
        sampler=word_in(settings.get("Sampler")),
        steps=whole_in(settings.get("Steps"), 10_000),
        guidance=number_in(settings.get("CFG scale")),
        model=word_in(settings.get("Model")),
    )
