"""The files that raters get. They are padded when they are made; what was drawn before that needs a padded copy."""

from __future__ import annotations

import logging
from pathlib import Path

from feedback.durable_files import whole_file
from feedback.errors import one_line
from feedback.store import media
from feedback.store.connection import Studio
from feedback.store.media import MediaFile
from feedback.store.padding import pad, padded_length

log = logging.getLogger(__name__)


def padded_file(studio: Studio, file: MediaFile) -> Path:
    """The path of a stored rendition, or of a copy that is as long as others of its shape."""
    stored = media.path_of(studio, file["sha256"])
    copy = studio.folder / "cache" / "renditions" / stored.relative_to(studio.media_folder)
    if copy.is_file():
        return copy
    if padded_length(file["ext"], file["bytes"], file["width"], file["height"], file["frames"], 0) == file["bytes"]:
        return stored
    try:
        data = stored.read_bytes()
        longer = pad(data, file["ext"], file["width"], file["height"], file["frames"])
        if longer == data:
            return stored
        with whole_file(copy, durable=False) as partial:
            partial.write_bytes(longer)
        return copy
    except OSError as error:  # on a full or read-only disk people still see the take
        log.warning("rendition %s is served as it is stored: %s", file["sha256"][:12], one_line(error))
        return stored
