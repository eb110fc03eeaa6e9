"""A frozen, hashed copy of the preferences, which one tuning run learns from and keeps in its folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from feedback.durable_files import write_text
from feedback.errors import Invalid, NotFound
from feedback.many_objects import without_cycle_collection
from feedback.preferences.dataset import Preferences

FILE = "snapshot.json"


@without_cycle_collection()
def freeze(preferences: Preferences) -> tuple[dict[str, Any], str]:
    """The preferences as plain JSON data and the sha256 of their canonical text.

    The same judgements give the same hash on every machine: sorted keys, no spaces, probabilities to six places.
    """
    fields = {name.name: getattr(preferences, name.name) for name in dataclasses.fields(preferences)}
    for name in ("places", "tags", "library"):
        if not fields[name]:  # the same judgements had this hash before notes, tags and the library counted
            del fields[name]
    # Rounded as they are read: going through a million judgements in Python once more takes ten times as long.
    frozen = json.loads(canonical(fields), parse_float=lambda text: round(float(text), 6))
    return frozen, hashlib.sha256(canonical(frozen).encode()).hexdigest()


def canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def write_snapshot(folder: Path, frozen: dict[str, Any]) -> Path:
    """Writes the canonical text whose sha256 is the snapshot's hash."""
    path = folder / FILE
    write_text(path, canonical(frozen))
    return path


def read_snapshot(folder: Path, sha256: str) -> dict[str, Any]:
    """The frozen judgements; NotFound or Invalid when the file is missing or not the one the run was started with."""
    path = folder / FILE
    if not path.is_file():
        raise NotFound(f"snapshot {path} is missing")
    text = path.read_bytes()
    if hashlib.sha256(text).hexdigest() != sha256:
        raise Invalid(f"snapshot {path} was changed since its run began: its sha256 is not {sha256[:12]}…")
    return json.loads(text)
