"""Which row of ours is which of theirs, by site: what is sent or fetched again is known, and changes nothing."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from feedback.clock import now
from feedback.store import Studio

KEY = "connector_key"


class Link(NamedTuple):
    ours: int | None  # None: it was seen, and nothing came of it here
    theirs: str
    made_here: bool
    detail: dict[str, Any]


def studio_key(studio: Studio) -> str:
    """Eight hexadecimal digits that mark what is this studio's, made once."""
    with studio.writing():
        key = studio.setting(KEY)
        if not key:
            key = secrets.token_hex(4)
            studio.set_setting(KEY, key)
    return str(key)


def links_of(studio: Studio, site: str, kind: str) -> list[Link]:
    """Oldest first."""
    rows = studio.rows("SELECT * FROM connector_links WHERE site = ? AND kind = ? ORDER BY id", (site, kind))
    return [as_link(row) for row in rows]


def link_of(studio: Studio, site: str, kind: str, ours: int) -> Link | None:
    row = studio.row("SELECT * FROM connector_links WHERE site = ? AND kind = ? AND ours = ?", (site, kind, ours))
    return None if row is None else as_link(row)


def link_to(studio: Studio, site: str, kind: str, theirs: str) -> Link | None:
    row = studio.row("SELECT * FROM connector_links WHERE site = ? AND kind = ? AND theirs = ?", (site, kind, theirs))
    return None if row is None else as_link(row)


def as_link(row: Mapping[str, Any]) -> Link:
    return Link(row["ours"], row["theirs"], bool(row["made_here"]), json.loads(row["detail"]))


def add_link(
    studio: Studio,
    site: str,
    kind: str,
    ours: int | None,
    theirs: str,
    *,
    made_here: bool,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Inside the caller's transaction, or one of its own. A row of either side that is linked already gets this link instead:
    what it was linked with is gone, or was made anew."""
    row = {"site": site, "kind": kind, "ours": ours, "theirs": theirs, "made_here": int(made_here)}
    there = "site = ? AND kind = ? AND (theirs = ? OR ours = ?)"
    with studio.writing() as db:
        db.execute(f"DELETE FROM connector_links WHERE {there}", (site, kind, theirs, ours))
        db.table("connector_links").insert(
            {**row, "detail": json.dumps(dict(detail or {}), sort_keys=True), "created": now()}
        )
