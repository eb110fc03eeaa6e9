"""Model versions: what exists, and which one draws.

Production is the version of the newest row in `promotions` (feedback.trials.promotion); nothing caches it, so the next take
is drawn by it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Literal, TypedDict, cast

from feedback.clock import now
from feedback.errors import Conflict, Invalid, NotFound
from feedback.fields import check_number, shown
from feedback.store import Studio, audit_log

STARTER = "starter"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NUMBERED = re.compile(r"v(\d{4,})")
OUTSIDE = "elsewhere"
"""How the names of models begin that drew takes elsewhere, and that nothing here can draw with or tune from."""


class Adapter(TypedDict):
    """A LoRA that a version carries, added to the base's weights."""

    folder: str  # relative to the studio, such as models/v0001
    sha256: str  # of its weights
    weight: float  # strength, 1 as it was trained


class Version(TypedDict):
    """A row of `versions`."""

    name: str
    base: str  # "starter", or the folder of a pipeline
    adapters: list[Adapter]
    state: Literal["candidate", "production", "retired", "rejected"]
    run: int | None  # the tuning run that made it
    created: str


def get_version(studio: Studio, name: str) -> Version:
    """The version of that name; NotFound names what exists."""
    row = studio.row("SELECT * FROM versions WHERE name = ?", (name,))
    if row is None and is_outside(name):
        raise NotFound(
            f"{shown(name)} drew its takes elsewhere: it has no weights here, so name a version of this studio"
        )
    if row is None:
        names = ", ".join(each["name"] for each in studio.rows("SELECT name FROM versions ORDER BY created, name"))
        raise NotFound(f"version {shown(name)} does not exist; this studio has {names or 'none'}")
    return cast(Version, {**row, "adapters": json.loads(row["adapters"])})


def foundation(studio: Studio, name: str) -> list[Adapter]:
    """The adapters of a version that no tuning run made: what the studio brought, and every night may start from."""
    made = {row["name"] for row in studio.rows("SELECT name FROM versions WHERE run IS NOT NULL")}
    return [each for each in get_version(studio, name)["adapters"] if PurePosixPath(each["folder"]).name not in made]


def versions_drawing_with(studio: Studio, base: str, adapters: Sequence[Adapter]) -> set[str]:
    """Names of the versions that are this base with exactly these adapters."""
    rows = studio.rows("SELECT name, adapters FROM versions WHERE base = ?", (base,))
    return {row["name"] for row in rows if json.loads(row["adapters"]) == list(adapters)}


def list_versions(studio: Studio) -> list[Version]:
    """Every version, oldest first."""
    return [get_version(studio, row["name"]) for row in studio.rows("SELECT name FROM versions ORDER BY created, name")]


def bases_in_use(studio: Studio) -> list[str]:
    """Bases of the versions that may still draw, each once: "starter" or a folder."""
    rows = studio.rows("SELECT DISTINCT base FROM versions WHERE state <> 'rejected' ORDER BY base")
    return [row["base"] for row in rows]


def candidate_names(studio: Studio) -> list[str]:
    """Of the versions that may be promoted, oldest first."""
    return [
        row["name"] for row in studio.rows("SELECT name FROM versions WHERE state = 'candidate' ORDER BY created, name")
    ]


def production_version(studio: Studio) -> str:
    name = studio.value("SELECT version FROM promotions ORDER BY id DESC LIMIT 1")
    if name is None:
        raise NotFound("no version is in production: run `circletake init` on this studio first")
    return str(name)


def next_name(studio: Studio) -> str:
    """v0001, v0002, ...: one more than the highest number ever given."""
    matches = [NUMBERED.fullmatch(row["name"]) for row in studio.rows("SELECT name FROM versions")]
    return f"v{max([int(match[1]) for match in matches if match], default=0) + 1:04d}"


def register_candidate(
    studio: Studio, name: str, base: str, adapters: Sequence[Mapping[str, Any]], run: int | None = None
) -> Version:
    """A new version in state candidate; an adapter without a weight has weight 1.

    The same name with the same content is answered with the row there is (a resumed night registers twice);
    other content under a taken name raises Conflict, an impossible adapter Invalid.
    """
    check_name(name)
    content = {"base": base, "adapters": json.dumps([clean_adapter(each) for each in adapters]), "run": run}
    with studio.writing() as db:
        there = studio.row("SELECT base, adapters, run FROM versions WHERE name = ?", (name,))
        if there is not None and there != content:
            raise Conflict(f"version {name} exists with other content: take {next_name(studio)}")
        if there is None:
            db.table("versions").insert({"name": name, **content, "state": "candidate", "created": now()})
            audit_log.record(studio, "studio", "version.register", name, {**content, "adapters": list(adapters)})
    return get_version(studio, name)


def check_name(name: str) -> None:
    """Invalid for what cannot be a version's name."""
    if not NAME.fullmatch(name):
        raise Invalid(f"version name {shown(name)}: letters, digits, dot, dash and underscore, at most 64")
    if is_outside(name):
        raise Invalid(f"version name {shown(name)}: names with {OUTSIDE} are those of models outside; take another one")


def is_outside(name: str) -> bool:
    """Whether a take of that version was made elsewhere."""
    return name == OUTSIDE or name.startswith(f"{OUTSIDE}-")


def check_new_name(studio: Studio, name: str) -> None:
    """Likewise, or Conflict for a name that is taken."""
    check_name(name)
    if studio.row("SELECT name FROM versions WHERE name = ?", (name,)) is not None:
        raise Conflict(f"version {name} exists: take {next_name(studio)}")


def clean_adapter(adapter: Mapping[str, Any]) -> Adapter:
    folder, digest = str(adapter.get("folder", "")), str(adapter.get("sha256", ""))
    path = PurePosixPath(folder)
    if not folder or path.is_absolute() or ".." in path.parts:
        raise Invalid(f"adapter folder {folder!r} must lie inside the studio, such as models/v0001")
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise Invalid(f"adapter {folder}: sha256 {digest!r} is not 64 hexadecimal digits")
    return {"folder": folder, "sha256": digest, "weight": check_number("weight", adapter.get("weight", 1.0), -100, 100)}
