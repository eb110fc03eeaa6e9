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
@click.option(
    "--use", type=click.Choice(["temp", "final"]), help="What it is for: a placeholder, or the final picture."
)
@click.option("--by", "person", help="Which supervisor does.  [default: who changed it last]")
@with_studio
def set_select(
    take: int,
    frame_in: int | None,
    frame_out: int | None,
    position: int | None,
    use: str | None,
    person: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Set in, out, place and intended use of the circled take TAKE."""
    from feedback.judgements import selects
    from feedback.rights.intended_use import intended_use_of, set_intended_use

    studio = open_studio(folder)
    current = selects.circled_select(studio, take)
    frames = {
        "frame_in": current["frame_in"] if frame_in is None else frame_in,
        "frame_out": current["frame_out"] if frame_out is None else frame_out,
    }
    who = deciding(studio, person, current["person"])
    with studio.writing():
        if use is not None:
            set_intended_use(studio, who["id"], str(uuid.uuid4()), take, use)
        row, _ = selects.set_range(studio, who, str(uuid.uuid4()), take, **frames, position=position)
    kept = intended_use_of(studio, take)
    data: dict[str, object] = {name: row[name] for name in ("take", "frame_in", "frame_out", "position")}  # type: ignore[literal-required]
    text = f"take {take}: frames {row['frame_in']}-{row['frame_out']}, place {row['position']}"
    if kept:
        data["intended_use"] = kept["intended_use"]
    answer(data, as_json, f"{text}, for {kept['intended_use']}" if kept else text)


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
    from feedback.rights.intended_use import intended_uses

    studio = open_studio(folder)
    projects.get_project(studio, project)
    kept = ["sequence", "shot", "position", "take", "version", "kind", "frame_in", "frame_out", "circled_by"]
    columns, uses = [*kept, "fps", "intended_use"], intended_uses(studio, project)
    rows = [
        {
            **{name: row[name] for name in kept},  # type: ignore[literal-required]
            "fps": str(Fraction(row["fps_num"], row["fps_den"])),
            "intended_use": uses.get(row["take"]),
        }
        for row in selects.list_selects(studio, project)
    ]
    lines = [[row[name] or "" if name == "intended_use" else row[name] for name in columns] for row in rows]
    answer({"project": project, "selects": rows}, as_json, table(lines, columns))
