"""A round of nights, one for each project: when it began, so that one that was killed goes on as the same round."""

from __future__ import annotations

import json

from feedback.clock import now, seconds_between
from feedback.models.nights import SAME_NIGHT, Night, last_night
from feedback.store import Studio

KEY = "night_round"


def begin_round(studio: Studio, recipe: str) -> str:
    """When the round began (UTC): now, or earlier where one of the same recipe (its hash) was begun and did not end.

    After SAME_NIGHT seconds it is another one, as a night is.
    """
    text = studio.setting(KEY)
    known = json.loads(text) if text else None
    if known and known.get("recipe") == recipe and seconds_between(known["began"], now()) < SAME_NIGHT:
        return str(known["began"])
    began = now()
    studio.set_setting(KEY, json.dumps({"recipe": recipe, "began": began}))
    return began


def ended_in_round(studio: Studio, person: str | None, project: str, began: str) -> Night | None:
    """The night of a project that is over since the round began, however it ended."""
    night = last_night(studio, person, project)
    is_over = night is not None and night["started"] >= began and night["state"] in ("done", "refused", "failed")
    return night if is_over else None


def end_round(studio: Studio) -> None:
    """All its nights are over, however they ended."""
    studio.set_setting(KEY, "")
