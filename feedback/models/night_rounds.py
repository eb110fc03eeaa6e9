"""A round of nights, one for each project: when it began, so that one that was killed goes on as the same round."""

from __future__ import annotations

import json

from feedback.clock import now, seconds_between
from feedback.models.nights import SAME_NIGHT
from feedback.store import Studio

KEY = "night_round"


def begin_round(studio: Studio, person: str | None) -> str:
    """When the round began (UTC): now, or earlier where one for the same person was begun and did not end.

    After SAME_NIGHT seconds it is another one, as a night is.
    """
    text = studio.setting(KEY)
    known = json.loads(text) if text else None
    if known and known["person"] == person and seconds_between(known["began"], now()) < SAME_NIGHT:
        return str(known["began"])
    began = now()
    studio.set_setting(KEY, json.dumps({"person": person, "began": began}))
    return began


def end_round(studio: Studio) -> None:
    """All its nights are over, however they ended."""
    studio.set_setting(KEY, "")
