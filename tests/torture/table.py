"""One row of the table of figures, and where each row's progress is kept so that an interrupted count goes on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    area: str
    figure: str  # what was counted
    goal: str
    counted: str  # what came out
    reached: bool


def read_progress(folder: Path, name: str) -> dict[str, Any]:
    """What a row has counted so far; nothing for one that has not begun."""
    path = folder / f"{name}.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def write_progress(folder: Path, name: str, progress: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{name}.json.partial"
    partial.write_text(json.dumps(progress))
    partial.rename(folder / f"{name}.json")


def as_markdown(rows: list[Row]) -> str:
    head = ["| Area | Figure | Goal | Counted | Reached |", "|---|---|---|---|---|"]
    lines = [
        f"| {row.area} | {row.figure} | {row.goal} | {row.counted} | {'yes' if row.reached else 'NO'} |" for row in rows
    ]
    return "\n".join([*head, *lines])


def write_row(folder: Path, name: str, row: Row) -> None:
    write_progress(folder, f"{name}.row", asdict(row))


def read_rows(folder: Path) -> list[Row]:
    return [Row(**json.loads(path.read_text())) for path in sorted(folder.glob("*.row.json"))]
