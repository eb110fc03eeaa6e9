"""Records as a text table, and the opponent's best cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]
COLUMNS = (
    "name",
    "at",
    "won % (95 %)",
    "content",
    "realism",
    "variety",
    "kept",
    "scorer %",
    "judged",
    "steps",
    "tune s",
)


def table(records: Sequence[Record]) -> str:
    """One line per record, in columns; a refused one with its reason."""
    rows = [COLUMNS, *(cells(record) for record in records)]
    widths = [max(len(row[k]) for row in rows if k < len(row)) for k in range(len(COLUMNS))]
    lines = [line(row, widths) for row in rows]
    return "\n".join(text + reason(record) for text, record in zip(lines, [{}, *records], strict=True))


def line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, rest = row[0].ljust(widths[0]), [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=False)]
    return "  ".join([first, *rest]).rstrip()


def reason(record: Record) -> str:
    """Why a run was refused; of a night, production was drawn all the same."""
    return f"  refused: {record['reason']}" if record.get("reason") else ""


def cells(record: Record) -> tuple[str, ...]:
    """Only the first two when there is nothing to compare."""
    about = (record["name"], place_of(record))
    foretold = record.get("scorer_accuracy")
    scorer = "" if foretold is None else f"{100 * foretold:.1f}"
    if record.get("win_rate") is None:
        return (*about, "", "", "", "", "", scorer, str(record.get("judgements", ""))) if scorer else about
    interval = f"{100 * record['win_low']:.0f}-{100 * record['win_high']:.0f}"
    return (
        *about,
        f"{100 * record['win_rate']:.1f} ({interval})",
        f"{record['content_change_mean']:+.1f}" + spread(record, "content_change_mean", 1),
        f"x{record['realism_ratio']:.2f}" + spread(record, "realism_ratio"),
        f"x{record['variety_ratio']:.2f}" + spread(record, "variety_ratio"),
        "yes" if record["held_quality"] else "no",
        scorer,
        str(record.get("judgements", "")),
        str(record.get("steps", "")),
        f"{record['seconds']['tune']:.0f}" if "seconds" in record else "",
    )


def spread(record: Record, name: str, digits: int = 2) -> str:
    """Half the width of a figure's interval."""
    if f"{name}_low" not in record:
        return ""
    return f" ±{(record[f'{name}_high'] - record[f'{name}_low']) / 2:.{digits}f}"


def place_of(record: Record) -> str:
    """Its place on the curve."""
    place = record.get("x")
    return record.get("taste", "") if place is None or record.get("curve") == "methods" else str(place)


def best_opponents(records: Sequence[Record]) -> dict[str, Record | None]:
    """Of the opponent's cells: the one that wins most, and the one that wins most of those that held quality.

    Over a curve, at its last place.
    """
    cells = [record for record in records if record.get("method") == "plain" and record.get("win_rate") is not None]
    last = [record for record in cells if place_of(record) == place_of(cells[-1])] if cells else []
    whole = [record for record in last if record["held_quality"]]
    return {name: max(some, key=wins, default=None) for name, some in (("best_win", last), ("best_held", whole))}


def wins(record: Record) -> float:
    return record["win_rate"]
