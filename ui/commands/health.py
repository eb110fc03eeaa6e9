"""`doctor`: is the studio healthy, and what to do where it is not."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from feedback.fields import shown
from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.maintenance.doctor import Finding
    from feedback.store import Studio

TIME_ZONE = "CIRCLETAKE_TIME_ZONE"


@click.command()
@click.option("--deep", is_flag=True, help="Also read every media file, adapter and base model, and compare hashes.")
@click.option(
    "--restore-drill", is_flag=True, help="Also restore the last backup into a temporary folder, and compare."
)
@click.option(
    "--backup",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="The backups to drill.  [default: where the last one was made]",
)
@click.option("--number", type=click.IntRange(1), help="Which of them.  [default: the last one]")
@with_studio
def doctor(
    deep: bool, restore_drill: bool, backup: Path | None, number: int | None, folder: Path, as_json: bool
) -> None:
    """Check the studio: database, media, queue, audit log, versions, models, disk. Exit code 1 when something is wrong."""
    if not restore_drill and (backup or number):
        raise click.UsageError("--backup and --number are for --restore-drill")
    from feedback.maintenance import doctor as check
    from feedback.maintenance.deep_checks import check_restoring

    studio = studio_to_examine(folder)
    findings = [*check.check(studio, deep=deep), *check_environment(studio), *check_models(studio, deep)]
    if restore_drill:
        findings.append(
            check.run_check(studio, "restore drill", partial(check_restoring, folder=backup, number=number))
        )
    sound = all(finding["ok"] for finding in findings)
    lines = [[("ok" if f["ok"] else "BAD"), f["name"], f["detail"]] for f in findings]
    answer({"ok": sound, "findings": findings}, as_json, table(lines, ["", "check", "found"]))
    if not sound:
        click.get_current_context().exit(1)


def studio_to_examine(folder: Path) -> Studio:
    """The studio, opened to be read where its disk is too full to open it in any other way."""
    from feedback.store import Studio

    try:
        return open_studio(folder)
    except (sqlite3.OperationalError, OSError):
        return Studio.open_to_read(folder)


def check_environment(studio: Studio) -> list[Finding]:
    """A variable that a studio of before went by for its reports; the record decides now, for whoever asks."""
    from feedback.store.time_zone import time_zone

    named, kept = os.environ.get(TIME_ZONE), time_zone(studio)
    if not named or named == kept:
        return []
    detail = (
        f"{TIME_ZONE}={shown(named)} counts for `circletake init` alone, and this studio's days are those of {kept}: "
    )
    return [
        {"name": "environment", "ok": False, "detail": f"{detail}`circletake studio set --time-zone ZONE`, or unset it"}
    ]


def check_models(studio: Studio, deep: bool) -> list[Finding]:
    """A finding per base of a version that may still draw: what it is, whether it fits, whether it is what was brought."""
    from feedback.maintenance.doctor import run_check
    from feedback.models import versions
    from generation.models.base_models import base_folder
    from generation.models.pinning import check_base_of_versions
    from generation.models.requirements import describe_model, fits, this_machine

    def check(base: str, studio: Studio) -> tuple[bool, str]:
        check_base_of_versions(studio, base, read_again=deep)
        return fits(describe_model(base_folder(base)), this_machine())

    bases = versions.bases_in_use(studio)
    return [run_check(studio, f"model {base}", partial(check, base)) for base in bases]
