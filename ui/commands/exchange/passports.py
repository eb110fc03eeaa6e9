"""`passport`, and the exports that tell others of the use of models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ui.commands.exchange.exporting import OUT, export
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.exchange.files import Export
    from feedback.rights.export_record import ExportRecord
    from feedback.rights.passport import Passport
    from feedback.store import Studio

# As in feedback.exchange.disclosures, which loads the libraries of PDFs; a test compares them.
LIST_FORMATS, SUMMARY_FORMATS = ["csv", "pdf"], ["md", "json", "csv", "pdf"]


@click.command("passport")
@click.argument("take", type=int)
@with_studio
def passport_command(take: int, folder: Path, as_json: bool) -> None:
    """How TAKE was made, from what, on which grounds, who decided what, and what its passport lacks."""
    from feedback.rights.passport import passport_of

    passport = passport_of(open_studio(folder), take)
    answer(dict(passport), as_json, "\n".join(in_words(passport)))


def in_words(passport: Passport) -> list[str]:
    from feedback.days import minute_of

    making, use, zone = passport["making"], passport["intended_use"], passport["time_zone"]
    model, workflow = making["model"], making["workflow"]
    adapters = [f"adapter {each['sha256']} at {each['weight']:g}" for each in model["adapters"]]
    licences = {
        each["sha256"]: ", ".join(licence["name"] for licence in each["licences"]) for each in passport["inputs"]
    }
    return [
        f"take {passport['take']} of {passport['project']}/{passport['shot']}, {passport['kind']}, made {workflow['made']}",
        f"model: {model['version'] or 'none'}, base {model['base'] or 'not named'} {model['base_sha256'] or 'without a hash'}",
        *adapters,
        f"seed: {'not known' if making['seed'] is None else making['seed']}",
        f"prompt: {' '.join((making['prompt'] or '').split())}",
        *(
            f"{each['role']}: {each['origin']}, {each['sha256']}, licence {licences[each['sha256']] or 'none'}"
            for each in passport["inputs"]
        ),
        *(
            f"{person['kind']}: {person['name']}, consents {', '.join(str(each['id']) for each in person['consents']) or 'none'}"
            for person in passport["contributors"]
        ),
        *(
            f"{minute_of(each['created'], zone)} {each['person']}: {each['kind']} {each['value']}"
            for each in passport["decisions"]
        ),
        f"intended use: {use['value'] if use else 'not decided'}",
        f"may be trained on: {'yes' if passport['training']['permitted'] else '; '.join(passport['training']['against'])}",
        f"read on {passport['day']} in {zone}, by which consents and licences hold or not",
        "complete" if passport["complete"] else "incomplete:",
        *(f"  lacks {line}" for line in passport["missing"]),
    ]


@export.command("ai-use")
@click.option("--project", required=True, help="The project's code.")
@click.option(
    "--format", "kind", default="csv", show_default=True, type=click.Choice(LIST_FORMATS), help="What to write."
)
@OUT
@with_studio
def export_ai_use(project: str, kind: str, out: Path, folder: Path, as_json: bool) -> None:
    """The project's generated shots for insurers and guilds: model, references, consents, who approved, temp or final."""
    studio = open_studio(folder)
    from feedback.exchange.disclosures import ai_use

    made = ai_use.export_ai_use(studio, project, kind, out)
    tell(made, "selects", as_json)


@export.command("data-summary")
@click.argument("version")
@click.option(
    "--format", "kind", default="md", show_default=True, type=click.Choice(SUMMARY_FORMATS), help="What to write."
)
@OUT
@with_studio
def export_data_summary(version: str, kind: str, out: Path, folder: Path, as_json: bool) -> None:
    """The twelve disclosures of California's AB 2013 on what VERSION was trained on; blanks are named."""
    studio = open_studio(folder)
    from feedback.exchange.disclosures import data_summary

    made = data_summary.export_data_summary(studio, version, kind, out)
    tell(made, "disclosures", as_json)


@export.command("list")
@click.option("--project", help="Of this project alone (its code).")
@click.option("--take", type=int, help="That held this take alone.")
@with_studio
def list_exports(project: str | None, take: int | None, folder: Path, as_json: bool) -> None:
    """Which exports there were: when, by whom, of how many takes, signed by whom."""
    from feedback.days import minute_of
    from feedback.production import projects, takes
    from feedback.rights import export_record
    from feedback.store.time_zone import time_zone

    studio = open_studio(folder)
    if project is not None:
        projects.get_project(studio, project)
    rows = (
        export_record.list_exports(studio, project)
        if take is None
        else with_take(studio, takes.get_take(studio, take)["id"])
    )
    chosen = [row for row in rows if project in (None, row["project"])]
    zone = time_zone(studio)
    head = ["id", "created", "project", "format", "takes", "person", "signed_by", "path"]
    worded = [{**row, "created": minute_of(row["created"], zone)} for row in chosen]
    lines = [[row[name] or "" for name in head] for row in worded]
    answer({"exports": chosen}, as_json, table(lines, head))


def with_take(studio: Studio, take: int) -> list[ExportRecord]:
    from feedback.rights import export_record

    return export_record.exports_with(studio, [take])


def tell(made: Export, what: str, as_json: bool) -> None:
    """Where an export is and what it holds, after its remarks."""
    for remark in made["remarks"]:
        click.echo(remark, err=True)
    answer({**made}, as_json, f"{made['count']} {what} in {made['path']}")
