"""A timeline and its media in one file (.otioz, a ZIP): the timeline is read, media that are plates are taken out.

Nothing is unpacked but what the timeline names inside `media/`, within bounds of size.
"""

from __future__ import annotations

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path, PurePosixPath

from feedback.errors import Invalid
from feedback.exchange.imports.entries import CutFile, Entry
from feedback.exchange.imports.otio_timeline import read_otio
from feedback.exchange.imports.texts import decoded

CONTENT = "content.otio"
MOST_TEXT = 64 * 2**20  # bytes of the timeline
MOST_MEDIA = 256 * 2**20  # bytes of one file
MOST_TOGETHER = 8 * 2**30
MOST_MEMBERS = 100_000


def read_otioz(path: Path, unpacked: Path) -> CutFile:
    """`unpacked`: an empty folder, for plates. Invalid for what is no such bundle."""
    try:
        with zipfile.ZipFile(path) as bundle:
            if len(bundle.infolist()) > MOST_MEMBERS:
                raise Invalid(f"{path.name} holds more than {MOST_MEMBERS} files: give one of fewer")
            text = decoded(member(bundle, CONTENT, MOST_TEXT, path.name), path.name)
            cut = read_otio(text, path.name, unpacked)
            return replace(cut, entries=unpack_plates(bundle, cut, unpacked, path.name))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Invalid(f"{path.name} is no OTIOZ bundle that can be read: {error}") from None


def member(bundle: zipfile.ZipFile, name: str, most: int, file: str) -> bytes:
    """However much its heading says that it is, no more than `most` bytes are unpacked."""
    try:
        with bundle.open(name) as opened:
            data = opened.read(most + 1)
    except KeyError:
        raise Invalid(f"{file} holds no {name}: is it an OTIOZ bundle?") from None
    if len(data) > most:
        raise Invalid(f"{file}: {name} is larger than {most} bytes unpacked: give a smaller one")
    return data


def unpack_plates(bundle: zipfile.ZipFile, cut: CutFile, unpacked: Path, file: str) -> list[Entry]:
    members, left = set(bundle.namelist()), MOST_TOGETHER
    entries = list[Entry]()
    for entry in cut.entries:
        inside = inside_of(entry.plate, unpacked)
        if inside in members and entry.plate is not None and not entry.plate.exists():
            left -= unpack(bundle, inside, entry.plate, min(left, MOST_MEDIA), file)
        entries.append(entry if inside in members else replace(entry, plate=None))
    return entries


def inside_of(plate: Path | None, unpacked: Path) -> str | None:
    """The name in the bundle; None for what lies outside of its folder of media."""
    if plate is None or not plate.is_relative_to(unpacked):
        return None
    name = plate.relative_to(unpacked).as_posix()
    parts = PurePosixPath(name).parts
    return name if len(parts) == 2 and parts[0] == "media" and ".." not in parts else None


def unpack(bundle: zipfile.ZipFile, name: str, target: Path, most: int, file: str) -> int:
    """Its bytes."""
    if bundle.getinfo(name).file_size > most:
        raise Invalid(f"{file}: {name} is larger than {most} bytes unpacked: give a smaller one")
    target.parent.mkdir(exist_ok=True)
    with bundle.open(name) as opened, target.open("wb") as made:
        shutil.copyfileobj(opened, made)  # no more than its heading says: zipfile stops there
    return target.stat().st_size
