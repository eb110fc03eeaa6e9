"""How a project's selects are written for the edit: timecode, names, numbers of frames, and where the edit sees media."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from feedback.errors import Invalid
from feedback.fields import check_text, check_whole, shown
from feedback.production.projects import get_project
from feedback.store import Studio

DROP, NON_DROP = "drop", "non-drop"
CLIP_NAME = "{project}_{sequence}-{shot}"
"""What timelines call a clip, unless a project says otherwise: Kitsu finds sequence and shot in it."""
MEDIA_NAME = "{project}_{shot}_{take}_{version}"
FIELDS = ("project", "sequence", "shot", "take", "version", "seed", "reel")
FIELD = re.compile(r"\{([a-z]+)(?::0?([1-9]))?\}")
LONGEST_NAME = 120  # characters of a template
LARGEST_FRAME = 9_999_999
LONGEST_MAP = 2000
FORBIDDEN = re.compile(r'[\\/:*?"<>|\n\t{}]')  # in names of files on one system or another


class PathMap(NamedTuple):
    """Folders by their names here and there; the first that fits counts."""

    entries: tuple[tuple[str, str], ...]

    def apply(self, path: str) -> str | None:
        """The path as it is seen there; None where no entry fits."""
        for here, there in self.entries:
            prefix = here.rstrip("/") + "/"
            if path.startswith(prefix):
                rest = path[len(prefix) :]
                mark = "\\" if "\\" in there or re.fullmatch(r"[A-Za-z]:", there) else "/"
                return there.rstrip("\\/") + mark + rest.replace("/", mark)
        return None


class EditSettings(NamedTuple):
    drop_frame: bool  # timecode leaves numbers out at 29.97 and 59.94
    clip_name: str  # a template
    media_name: str
    first_frame: int  # the number of an image sequence's first picture
    path_map: PathMap

    def as_given(self) -> dict[str, Any]:
        """As `set_edit_settings` takes them."""
        path_map = ["=".join(entry) for entry in self.path_map.entries]
        timecode = DROP if self.drop_frame else NON_DROP
        names = {"clip_name": self.clip_name, "media_name": self.media_name}
        return {"timecode": timecode, **names, "first_frame": self.first_frame, "path_map": path_map}


def edit_settings(studio: Studio, project: str) -> EditSettings:
    """Those of a project (code); NotFound: there is none."""
    get_project(studio, project)
    row = studio.row(
        "SELECT drop_frame, clip_name, media_name, first_frame, path_map FROM projects WHERE code = ?", (project,)
    )
    assert row is not None
    entries = [line.split("=", 1) for line in row["path_map"].split("\n") if line]
    path_map = PathMap(tuple((here, there) for here, there in entries))
    names = row["clip_name"] or CLIP_NAME, row["media_name"] or MEDIA_NAME
    return EditSettings(bool(row["drop_frame"]), *names, row["first_frame"], path_map)


def set_edit_settings(
    studio: Studio,
    project: str,
    *,
    timecode: str | None = None,
    clip_name: str | None = None,
    media_name: str | None = None,
    first_frame: Any = None,
    path_map: Sequence[str] | None = None,
) -> EditSettings:
    """Changes what is given; an empty name is the default again, and `path_map` ("HERE=THERE", ...) is replaced whole.

    Invalid: a name with a field that there is not, or of media that two takes could share; a map without "=".
    """
    row: dict[str, Any] = {}
    if timecode is not None:
        row["drop_frame"] = checked_timecode(timecode) == DROP
    if clip_name is not None:
        row["clip_name"] = checked_name("clip name", clip_name)
    if media_name is not None:
        row["media_name"] = checked_media_name(media_name)
    if first_frame is not None:
        row["first_frame"] = check_whole("first frame", first_frame, 0, LARGEST_FRAME)
    if path_map is not None:
        row["path_map"] = "\n".join("=".join(entry) for entry in parse_path_map(path_map).entries)
    number = get_project(studio, project)["id"]
    if row:
        with studio.writing() as db:
            db.table("projects").update(number, row)
    return edit_settings(studio, project)


def checked_timecode(text: str) -> str:
    if text not in (DROP, NON_DROP):
        raise Invalid(f"timecode {shown(text)}: give {DROP} or {NON_DROP}")
    return text


def checked_name(what: str, template: str) -> str:
    """The template, stripped; Invalid for a field that there is not, and for letters that names of files cannot have."""
    name = check_text(what, template, LONGEST_NAME)
    unknown = [field for field, _ in FIELD.findall(name) if field not in FIELDS]
    fields = ", ".join(f"{{{field}}}" for field in FIELDS)
    if unknown:
        raise Invalid(f"{what} {shown(name)}: there is no {{{unknown[0]}}}; there are {fields}")
    if forbidden := FORBIDDEN.search(FIELD.sub("", name)):
        raise Invalid(f"{what} {shown(name)}: {forbidden[0]!r} cannot be in a name; there are {fields}")
    return name


def checked_media_name(template: str) -> str:
    name = checked_name("media name", template)
    if name and not {"take", "reel"} & {field for field, _ in FIELD.findall(name)}:
        raise Invalid(f"media name {shown(name)}: two takes would have one name; put {{take}} or {{reel}} into it")
    return name


def parse_path_map(entries: Sequence[str]) -> PathMap:
    """From "HERE=THERE", each a folder; Invalid where one has no "=", or HERE is no absolute path."""
    pairs = [entry.strip().partition("=") for entry in entries if entry.strip()]
    for here, equals, there in pairs:
        if not equals or not here.startswith("/") or not there.strip() or "\n" in here + there:
            raise Invalid(rf"path map {shown(here + equals + there)}: give HERE=THERE, such as /mnt/a=P:\a")
    if sum(len(here) + len(there) for here, _, there in pairs) > LONGEST_MAP:
        raise Invalid(f"the path map has more than {LONGEST_MAP} characters: name folders further up")
    return PathMap(tuple((here.strip(), there.strip()) for here, _, there in pairs))
