"""`select`: which frames of circled takes are in the cut, and in which order."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.people.accounts import Person
    from feedback.store import Studio


@click.group("select")
def select_group() -> None:
    """Selects, the circled takes: set, list."""


@select_group.command("set")
@click.argument("take", type=int)
@click.option("--in", "frame_in", type=int, help="First frame, from 0.  [default: as it is]")
@click.option("--out", "frame_out", type=int, help="Last frame, included; of a still, how long it is held less one.")
@click.option("--position", type=int, help="Its place among the selects of its shot, from 1: the first is the pick.")
@click.option("--by", "person", help="Which supervisor does.  [default: who changed it last]")
@with_studio
def set_select(
    take: int,
    frame_in: int | None,
    frame_out: int | None,
    position: int | None,
    person: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Set in, out and place of the circled take TAKE."""
    from feedback.judgements import selects

    studio = open_studio(folder)
    current = selects.circled_select(studio, take)
    frames = {
        "frame_in": current["frame_in"] if frame_in is None else frame_in,
        "frame_out": current["frame_out"] if frame_out is None else frame_out,
    }
    row, _ = selects.set_range(
        studio, deciding(studio, person, current["person"]), str(uuid.uuid4()), take, **frames, position=position
    )
    data = {name: row[name] for name in ("take", "frame_in", "frame_out", "position")}  # type: ignore[literal-required]
    answer(data, as_json, f"take {take}: frames {row['frame_in']}-{row['frame_out']}, place {row['position']}")


def deciding(studio: Studio, name: str | None, circled_by: int) -> Person:
    from feedback.people import accounts

    person = accounts.find_person(studio, circled_by) if name is None else accounts.get_person(studio, name)
    assert person is not None, "people are never deleted"
    return person


@select_group.command("list")
@click.option("--project", required=True, help="The project's code.")
@with_studio
def list_selects(project: str, folder: Path, as_json: bool) -> None:
    """The selects of a project in the order of the cut: the pick of each shot, then its alternates."""
    from fractions import Fraction

    from feedback.judgements import selects
    from feedback.production import projects

    studio = open_studio(folder)
    projects.get_project(studio, project)
    columns = ["sequence", "shot", "position", "take", "version", "kind", "frame_in", "frame_out", "fps", "circled_by"]
    rows = [
        {**{name: row[name] for name in columns if name != "fps"}, "fps": str(Fraction(row["fps_num"], row["fps_den"]))}  # type: ignore[literal-required]
        for row in selects.list_selects(studio, project)
    ]
    lines = [[row[name] for name in columns] for row in rows]
    answer({"project": project, "selects": rows}, as_json, table(lines, columns))
