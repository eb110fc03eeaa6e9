"""A table of shots as clips: our own export, or one with `shot` and whatever else is known."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from feedback.errors import Invalid, Refused
from feedback.exchange.imports.entries import (
    CutFile,
    Entry,
    check_entries,
    check_range,
    clip_name_in,
    frame_in_file,
    rate_in_file,
    refusing,
)
from feedback.exchange.tables.csv import FORMULA_STARTS
from feedback.fields import check_whole, shown
from feedback.production.shots import LAST_POSITION

NAMES = {
    "shot": ("shot", "shot code", "shot_code", "code"),
    "clip": ("clip", "clip name", "clip_name", "name"),
    "sequence": ("sequence", "sequence_code"),
    "project": ("project", "project_code"),
    "title": ("title", "shot_title", "description"),
    "fps": ("fps", "frame rate", "rate"),
    "frame_in": ("frame_in", "in", "cut_in", "frame in"),
    "frame_out": ("frame_out", "out", "cut_out", "frame out"),
    **{name: (name,) for name in ("position", "plate", "take", "media_sha256", "seed", "version", "shot_fps", "kind")},
}
"""Columns that are read, by what they may be called."""


def read_csv(text: str, name: str, folder: Path) -> CutFile:
    """`folder`: where relative paths of plates begin. Invalid, which names the line, for what cannot be read."""
    try:
        entries = [entry for line, row in rows_of(text, name) if (entry := entry_of(line, row, folder)) is not None]
    except csv.Error as error:
        raise Invalid(f"{name} is no table of comma-separated values: {error}") from None
    check_entries(name, entries, "rows")
    return CutFile(entries)


def rows_of(text: str, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by the names of NAMES)."""
    heading = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=heading.count))
    columns = columns_of(next(reader, []), name)
    for row in reader:
        if len(row) > len(columns) and any(cell.strip() for cell in row[len(columns) :]):
            raise Invalid(
                f"line {reader.line_num}: it has {len(row)} cells and the heading {len(columns)}: put text with commas into quotes"
            )
        if any(cell.strip() for cell in row):
            yield (
                reader.line_num,
                {column: plain(cell.strip()) for column, cell in zip(columns, row, strict=False) if column},
            )


def columns_of(heading: list[str], name: str) -> list[str | None]:
    """What each column is; None: nothing that is read."""
    known = {alias: column for column, aliases in NAMES.items() for alias in aliases}
    columns = [known.get(cell.strip().lower()) for cell in heading]
    if "shot" not in columns and "clip" not in columns:
        raise Refused(
            f"{name}: its first line names no column shot: give shot, and as known {', '.join(list(NAMES)[2:10])}"
        )
    # Of two that mean the same, the first.
    return [None if column in columns[:number] else column for number, column in enumerate(columns)]


def plain(cell: str) -> str:
    """Without the ' that keeps a spreadsheet from running it as a formula."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def entry_of(line: int, row: Mapping[str, str], folder: Path) -> Entry | None:
    where = f"line {line}"

    def whole(column: str, low: int, high: int | None = None) -> int | None:
        bounds = (low,) if high is None else (low, high)
        return refusing(where, lambda: check_whole(column, row[column], *bounds)) if row.get(column) else None

    take = whole("take", 1)
    shot, clip = row.get("shot", ""), row.get("clip", "")
    if not shot and not clip:
        raise Invalid(f"{where}: it names no shot: give its code in the column shot")
    first, last = frames_of(where, row)
    return Entry(
        where=where,
        name=clip_name_in(where, clip or shot),
        project=row.get("project") or None,
        sequence=sequence_of_row(row, take),
        shot=shot or None,
        title=row.get("title") or None,
        first=first,
        last=last,
        rate=rate_of(where, row, "fps"),
        shot_rate=rate_of(where, row, "shot_fps"),
        # Our own export has the place of the select in its shot there, and its rows are in the order of the cut.
        position=None if take else whole("position", 1, LAST_POSITION),
        take=take,
        sha256=row.get("media_sha256") or None,
        seed=whole("seed", 0),
        version=row.get("version") or None,
        plate=path_in(row["plate"], folder) if row.get("plate") else None,
    )


def sequence_of_row(row: Mapping[str, str], take: int | None) -> str | None:
    """An empty cell says that there is none in our own export alone."""
    return row.get("sequence") if take else row.get("sequence") or None


def rate_of(where: str, row: Mapping[str, str], column: str) -> Fraction | None:
    return rate_in_file(where, row[column]) if row.get(column) else None


def frames_of(where: str, row: Mapping[str, Any]) -> tuple[int | None, int | None]:
    given = [row.get(column) or None for column in ("frame_in", "frame_out")]
    if given == [None, None]:
        return None, None
    if None in given:
        raise Invalid(f"{where}: it has one of frame_in and frame_out: give both, or neither")
    first, last = frame_in_file(where, "frame_in", given[0]), frame_in_file(where, "frame_out", given[1])
    check_range(where, first, last)
    return first, last


def path_in(text: str, folder: Path) -> Path:
    if "\0" in text:
        raise Invalid(f"{shown(text)} is no path")
    return folder / text
