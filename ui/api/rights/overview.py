"""Who allowed what, what is missing and what ends soon, as far as a supervisor's projects go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from feedback.production import projects
from feedback.rights.agreements import is_asked
from feedback.rights.consents import list_consents
from feedback.rights.contributors import list_contributors
from feedback.rights.licences import list_licences
from feedback.rights.overview import count_naming, ending_soon, under_licences, waiting_briefs
from feedback.store import Studio
from feedback.store.time_zone import time_zone, today
from ui.api.schemas.rights import ConsentRow, ContributorRow, EndingRow, LicenceRow, Rights, WaitingRow
from ui.context import OpenStudio
from ui.security.access import Person, Supervisor


def show_rights(studio: OpenStudio, person: Supervisor) -> Rights:
    """People with their consents, licences with what is under them, what ends within 30 days, and what is missing today."""
    seen = seen_by(studio, person)
    consents = [seen(row) for row in list_consents(studio) if not is_of_others(seen(row), row)]
    licences = [seen(row) for row in list_licences(studio) if not is_of_others(seen(row), row)]
    under, day = under_licences(studio), today(studio)
    naming = count_naming(studio, person.id)
    return Rights(
        people=[
            ContributorRow(
                **each,
                briefs=naming.get(each["id"], 0),
                consents=[ConsentRow.model_validate(row) for row in consents if row["person"] == each["name"]],
            )
            for each in list_contributors(studio)
        ],
        licences=[LicenceRow.model_validate({**row, **under[row["id"]]}) for row in licences],
        ending=[EndingRow(**row) for row in ending_soon(consents, licences, day)],  # type: ignore[arg-type]
        waiting=[WaitingRow.model_validate(row) for row in waiting_briefs(studio, person.id)],
        projects=visible_codes(studio, person),
        plates={row["code"]: row["plate_policy"] for row in projects.list_projects(studio, person.id)},  # type: ignore[misc]
        is_asked=is_asked(studio),
        time_zone=time_zone(studio),
        today=day,
    )


def visible_codes(studio: Studio, person: Person) -> list[str]:
    return [row["code"] for row in projects.list_projects(studio, person.id)]


def seen_by(studio: Studio, person: Person) -> Callable[[Any], dict[str, Any]]:
    """A consent or licence without the codes of projects that somebody does not see."""
    known = {row["code"] for row in projects.list_projects(studio, person.id, archived=True)}
    return lambda row: {**row, "projects": [code for code in row["projects"] if code in known]}


def is_of_others(seen: dict[str, Any], row: Any) -> bool:
    """Whether it is limited to projects of which somebody sees none."""
    return bool(row["projects"]) and not seen["projects"]
