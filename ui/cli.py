"""`circletake`: every command of a studio's day. Exit codes: 0 done, 1 refused with one line, 2 wrong usage."""

from __future__ import annotations

import click

from ui.commands.exchange.connecting import connect_group
from ui.commands.exchange.credentials import credentials_group, verify
from ui.commands.exchange.exporting import export
from ui.commands.exchange.importing import import_group
from ui.commands.exchange.passports import passport_command
from ui.commands.exchange.selects import select_group
from ui.commands.exchange.watching import watch
from ui.commands.health import doctor
from ui.commands.library.group import library_group
from ui.commands.models.enough import enough
from ui.commands.models.ledger import ledger_command
from ui.commands.models.nights import nightly
from ui.commands.models.prompts import prompts_group
from ui.commands.models.report import report
from ui.commands.models.trials import trial_group
from ui.commands.models.tuning import tune
from ui.commands.models.versions import versions_group
from ui.commands.production.drawing import cancel, generate, retry, worker
from ui.commands.production.projects import project_group
from ui.commands.production.shots import shot_group
from ui.commands.rights.consents import consent_group
from ui.commands.rights.licences import licence_group
from ui.commands.safekeeping import backup_command, restore_command
from ui.commands.serving import serve
from ui.commands.setup import init, user
from ui.commands.shared import RefusingGroup
from ui.commands.studio import studio_group


@click.group(cls=RefusingGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="circletake", prog_name="circletake")
def main() -> None:
    """Takes judged by people, and a model that learns from them.

    Every command takes --studio DIR (default: $CIRCLETAKE_STUDIO, else ./studio) and --json.
    """


COMMANDS: list[click.Command] = [
    *(init, serve, worker, user, project_group, shot_group, generate, cancel, retry, tune, nightly, report),
    *(trial_group, versions_group, prompts_group, select_group, enough, export, import_group, watch, connect_group),
    *(passport_command, credentials_group, verify, library_group, licence_group, consent_group, ledger_command),
    *(studio_group, backup_command, restore_command, doctor),
]
for command in COMMANDS:
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="circletake")
