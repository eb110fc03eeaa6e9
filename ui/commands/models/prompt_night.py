"""The prompt writer's part of a night."""

from __future__ import annotations

from feedback.errors import Refused
from feedback.store import Studio


def tune_prompt_writer(studio: Studio) -> str:
    """What came of it in one line; a refusal is no fault of the night."""
    from finetune.prompts.jobs import tune_prompts
    from ui.settings import read_settings

    try:
        made = tune_prompts(studio, read_settings().prompt_model or "starter", actor="studio")
    except Refused as refusal:
        return f"no prompt writer was tuned: {refusal}"
    return f"{made['writer']} learned from {made['judgements']} judgements of wordings"
