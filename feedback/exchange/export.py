"""The one door for what leaves the studio: selects for the edit, preferences for training elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from feedback.errors import Invalid, Refused
from feedback.exchange.files import Export, safe_name
from feedback.exchange.preference_sets.jsonl import write_jsonl
from feedback.exchange.preference_sets.parquet import write_parquet
from feedback.exchange.preference_sets.rows import PreferenceRow, preference_rows
from feedback.exchange.preference_sets.trl import write_trl
from feedback.exchange.tables.contact_sheet import write_contact_sheet
from feedback.exchange.tables.csv import write_csv
from feedback.exchange.timelines.ale import write_ale
from feedback.exchange.timelines.edl import write_edl
from feedback.exchange.timelines.otio import write_otio
from feedback.judgements.selects import SelectDetails, list_selects
from feedback.production import projects
from feedback.store import Studio

SELECT_WRITERS: dict[str, tuple[str, Callable[[list[SelectDetails], Path], int]]] = {
    "csv": ("_selects.csv", write_csv),
    "otio": ("_selects.otio", write_otio),
    "edl": ("_selects.edl", write_edl),
    "ale": ("_selects.ale", write_ale),
    "contact-sheet": ("_contact_sheet.pdf", write_contact_sheet),
}
PREFERENCE_WRITERS: dict[str, Callable[[Iterable[PreferenceRow], Path], tuple[Path, int]]] = {
    "trl": write_trl,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
SELECT_FORMATS = tuple(SELECT_WRITERS)
PREFERENCE_FORMATS = tuple(PREFERENCE_WRITERS)


def export_selects(studio: Studio, project_code: str, format: str, out: str | Path) -> Export:
    """Writes the project's selects into the folder `out`.

    Raises Invalid for an unknown format, NotFound for an unknown project, Refused when nothing is circled.
    """
    _check_format(format, SELECT_FORMATS)
    projects.get_project(studio, project_code)
    selects = list_selects(studio, project_code)
    if not selects:
        raise Refused(f"project {project_code} has no selects: circle a take first")
    ending, write = SELECT_WRITERS[format]
    path = Path(out) / (safe_name(project_code) + ending)
    return {"path": str(path), "count": write(selects, path)}


def export_preferences(studio: Studio, format: str, out: str | Path) -> Export:
    """Writes the pairs with a winner into the folder `out`.

    Raises Invalid for an unknown format and Refused when no pair has a winner or a picture is missing.
    """
    _check_format(format, PREFERENCE_FORMATS)
    rows = preference_rows(studio)
    first = next(rows, None)
    if first is None:
        raise Refused("no pair has a winner yet: judge some takes first (ties are not exported as wins)")
    path, count = PREFERENCE_WRITERS[format](chain([first], rows), Path(out))
    return {"path": str(path), "count": count}


def _check_format(format: str, formats: tuple[str, ...]) -> None:
    if format not in formats:
        raise Invalid(f"format {format!r}: choose one of {', '.join(formats)}")
