"""The files of each version's base as they were when it was brought: a base that has changed draws no take unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping

from feedback.clock import now
from feedback.errors import Conflict
from feedback.models.versions import STARTER, get_version
from feedback.store import Studio, audit_log

Files = dict[str, str]
"""sha256 by the file's name within the base's folder."""


def pin_base(studio: Studio, version: str, files: Mapping[str, str]) -> None:
    """Keeps what a version's base consists of; Conflict when it was kept before, and was something else.

    Not for the starter, which comes with Circletake.
    """
    base = get_version(studio, version)["base"]
    if base == STARTER:
        return
    with studio.writing() as db:
        before = pin_of(studio, version)
        if before not in (None, dict(files)):
            raise Conflict(f"version {version} was pinned with other files of {base}: bring them under a new name")
        if before is None:
            text = json.dumps(dict(files), sort_keys=True)
            db.table("base_pins").insert({"version": version, "files": text, "created": now()})
            audit_log.record(studio, "studio", "version.pin", version, {"files": dict(files)})


def pin_of(studio: Studio, version: str) -> Files | None:
    """None for a version that an older Circletake has registered, until it is loaded."""
    text = studio.value("SELECT files FROM base_pins WHERE version = ?", (version,))
    return None if text is None else json.loads(text)


def pins(studio: Studio) -> dict[str, Files]:
    """By version."""
    return {row["version"]: json.loads(row["files"]) for row in studio.rows("SELECT version, files FROM base_pins")}
