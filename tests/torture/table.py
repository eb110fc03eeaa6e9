"""One row of the table of figures, where each row's progress is kept so that an interrupted count goes on, and the table in
`benchmarks/RESULTS.md`."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- torture -->", "<!-- end of torture -->"
HEAD = ["| Area | Figure | Goal | Counted | Reached | When, at |", "|---|---|---|---|---|---|"]


@dataclass(frozen=True)
class Row:
    area: str
    figure: str  # what was counted
    goal: str
    counted: str  # what came out
    reached: bool
    measured: str = ""  # the day, and the code's commit


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
    lines = [
        (row.area, row.figure, row.goal, row.counted, "yes" if row.reached else "NO", row.measured) for row in rows
    ]
    return "\n".join([*HEAD, *(f"| {' | '.join(map(in_cell, line))} |" for line in lines)])


def in_cell(text: str) -> str:
    """On one line, and without what would begin another cell."""
    return " ".join(text.split()).replace("|", "/")


def stamp(row: Row) -> Row:
    """The row with today's date and the commit of the code that was counted."""
    words = ["git", "rev-parse", "--short=7", "HEAD"]
    commit = subprocess.run(words, cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()
    return replace(row, measured=" ".join(filter(None, [f"{datetime.now(UTC):%Y-%m-%d}", commit])))


def put_into(page: Path, rows: list[Row]) -> None:
    """Writes rows into the page's table between BEGIN and END: each in place of the row of its area, or below the others."""
    before, rest = page.read_text().split(BEGIN)
    table, after = rest.split(END)
    lines = {line.split(" | ")[0]: line for line in table.strip().split("\n")[len(HEAD) :]}
    lines |= {line.split(" | ")[0]: line for line in as_markdown(rows).split("\n")[len(HEAD) :]}
    page.write_text("\n".join([before + BEGIN, "", *HEAD, *lines.values(), "", END + after]))


def write_row(folder: Path, name: str, row: Row) -> None:
    write_progress(folder, f"{name}.row", asdict(row))


def read_rows(folder: Path) -> list[Row]:
    return [Row(**json.loads(path.read_text())) for path in sorted(folder.glob("*.row.json"))]
