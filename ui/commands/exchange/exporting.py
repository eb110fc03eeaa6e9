"""`export`: the selects to the edit, the preferences to trainers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ui.commands.shared import answer, open_studio, with_studio

# As in feedback.exchange, which is not imported here because it loads the editors' libraries; a test compares them.
SELECT_FORMATS = [
    *("otio", "otioz", "edl", "ale", "fcp7xml", "fcpxml", "csv", "contact-sheet", "markers", "bundle", "animatic"),
    "sequence",
]
PREFERENCE_FORMATS = ["trl", "parquet", "jsonl"]
STORYBOARD_FORMATS = ["pdf", "animatic"]
CODECS, PICTURES = ["h264", "prores"], ["png", "exr"]
OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write into."
)
OPTIONS = (
    click.option("--media", is_flag=True, help="The media come along, in `media`, named as the project says."),
    click.option("--path-map", multiple=True, metavar="HERE=THERE", help="As the edit sees folders; may be repeated."),
    click.option("--sequence", help="Of this sequence alone."),
    click.option("--picks", is_flag=True, help="The first select of each shot, without its alternates."),
    click.option("--leave-out", is_flag=True, help="Leave out what the format cannot hold, and say so."),
    click.option("--allow-missing", is_flag=True, help="Although media are gone; their places stay in the cut."),
    click.option("--codec", type=click.Choice(CODECS), default=CODECS[0], show_default=True, help="Of movies."),
    click.option(
        "--picture", type=click.Choice(PICTURES), default=PICTURES[0], help="Of a sequence.", show_default=True
    ),
    click.option("--watermark", default="", metavar="TEXT", help="Across each page of a contact sheet."),
)


@click.group()
def export() -> None:
    """Exports: selects, storyboards, preferences, ai-use, data-summary, list."""


def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What selects are exported with, as `feedback.exchange.export.ExportOptions` has it."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@export.command("selects")
@click.option("--project", required=True, help="The project's code.")
@click.option("--format", "kind", required=True, type=click.Choice(SELECT_FORMATS), help="What to write.")
@OUT
@click.option("--by", "person", help="Who exports, for the record of exports.  [default: the command line]")
@with_options
@with_studio
def export_selects(
    project: str,
    kind: str,
    out: Path,
    person: str | None,
    path_map: tuple[str, ...],
    folder: Path,
    as_json: bool,
    **options: Any,
) -> None:
    """The circled takes of a project, in cutting order, for the edit."""
    studio = open_studio(folder)
    from feedback.exchange import export
    from feedback.exchange.edit.settings import parse_path_map
    from feedback.people import accounts

    mapped = parse_path_map(path_map) if path_map else None
    by = export.ExportedBy(None if person is None else accounts.get_person(studio, person)["id"])
    made = export.export_selects(studio, project, kind, out, export.ExportOptions(path_map=mapped, **options), by)
    for remark in made["remarks"]:
        click.echo(remark, err=True)
    answer(made, as_json, f"{made['count']} {'markers' if kind == 'markers' else 'selects'} in {made['path']}")


@export.command("storyboard")
@click.option("--project", required=True, help="The project's code.")
@click.option("--sequence", default="", help="Its sequence; without it the board of shots that are in none.")
@click.option(
    "--format", "kind", default="pdf", type=click.Choice(STORYBOARD_FORMATS), help="What to write.", show_default=True
)
@click.option("--codec", type=click.Choice(CODECS), default=CODECS[0], show_default=True, help="Of the animatic.")
@click.option("--selects", is_flag=True, help="Bring in the selects of the sequence that no panel shows, first.")
@OUT
@with_studio
def export_storyboard_command(
    project: str, sequence: str, kind: str, codec: str, selects: bool, out: Path, folder: Path, as_json: bool
) -> None:
    """The storyboard of a sequence: six panels a page, or a movie in which each lasts as long as it says."""
    studio = open_studio(folder)
    from feedback.boards.panels import bring_selects
    from feedback.exchange.storyboard.export import export_storyboard

    if selects:
        bring_selects(studio, project, sequence, author="command line")
    made = export_storyboard(studio, project, sequence, kind, out, codec)
    for remark in made["remarks"]:
        click.echo(remark, err=True)
    answer(made, as_json, f"{made['count']} panels in {made['path']}")


@export.command("preferences")
@click.option("--format", "kind", required=True, type=click.Choice(PREFERENCE_FORMATS), help="What to write.")
@OUT
@with_studio
def export_preferences(kind: str, out: Path, folder: Path, as_json: bool) -> None:
    """Every pair with a winner as prompt, chosen and rejected, with the pictures."""
    studio = open_studio(folder)
    from feedback.exchange import export

    made = export.export_preferences(studio, kind, out)
    answer(made, as_json, f"{made['count']} preferences in {made['path']}")
