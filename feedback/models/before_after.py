"""Before and after: pictures of the same prompts and seeds by a version and by the one that it was tuned from.

They lie beside the files of the version's run, and are no takes: nobody judges them, no trial plays them, and nothing learns
from them. Who sees them has seen what a candidate draws, which the audit log records once for each person.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict

from feedback.durable_files import whole_file
from feedback.errors import NotFound
from feedback.fields import shown
from feedback.models import runs, versions
from feedback.store import Studio, audit_log

FOLDER, INDEX = "before_after", "index.json"
ACTION = "version.before_after"
Side = Literal["before", "after"]


class Comparison(TypedDict):
    """One prompt and seed, drawn by both."""

    prompt: str
    kind: Literal["still", "clip"]
    width: int
    height: int
    before: str  # file names
    after: str


class BeforeAfter(TypedDict):
    """What there is of one version."""

    version: str
    reference: str  # the version that it was tuned from
    comparisons: list[Comparison]


def folder_of(studio: Studio, version: str) -> Path | None:
    """Where they are kept; None for a version that no run of this studio made."""
    number = versions.get_version(studio, version)["run"]
    return None if number is None else studio.folder / runs.get_run(studio, number)["folder"] / FOLDER


def write_before_after(folder: Path, drawn: BeforeAfter, files: Mapping[str, bytes]) -> None:
    """The pictures first and then the index, so that it names none that is not there."""
    for name, data in (*files.items(), (INDEX, json.dumps(drawn, ensure_ascii=False).encode())):
        with whole_file(folder / name) as file:
            file.write_bytes(data)


def read_before_after(studio: Studio, version: str) -> BeforeAfter | None:
    """None where nothing was drawn, or where it cannot be read any more."""
    folder = folder_of(studio, version)
    try:
        return None if folder is None else json.loads((folder / INDEX).read_text())
    except (OSError, ValueError):
        return None


def has_before_after(studio: Studio, version: str) -> bool:
    folder = folder_of(studio, version)
    return folder is not None and (folder / INDEX).is_file()


def picture_file(studio: Studio, version: str, number: int, side: Side) -> Path:
    """The file of one side of the comparison `number`, from 0; NotFound where there is none."""
    drawn, folder = read_before_after(studio, version), folder_of(studio, version)
    if drawn is None or folder is None or not 0 <= number < len(drawn["comparisons"]):
        raise NotFound(f"{shown(version)} has no picture {number} of before and after")
    return folder / Path(drawn["comparisons"][number][side]).name


def record_seen(studio: Studio, version: str, person: str) -> None:
    """In the audit log, once for a person and version."""
    with studio.writing():
        if person not in people_who_saw(studio, version):
            audit_log.record(studio, person, ACTION, version)


def people_who_saw(studio: Studio, version: str) -> Sequence[str]:
    """In the order in which they first did."""
    rows = studio.rows("SELECT actor FROM events WHERE action = ? AND subject = ? ORDER BY id", (ACTION, version))
    return [row["actor"] for row in rows]
