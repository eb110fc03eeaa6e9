"""Plates that come with a cut: measured before they are believed, kept when the import is."""

from __future__ import annotations

import hashlib
from os.path import isfile
from pathlib import Path

from feedback.errors import NotFound
from feedback.rights.licences import get_licence, license_media
from feedback.store import Studio, media
from generation.media.measuring import read_bounded
from generation.media.sources import measure_file, name_of_file


def keep_plate(studio: Studio, path: Path, keep: bool, licence: str | None = None) -> str:
    """The sha256 of a PNG, JPEG, WebP or MP4 file, which is in the studio's media afterwards if `keep`, under that licence.

    NotFound or Invalid, which name the file, for what is none, and for a licence that nobody recorded.
    """
    if licence is not None:
        get_licence(studio, licence)
    name = name_of_file(path.name)
    if not isfile(path):
        raise NotFound(f"{name} is not there")
    data = read_bounded(path, name)
    sha256 = hashlib.sha256(data).hexdigest()
    if media.find_file(studio, sha256) is None:
        file = measure_file(data, name)
        if keep:
            file.store(studio)
    if keep and licence is not None:
        license_media(studio, sha256, licence)
    return sha256
