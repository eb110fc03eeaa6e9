"""`connect kitsu` and `connect flow`: shots from a production tracker, takes to it, statuses and notes both ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ui.commands.shared import answer, open_studio, table, with_studio

if TYPE_CHECKING:
    from feedback.exchange.connectors.report import Report
    from feedback.exchange.connectors.settings import ConnectorSettings
    from feedback.exchange.connectors.tracker import Tracker

FILE = click.Path(path_type=Path, dir_okay=False)
PROJECT = click.option("--project", required=True, help="The project's code here.")
THEIRS = click.option("--theirs", help="The project's name there.  [default: its code here]")
SETTINGS = click.option("--settings", type=FILE, help="A YAML file: statuses, people and more.")
CREDENTIALS = click.option(
    "--credentials", type=FILE, help="A file that nobody else reads.  [default: the environment]"
)
TITLES = {"kitsu": "Kitsu", "flow": "Flow Production Tracking"}


@click.group("connect")
def connect_group() -> None:
    """Production trackers: Kitsu, and Flow Production Tracking."""


def connecting(command: Callable[..., None]) -> Callable[..., None]:
    """The options that every command for a tracker has."""
    return SETTINGS(CREDENTIALS(with_studio(command)))


def open_tracker(name: str, settings: Path | None, credentials: Path | None) -> tuple[Tracker, ConnectorSettings]:
    """Signed in. Refused or NotFound, in one line, where that cannot be."""
    from feedback.exchange.connectors import credentials as reading
    from feedback.exchange.connectors.settings import FLOW, KITSU, read_settings

    if name == "kitsu":
        from feedback.exchange.connectors import kitsu

        known = read_settings(settings, KITSU)
        account = reading.read_credentials(name, kitsu.CREDENTIALS, credentials, kitsu.OF_BOT)
        return kitsu.Kitsu(account, known.task_type), known
    from feedback.exchange.connectors import flow

    known = read_settings(settings, FLOW)
    return flow.sign_in(reading.read_credentials(name, flow.CREDENTIALS, credentials)), known


def tell(report: Report, as_json: bool) -> None:
    """Counts on stdout; what could not be done on stderr, a line each."""
    for line in report.left:
        click.echo(" ".join(line.split()), err=True)
    answer(asdict(report), as_json, report.in_words())


def add_tracker(name: str) -> None:
    """The four commands of one tracker."""

    @connect_group.group(name, help=f"{TITLES[name]}: check, pull, publish, sync.")
    def group() -> None: ...

    @group.command("check", help=f"Sign in to {TITLES[name]}, and list its projects and statuses.")
    @connecting
    def check(settings: Path | None, credentials: Path | None, folder: Path, as_json: bool) -> None:
        open_studio(folder)
        tracker, known = open_tracker(name, settings, credentials)
        statuses = tracker.list_statuses()
        meant = [
            [own, theirs or "not sent", theirs is None or theirs in statuses] for own, theirs in known.statuses.items()
        ]
        data = {
            "site": tracker.site,
            "projects": tracker.list_projects(),
            "statuses": statuses,
            "sent_as": known.statuses,
        }
        lines = [[own, theirs, "" if is_there else "is not there"] for own, theirs, is_there in meant]
        text = f"projects: {', '.join(data['projects']) or 'none'}\nstatuses: {', '.join(statuses)}\n"
        answer(data, as_json, text + table(lines, ["status here", "there", ""]))

    @group.command("pull", help=f"Make or change the shots of a project as {TITLES[name]} has them.")
    @PROJECT
    @THEIRS
    @connecting
    def pull(project: str, theirs: str | None, settings: Path | None, credentials: Path | None, **common: Any) -> None:
        from feedback.exchange.connectors import syncing

        studio = open_studio(common["folder"])
        tracker, _ = open_tracker(name, settings, credentials)
        tell(syncing.pull(studio, tracker, project, theirs or project), common["as_json"])

    @group.command("publish", help=f"Send takes to {TITLES[name]} as previews of their shots, each once.")
    @PROJECT
    @THEIRS
    @click.option(
        "--take", "takes", type=int, multiple=True, help="This take alone; may be repeated.  [default: by status]"
    )
    @connecting
    def publish(
        project: str,
        theirs: str | None,
        takes: tuple[int, ...],
        settings: Path | None,
        credentials: Path | None,
        **common: Any,
    ) -> None:
        from feedback.exchange.connectors import syncing

        studio = open_studio(common["folder"])
        tracker, known = open_tracker(name, settings, credentials)
        tell(syncing.publish(studio, tracker, project, theirs or project, known, takes), common["as_json"])

    @group.command("sync", help="Statuses and notes of published takes, both ways.")
    @PROJECT
    @THEIRS
    @connecting
    def sync(project: str, theirs: str | None, settings: Path | None, credentials: Path | None, **common: Any) -> None:
        from feedback.exchange.connectors import syncing
        from ui.settings import read_settings

        studio = open_studio(common["folder"])
        tracker, known = open_tracker(name, settings, credentials)
        first_frame = read_settings().first_frame
        tell(syncing.sync(studio, tracker, project, theirs or project, known, first_frame), common["as_json"])


for tracker_name in TITLES:
    add_tracker(tracker_name)
