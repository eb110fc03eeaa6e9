"""What a run found when it began, kept beside its snapshot: an interrupted one goes on with the same."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from feedback.errors import Invalid

REFERENCE = "reference.json"


@dataclass(frozen=True)
class RunStart:
    """The versions that a run stands on, and what it could not take."""

    reference: str  # the version in production
    library: str | None = None  # the version whose library adapter it stands on
    left_out: dict[str, int] = field(default_factory=dict)  # of the library: how many items, by the reason


def read_reference(folder: Path) -> str:
    """The version that was in production when the run began."""
    return read_start(folder).reference


def write_start(folder: Path, start: RunStart) -> None:
    (folder / REFERENCE).write_text(json.dumps(asdict(start)))


def read_start(folder: Path) -> RunStart:
    """A run of an older Circletake knew of no library."""
    try:
        kept = json.loads((folder / REFERENCE).read_text())
        return RunStart(str(kept["reference"]), kept.get("library"), dict(kept.get("left_out", {})))
    except (OSError, ValueError, KeyError) as error:
        raise Invalid(f"{folder / REFERENCE} cannot be read: tune again with a new run") from error
