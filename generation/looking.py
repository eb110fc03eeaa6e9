"""Looks of takes: of a new one when it is stored, and of those that have none yet (`feedback.looks`)."""

from __future__ import annotations

import logging

import numpy as np

from feedback import media
from feedback.looks import keep_look, takes_without
from feedback.studio import Studio
from generation.media.decode import read_frames

log = logging.getLogger(__name__)

AT_ONCE = 8  # takes between two glances at the queue


def look_at(studio: Studio, sha256: str, frames: np.ndarray | None = None) -> None:
    """Keeps the look of a rendition, uint8 [F, H, W, 3], read from its file if not given. Never raises: a take without
    a look is only dealt by chance."""
    try:
        keep_look(studio, sha256, read_frames(media.path_of(studio, sha256)) if frames is None else frames)
    except Exception as error:
        log.warning("no look of %s: %s", sha256[:12], " ".join(str(error).split()))


def look_at_more(studio: Studio, after: int, limit: int = AT_ONCE) -> int | None:
    """Looks at the next done takes that have no look; returns the last one's id, to go on from, or None at the end."""
    found = takes_without(studio, after, limit)
    for _, rendition in found:
        look_at(studio, rendition)
    return found[-1][0] if found else None


def look_at_all(studio: Studio) -> None:
    """Every done take has a look afterwards, if its file can be read."""
    after: int | None = 0
    while after is not None:
        after = look_at_more(studio, after)
