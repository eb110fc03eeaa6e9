"""`studio`: what holds for the whole studio, such as where its days begin."""

from __future__ import annotations

from pathlib import Path

import click

from ui.commands.shared import answer, open_studio, with_studio


@click.group("studio")
def studio_group() -> None:
    """What holds for the whole studio: show, set."""


@studio_group.command("show")
@with_studio
def show(folder: Path, as_json: bool) -> None:
    """Its name, its time zone, and which day it is there."""
    from feedback.store.time_zone import time_zone, today

    studio = open_studio(folder)
    data = {
        "name": studio.setting("name") or studio.folder.name,
        "time_zone": time_zone(studio),
        "today": today(studio),
    }
    answer(data, as_json, "{name}: days begin at midnight in {time_zone}, where it is {today}".format(**data))


@studio_group.command("set")
@click.option("--time-zone", metavar="ZONE", required=True, help="Where its days begin, such as Europe/Berlin, or UTC.")
@with_studio
def change(time_zone: str, folder: Path, as_json: bool) -> None:
    """Change it. Consents and licences hold by the days there from now on; the audit log keeps what it was before."""
    from feedback.store.time_zone import set_time_zone, today

    studio = open_studio(folder)
    set_time_zone(studio, time_zone)
    day = today(studio)
    answer({"time_zone": time_zone, "today": day}, as_json, f"days begin at midnight in {time_zone}, where it is {day}")
