"""What is done with a tracker: pull its shots, publish takes, sync statuses and notes. Each is safe to repeat and to kill.

What is sent is marked there, and written down here after it is there; what is received is written in one transaction with
the link to where it came from. So nothing is sent, shown or learned from twice.
"""

from __future__ import annotations

from collections.abc import Collection

from feedback.errors import Invalid
from feedback.exchange.connectors.notes import pull_notes, push_notes
from feedback.exchange.connectors.publishing import publications, publish_takes
from feedback.exchange.connectors.report import Report
from feedback.exchange.connectors.settings import ConnectorSettings
from feedback.exchange.connectors.shots import pull_shots
from feedback.exchange.connectors.statuses import pull_statuses, push_statuses
from feedback.exchange.connectors.tracker import Tracker
from feedback.production.projects import get_project
from feedback.store import Studio


def pull(studio: Studio, tracker: Tracker, project: str, theirs: str) -> Report:
    """Their shots become ours. `theirs`: the project's name there."""
    report = Report(tracker.site)
    pull_shots(studio, tracker, project, tracker.find_project(theirs), report)
    return report


def publish(
    studio: Studio,
    tracker: Tracker,
    project: str,
    theirs: str,
    settings: ConnectorSettings,
    only: Collection[int] = (),
) -> Report:
    """Takes become previews there: those of the statuses that the settings name, or `only` these (ids)."""
    report = Report(tracker.site)
    get_project(studio, project)
    check_statuses(tracker, settings)
    publish_takes(studio, tracker, project, tracker.find_project(theirs), settings, report, only)
    return report


def sync(
    studio: Studio, tracker: Tracker, project: str, theirs: str, settings: ConnectorSettings, first_frame: int = 0
) -> Report:
    """Statuses and notes of published takes, both ways. `first_frame`: the number that people give to frame 0."""
    report = Report(tracker.site)
    get_project(studio, project)
    check_statuses(tracker, settings)
    tracker.find_project(theirs)
    takes = publications(studio, tracker.site, project)
    pull_statuses(studio, tracker, takes, settings, report)
    pull_notes(studio, tracker, takes, settings, report)
    push_statuses(studio, tracker, takes, settings, report)
    push_notes(studio, tracker, takes, first_frame, report)
    return report


def check_statuses(tracker: Tracker, settings: ConnectorSettings) -> None:
    """Invalid for a status that the tracker does not have, before anything is sent."""
    known = tracker.list_statuses()
    for own, theirs in settings.statuses.items():
        if theirs is not None and theirs not in known:
            raise Invalid(
                f"{own} is {theirs!r} there, and {tracker.site} has {', '.join(known)}: say which under statuses in --settings"
            )
