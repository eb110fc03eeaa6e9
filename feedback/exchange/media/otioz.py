"""The OTIO timeline and its media in one file (.otioz), which OpenTimelineIO, OpenRV and xStudio open."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import opentimelineio as otio

from feedback.exchange.edit.cut import Cut
from feedback.exchange.files import check_count, make_folder, whole_file
from feedback.exchange.media.named import FOLDER, with_media
from feedback.exchange.timelines.otio import timeline_of

ENDING = ".otioz"
KEEP_MISSING = "MissingIfNotFile"


def write_otioz(cut: Cut, path: Path, codec: str) -> int:
    """Returns the number of clips read back."""
    make_folder(path.parent)
    with whole_file(path) as partial, TemporaryDirectory(dir=path.parent, prefix=".otioz-") as folder:
        brought = with_media(cut, Path(folder), codec)
        # The adapter looks for files; in the bundle it writes paths of its own.
        media = Path(folder).resolve() / FOLDER
        clips = [
            clip if clip.location is None else replace(clip, location=str(media / clip.file)) for clip in brought.clips
        ]
        timeline = timeline_of(replace(brought, clips=clips))
        packed = Path(folder) / f"selects{ENDING}"
        otio.adapters.write_to_file(timeline, str(packed), adapter_name="otioz", media_policy=KEEP_MISSING)
        count = len(otio.adapters.read_from_file(str(packed), adapter_name="otioz").find_clips())
        check_count(path, count, len(cut.clips))
        packed.replace(partial)
    return count
