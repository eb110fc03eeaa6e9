"""Where the studio was last backed up to, as the studio itself remembers it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

from feedback.store.connection import Studio

KEY = "last_backup"


class LastBackup(TypedDict):
    folder: str
    number: int
    created: str


def note_backup(studio: Studio, folder: Path, number: int, created: str) -> None:
    """Nothing is noted in a studio that can only be read."""
    if not studio.is_read_only:
        studio.set_setting(KEY, json.dumps({"folder": str(folder.resolve()), "number": number, "created": created}))


def last_backup(studio: Studio) -> LastBackup | None:
    text = studio.setting(KEY)
    return cast(LastBackup, json.loads(text)) if text else None
