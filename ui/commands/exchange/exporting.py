"""`export`: the selects to the edit, the preferences to trainers."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.shared import answer, open_studio, with_studio

# As in feedback.exchange.export, which is not imported here because it loads the editors' libraries; a test compares them.
SELECT_FORMATS = ["otio", "csv", "edl", "ale", "contact-sheet"]
PREFERENCE_FORMATS = ["trl", "parquet", "jsonl"]
OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write into."
)


@click.group()
def export() -> None:
    """Exports: selects, preferences."""


@export.command("selects")
@click.option("--project", required=True, help="The project's code.")
@click.option("--format", "kind", required=True, type=click.Choice(SELECT_FORMATS), help="What to write.")
@OUT
@with_studio
def export_selects(project: str, kind: str, out: Path, folder: Path, as_json: bool) -> None:
    """The circled takes of a project, in cutting order, for the edit."""
    studio = open_studio(folder)
    from feedback.exchange import export

    made = export.export_selects(studio, project, kind, out)
    answer(made, as_json, f"{made['count']} selects in {made['path']}")


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
