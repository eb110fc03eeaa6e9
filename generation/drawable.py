"""Whether a model draws a brief at all, and may."""

from __future__ import annotations

from feedback.errors import Refused
from feedback.rights.checks import check_drawing
from feedback.store import Studio
from generation.media.sources import check_files
from generation.models.checking import HasPipe, check_brief
from generation.request import BriefRow


def is_drawable(studio: Studio, loaded: HasPipe, brief: BriefRow) -> bool:
    """The model's limits allow the brief, so do licences and consents, and the files that it starts from are there."""
    try:
        if brief.get("id") is not None:  # what is learned from need not be a brief of the studio
            check_drawing(studio, brief["id"])
        check_brief(loaded, brief)
        check_files(studio, brief)
    except Refused:
        return False
    return True
