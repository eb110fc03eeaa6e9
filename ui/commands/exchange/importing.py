"""`import`: cuts of other programs, and preferences that people gave elsewhere."""

from __future__ import annotations

import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from feedback.fields import clean_text
from ui.commands.shared import answer, open_studio, with_studio

if TYPE_CHECKING:
    from feedback.people.accounts import Person
    from feedback.production.shots import Shot
    from feedback.store import Studio
    from generation.intake.preferences import PreferenceIntake, SetOutcome, SetRefusal

IMPORT = "import"  # how shots and accounts of imports begin


@click.group("import")
def import_group() -> None:
    """Imports: cut, preferences."""


@import_group.command("cut")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--project", help="The project's code.  [default: the one that the file names]")
@click.option("--make-project", is_flag=True, help="Make the project if there is none.")
@click.option("--fps", help="Of an EDL, or of rows without a rate, such as 24000/1001.  [default: the project's]")
@click.option(
    "--name",
    help="How clips are called, such as {project}_{sequence}-{shot}.  [default: as exports of the project call them]",
)
@click.option("--by", help="The supervisor in whose name selects get the cut's in, out and order.  [default: nobody]")
@click.option("--licence", help="What its plates are under, as `licence add` recorded it.  [default: nothing]")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@with_studio
def import_cut(
    file: Path,
    project: str | None,
    make_project: bool,
    fps: str | None,
    name: str | None,
    by: str | None,
    licence: str | None,
    dry_run: bool,
    folder: Path,
    as_json: bool,
) -> None:
    """Make the sequences and shots of a cut: OpenTimelineIO (.otio, .otioz), CMX 3600 (.edl) or a table (.csv)."""
    studio = open_studio(folder)
    from feedback.exchange.imports.cut import CutOptions
    from feedback.exchange.imports.cut import import_cut as bring
    from generation.media.plates import keep_plate

    options = CutOptions(project, make_project, fps, name or None, by, dry_run)
    report = bring(studio, file, options, partial(keep_plate, studio, licence=licence))
    for remark in report.remarks:
        click.echo(on_a_line(remark), err=True)
    lines = [*map(str, report.changes), report.in_words()]
    answer(report.as_json(), as_json, "\n".join(map(on_a_line, lines)))


def on_a_line(text: str) -> str:
    """Without escapes for the terminal, whatever a file holds."""
    return " ".join(clean_text(text).split())


@import_group.command("preferences")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--project", required=True, help="The project's code.")
@click.option("--make-project", is_flag=True, help="Make the project if there is none; admins see it.")
@click.option("--shot", help="Of the takes; made if there is none.  [default: import- and the file's name]")
@click.option("--by", help="Whose verdicts they are.  [default: an account of the import, which nobody signs in to]")
@with_studio
def import_preferences(
    file: Path, project: str, make_project: bool, shot: str | None, by: str | None, folder: Path, as_json: bool
) -> None:
    """Take pairs that were judged elsewhere (.jsonl, .parquet, a folder of TRL) as takes and verdicts, each once."""
    studio = open_studio(folder)
    from feedback.exchange.imports.preference_files import open_preferences
    from generation.intake.preferences import PreferenceIntake

    open_preferences(file)  # what cannot be read makes no project
    name = import_name(file)
    with studio.writing():
        place = place_of(studio, project, make_project, shot or name)
        person = person_of(studio, by, name)
    intake = PreferenceIntake(studio, place["id"], person, on_a_line(file.name))
    outcome = go_through(intake, file)
    counts = f"{outcome.taken} verdicts taken, {outcome.known} known, {outcome.undecided} undecided, {outcome.refused} refused"
    rest = "" if outcome.is_whole else "; stopped, and the same command goes on"
    refusals = [refusal._asdict() for refusal in outcome.refusals]
    data: dict[str, Any] = {"project": project, "shot": place["code"], "by": person["name"], "whole": outcome.is_whole}
    data |= {name: getattr(outcome, name) for name in ("taken", "known", "undecided", "refused")}
    answer({**data, "refusals": refusals}, as_json, f"{counts} in {project}/{place['code']}, by {person['name']}{rest}")


def import_name(file: Path) -> str:
    """A code for the import's shot and account."""
    words = re.sub(r"[^A-Za-z0-9_.-]+", "-", file.resolve().stem).strip("-_.")
    return f"{IMPORT}-{words}"[:64].rstrip("-_.")


def place_of(studio: Studio, project: str, make_project: bool, code: str) -> Shot:
    from feedback.errors import NotFound
    from feedback.production import projects, shots

    there = {row["code"] for row in projects.list_projects(studio, archived=True)}
    if project not in there and make_project:
        projects.add_project(studio, project)
    elif project not in there:
        raise NotFound(f"no project {project!r}: make it with --make-project, or name another with --project")
    shots.check_open_project(studio, project)
    shots.check_open_or_new(studio, project, code)
    try:
        return shots.find_shot(studio, code, project)
    except NotFound:
        return shots.add_shot(studio, project, code)


def person_of(studio: Studio, name: str | None, import_account: str) -> Person:
    """Whoever is named, or an account of the import that is disabled: nobody signs in to it, and its verdicts count."""
    from feedback.errors import NotFound
    from feedback.people import accounts

    if name is not None:
        return accounts.get_person(studio, name)
    try:
        return accounts.get_person(studio, import_account)
    except NotFound:
        accounts.add_person(studio, import_account, "creative")
        accounts.disable_person(studio, import_account)
        return accounts.get_person(studio, import_account)


def go_through(intake: PreferenceIntake, file: Path) -> SetOutcome:
    """Until the end, SIGTERM or Ctrl-C."""
    from feedback.signals import stopping_on_signals
    from generation.intake.preferences import import_preferences as take_all

    with stopping_on_signals() as stop, tqdm(unit="row", leave=False, disable=None, file=sys.stderr) as bar:

        def count(rows: int | None) -> None:
            bar.total = rows

        return take_all(
            intake,
            file,
            stop=stop.is_set,
            on_refusal=report_refusal,
            on_count=count,
            on_row=lambda: bar.update() and None,
        )


def report_refusal(refusal: SetRefusal) -> None:
    tqdm.write(on_a_line(f"{refusal.where}: {refusal.reason}"), file=sys.stderr)
