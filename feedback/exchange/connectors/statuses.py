"""Statuses both ways. Where both changed one, what people decided here stays, and goes there."""

from __future__ import annotations

from collections.abc import Sequence

from feedback.errors import Refused
from feedback.exchange.connectors.links import add_link, link_of, link_to, studio_key
from feedback.exchange.connectors.people import person_here
from feedback.exchange.connectors.report import Report
from feedback.exchange.connectors.settings import ConnectorSettings
from feedback.exchange.connectors.tracker import Mark, Publication, TheirStatus, Tracker
from feedback.judgements.statuses import set_status
from feedback.people.accounts import names_of_people
from feedback.production.takes import get_take
from feedback.store import Studio


def latest_status(studio: Studio, take: int) -> tuple[int | None, str]:
    """The row that gave a take its status, and the status; a take nobody has touched is wip."""
    row = studio.row("SELECT id, status FROM statuses WHERE take = ? ORDER BY id DESC LIMIT 1", (take,))
    return (row["id"], row["status"]) if row else (None, "wip")


def link_status(studio: Studio, site: str, row: int | None, theirs: str, *, made_here: bool) -> None:
    add_link(studio, site, "status", row, theirs, made_here=made_here)


def pull_statuses(
    studio: Studio, tracker: Tracker, takes: Sequence[Publication], settings: ConnectorSettings, report: Report
) -> None:
    """What others decided there, each once, in their order. What cannot be taken over is named in the report."""
    ours = {take.take for take in takes if changed_here(studio, tracker.site, take.take, settings)}
    for change in tracker.pull_statuses(takes):
        if link_to(studio, tracker.site, "status", change.id) is not None:
            continue
        status = settings.ours(change.status)
        if status is None:
            continue
        if change.take in ours:
            report.left.append(f"take {change.take}: {change.status!r} there, but it was decided here since")
            link_status(studio, tracker.site, None, change.id, made_here=False)
            continue
        try:
            take_over(studio, tracker.site, change, status, settings, report)
        except Refused as refusal:
            report.left.append(f"take {change.take}, {change.status!r}: {refusal}")


def take_over(
    studio: Studio, site: str, change: TheirStatus, status: str, settings: ConnectorSettings, report: Report
) -> None:
    person = person_here(studio, settings, change.person)
    with studio.writing():
        if latest_status(studio, change.take)[1] == status:  # said again, which is no new choice
            link_status(studio, site, None, change.id, made_here=False)
            return
        row, _ = set_status(studio, person, f"{site} {change.id}"[-128:], change.take, status)
        link_status(studio, site, row["id"], change.id, made_here=False)
        report.statuses_received += 1


def changed_here(studio: Studio, site: str, take: int, settings: ConnectorSettings) -> bool:
    """Whether the take's status is one that was neither sent nor received, and is to be sent."""
    row, status = latest_status(studio, take)
    return row is not None and link_of(studio, site, "status", row) is None and settings.theirs(status) is not None


def push_statuses(
    studio: Studio, tracker: Tracker, takes: Sequence[Publication], settings: ConnectorSettings, report: Report
) -> None:
    """What people decided here since a take was published, or since the last time."""
    newest, people = newest_of_shots(studio, takes), names_of_people(studio)
    for take in takes:
        if not changed_here(studio, tracker.site, take.take, settings):
            continue
        row, status = latest_status(studio, take.take)
        assert row is not None, "an untouched take has no change"
        person = people[studio.value("SELECT person FROM statuses WHERE id = ?", (row,))]
        theirs, mark = settings.theirs(status), Mark(studio_key(studio), "status", row)
        text = f"Take {take.take}: {status.replace('_', ' ')} ({person})"
        leads = status == "circled" or take.take in newest
        try:
            made = tracker.push_status(take, str(theirs), text, mark, is_newest=leads)
        except Refused as refusal:
            report.left.append(f"take {take.take}, {status}: {refusal}")
            continue
        link_status(studio, tracker.site, row, made, made_here=True)
        report.statuses_sent += 1


def newest_of_shots(studio: Studio, takes: Sequence[Publication]) -> set[int]:
    """Of the takes of each shot the one that was published last."""
    last = {get_take(studio, take.take)["shot"]: take.take for take in takes}
    return set(last.values())
