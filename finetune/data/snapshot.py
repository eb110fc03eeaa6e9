"""The frozen judgements of one run: written once into its folder, hashed, split by brief."""

from __future__ import annotations

import hashlib
import json
import os
from math import ceil
from pathlib import Path
from typing import Any

from feedback import preferences
from feedback.errors import Invalid, NotFound
from finetune.data.examples import digest, examples_of

FILE = "snapshot.json"


def write_snapshot(folder: Path, frozen: dict[str, Any]) -> Path:
    """Writes the canonical text whose sha256 is the snapshot's hash."""
    path = folder / FILE
    beside = path.with_suffix(".partial")
    with beside.open("w", encoding="utf-8") as file:
        file.write(preferences.canonical(frozen))
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


def split_briefs(frozen: dict[str, Any], share: float) -> set[int]:
    """Ids of the briefs held out: up to `share` of those with a preference, at least one.

    A brief's place depends on its id and prompt only and the lowest are held out, so that one which was held out last
    night most likely is tonight, and a version built on last night's is tested on briefs it has not learned from.
    """
    decided = {example.brief for example in examples_of(frozen) if example.decided}
    ranked = sorted(decided, key=lambda brief: place(frozen, brief))
    under = [brief for brief in ranked if place(frozen, brief) < share]
    return set(under[: ceil(share * len(ranked))] or ranked[:1])


def place(frozen: dict[str, Any], brief: int) -> float:
    """A brief's fixed place in [0, 1)."""
    return int(digest(str(brief), frozen["prompts"][str(brief)])[:12], 16) / 16**12
