"""What a model's folder says of itself: its licence."""

from __future__ import annotations

import json
from pathlib import Path

from feedback.models import versions
from feedback.models.base_facts import BaseFacts
from feedback.models.base_pins import pin_of
from feedback.store import Studio
from generation.models.base_models import place_of
from generation.models.weights_digest import weights_sha256

CONFIGURATIONS = ("config.json", "model_index.json")


def licence_of(folder: Path) -> str | None:
    """As the head of its README says (`license: apache-2.0`), else its configuration; None where neither does."""
    readme = folder / "README.md"
    lines = head_of(readme).split("\n") if readme.is_file() else []
    head = lines[1 : lines.index("---", 1)] if lines[:1] == ["---"] and "---" in lines[1:] else []
    names = dict(line.split(":", 1) for line in head if ":" in line and not line.startswith((" ", "-")))
    words = [names.get("license_name", ""), names.get("license", ""), *(_own(folder / name) for name in CONFIGURATIONS)]
    named = [word.strip().strip("\"'") for word in words if word.strip()]
    return named[0][:100] if named else None


def _own(path: Path) -> str:
    return str(json.loads(path.read_bytes()).get("license") or "") if path.is_file() else ""


def head_of(path: Path) -> str:
    with path.open(errors="replace") as file:
        return file.read(10_000)


def base_facts(studio: Studio, version: str) -> BaseFacts:
    """Of a version's base, as its folder is on this machine; no hash and no licence where it is not there."""
    base = versions.get_version(studio, version)["base"]
    folder = place_of(base)
    if not (folder / "model_index.json").is_file():
        return BaseFacts(base=base, here=False, sha256=None, licence=None, files=pin_of(studio, version) or {})
    try:
        licence = licence_of(folder)
    except (OSError, ValueError):
        licence = None
    cache = None if studio.is_read_only else studio.folder / "cache"
    return BaseFacts(
        base=base, here=True, sha256=weights_sha256(folder, cache), licence=licence, files=pin_of(studio, version) or {}
    )
