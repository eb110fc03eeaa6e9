"""The frozen judgements of one run as a file: written once into its folder and hashed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from feedback import preferences
from feedback.errors import Invalid, NotFound

FILE = "snapshot.json"


def write_snapshot(folder: Path, snapshot: dict[str, Any]) -> Path:
    """Writes the canonical text whose sha256 is the snapshot's hash."""
    path = folder / FILE
    beside = path.with_suffix(".partial")
    with beside.open("w", encoding="utf-8") as file:
        file.write(preferences.canonical(snapshot))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
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
