"""`shot`: shots of projects, and their places in the cut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.production.shots import Shot
    from feedback.store import Studio

AUTHOR = "command line"


@click.group("shot")
def shot_group() -> None:
    """Shots of projects: add, list, set, archive, unarchive."""


def split_place(place: str) -> tuple[str, str]:
    project, slash, code = place.partition("/")
    if not slash:
        raise click.UsageError(f"{place!r} is no shot; give PROJECT/SHOT")
    return project, code


def shot_named(studio: Studio, place: str) -> Shot:
    from feedback.production import shots

    project, code = split_place(place)
    return shots.find_shot(studio, code, project, archived=True)


@shot_group.command("add")
@click.argument("place", metavar="PROJECT/SHOT")
@click.option("--title", default="", help="What people read.")
@click.option("--sequence", default="", help="The sequence that it is in.  [default: the one that its code names]")
@click.option("--position", type=int, help="Its place in the sequence.  [default: by its code]")
@click.option("--fps", help="Frames a second, such as 24000/1001.  [default: the project's]")
@with_studio
def add_shot(
    place: str, title: str, sequence: str, position: int | None, fps: str | None, folder: Path, as_json: bool
) -> None:
    """Make a shot in a project that there is."""
    from feedback.production import shots

    project, code = split_place(place)
    studio = open_studio(folder)
    made = shots.add_shot(studio, project, code, title, fps, sequence=sequence, position=position)
    answer(described(studio, made), as_json, f"shot {place} is there")


@shot_group.command("list")
@click.option("--project", help="Of this project (code) alone.")
@click.option("--archived", is_flag=True, help="With those that are archived.")
@with_studio
def list_shots(project: str | None, archived: bool, folder: Path, as_json: bool) -> None:
    """Shots in the order of the cut: by sequence, position and code."""
    from feedback.production import projects, shots

    studio = open_studio(folder)
    if project is not None:
        projects.get_project(studio, project)
    rows = [
        {**described(studio, shot), **of_the_edit(studio, shot)}
        for shot in shots.list_shots(studio, project, archived=archived)
    ]
    columns = ["project", "sequence", "position", "shot", "title", "fps", "frames", "plate", "archived"]
    lines = [["" if row[name] is None else row[name] for name in columns] for row in rows]
    answer({"shots": rows}, as_json, table(lines, columns))


def described(studio: Studio, shot: Shot) -> dict[str, object]:
    from fractions import Fraction

    from feedback.store.time_zone import day_in

    return {
        "project": shot["project_code"],
        "sequence": shot["sequence"],
        "position": shot["position"],
        "shot": shot["code"],
        "title": shot["title"],
        "fps": str(Fraction(shot["fps_num"], shot["fps_den"])),
        "archived": shot["archived"] and day_in(studio, shot["archived"]),
    }


def of_the_edit(studio: Studio, shot: Shot) -> dict[str, object]:
    """What the edit wants of it, as far as a cut said so: its first range, and its plate."""
    from feedback.exchange.edit.shot_ranges import plate_of, ranges_of

    ranges, plate = ranges_of(studio, shot["id"]), plate_of(studio, shot["id"])
    return {"frames": f"{ranges[0].first}-{ranges[0].last}" if ranges else None, "plate": plate and plate[:12]}


@shot_group.command("set")
@click.argument("place", metavar="PROJECT/SHOT")
@click.option("--title", help="What people read.")
@click.option("--sequence", help='The sequence that it is in; "" for the one that its code names.')
@click.option("--position", help='Its place in the sequence, from 1; "" for the order of codes.')
@click.option("--fps", help="Frames a second, such as 24000/1001; briefs keep theirs.")
@with_studio
def set_shot(
    place: str,
    title: str | None,
    sequence: str | None,
    position: str | None,
    fps: str | None,
    folder: Path,
    as_json: bool,
) -> None:
    """Change what is given of a shot."""
    from feedback.production import shots

    studio = open_studio(folder)
    shot = shot_named(studio, place)
    changed = shots.set_shot(studio, shot["id"], title=title, fps=fps, sequence=sequence, position=position)
    answer(described(studio, changed), as_json, f"shot {place} is changed")


@shot_group.command("archive")
@click.argument("place", metavar="PROJECT/SHOT")
@with_studio
def archive_shot(place: str, folder: Path, as_json: bool) -> None:
    """Take a shot out of lists, boards, dealing, the queue and the cut. Nothing is deleted."""
    from feedback.production import archiving

    studio = open_studio(folder)
    outcome = archiving.archive_shot(studio, shot_named(studio, place)["id"], actor=AUTHOR)
    cancelled = outcome["cancelled"]
    answer({"shot": place, "cancelled": cancelled}, as_json, f"{place} is archived, {len(cancelled)} takes cancelled")


@shot_group.command("unarchive")
@click.argument("place", metavar="PROJECT/SHOT")
@with_studio
def unarchive_shot(place: str, folder: Path, as_json: bool) -> None:
    """Bring an archived shot back."""
    from feedback.production import archiving

    studio = open_studio(folder)
    archiving.unarchive_shot(studio, shot_named(studio, place)["id"], actor=AUTHOR)
    answer({"shot": place, "archived": None}, as_json, f"{place} is there again")
