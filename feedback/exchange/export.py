"""What leaves the studio: selects for the edit, preferences for training elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from feedback.errors import Invalid, Refused
from feedback.exchange.files import safe_name
from feedback.exchange.preference_sets.writers import PREFERENCE_FORMATS, export_preferences
from feedback.exchange.tables import contact_sheet, csv
from feedback.exchange.timelines import ale, edl, otio
from feedback.judgements.selects import list_selects
from feedback.production import projects
from feedback.store import Studio

__all__ = ["PREFERENCE_FORMATS", "SELECT_FORMATS", "export_preferences", "export_selects"]

WRITERS: dict[str, tuple[str, Callable[[list[dict[str, Any]], Path], int]]] = {
    "csv": ("_selects.csv", csv.write_csv),
    "otio": ("_selects.otio", otio.write_otio),
    "edl": ("_selects.edl", edl.write_edl),
    "ale": ("_selects.ale", ale.write_ale),
    "contact-sheet": ("_contact_sheet.pdf", contact_sheet.write_contact_sheet),
}
SELECT_FORMATS = tuple(WRITERS)


def export_selects(s: Studio, project_code: str, format: str, out: str | Path) -> dict[str, Any]:
    """Writes the project's selects into the folder `out`; returns {"path": str, "count": int}.

    Raises Invalid for an unknown format, NotFound for an unknown project, Refused when nothing is circled.
    """
    if format not in WRITERS:
        raise Invalid(f"format {format!r}: choose one of {', '.join(SELECT_FORMATS)}")
    projects.get_project(s, project_code)
    selects = list_selects(s, project_code)
    if not selects:
        raise Refused(f"project {project_code} has no selects: circle a take first")
    ending, write = WRITERS[format]
    path = Path(out) / (safe_name(project_code) + ending)
    return {"path": str(path), "count": write(selects, path)}
