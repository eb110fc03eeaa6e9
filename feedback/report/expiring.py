"""Consents and licences that end soon, and what rests on them: the version in production, and selects of the cut."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypedDict

from feedback.judgements.selects import IS_CURRENT
from feedback.models.version_rights import missing_for_version
from feedback.models.versions import production_version
from feedback.people.project_members import in_visible
from feedback.rights.checks import missing_for_takes
from feedback.rights.consents import list_consents
from feedback.rights.licences import list_licences
from feedback.rights.overview import SOON, Ending, ending_soon
from feedback.store import Studio
from feedback.store.time_zone import today

IN_THE_CUT = f"""
SELECT DISTINCT se.take FROM selects se JOIN takes t ON t.id = se.take
WHERE {IS_CURRENT} AND {in_visible("t.project")} ORDER BY se.take
"""


class Expiring(TypedDict):
    ending: list[Ending]  # in force, and over within `SOON` days; the first to end first
    production: str  # the version that draws
    barred: list[str]  # what it lacks today already
    soon_barred: list[str]  # what it will lack then, unless something is recorded
    takes: list[int]  # of selects that may be exported today, and then no more


def expiring(studio: Studio, person: int | None = None) -> Expiring:
    """`person`: a people id, of whose projects the selects are.

    Asked of the record as it would be read in `SOON` days: what is renewed by another consent or licence ends nothing."""
    day = today(studio)
    ending = ending_soon(list_consents(studio), list_licences(studio), day)
    production = production_version(studio)
    barred = missing_for_version(studio, production, day)
    then = (date.fromisoformat(day) + timedelta(SOON + 1)).isoformat()
    soon = missing_for_version(studio, production, then) if ending else barred
    selected = [take for (take,) in studio.tuples(IN_THE_CUT, {"person": person})] if ending else []
    lost = missing_for_takes(studio, selected, day=then).keys() - missing_for_takes(studio, selected, day=day).keys()
    return Expiring(
        ending=ending,
        production=production,
        barred=barred,
        soon_barred=[line for line in soon if line not in barred],
        takes=sorted(lost),
    )
