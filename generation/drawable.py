"""Whether a model draws a brief at all."""

from __future__ import annotations

from feedback.errors import Refused
from feedback.store import Studio
from generation.media.sources import check_files
from generation.models.checking import HasPipe, check_brief
from generation.request import BriefRow


def is_drawable(studio: Studio, loaded: HasPipe, brief: BriefRow) -> bool:
    """The model's limits allow the brief, and the files that it starts from are there."""
    try:
        check_brief(loaded, brief)
        check_files(studio, brief)
    except Refused:
        return False
    return True
