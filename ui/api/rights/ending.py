"""A consent is revoked or a licence ended: first what it touches, then what follows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from feedback.errors import NotFound
from feedback.ledger.listing import ListedTake, touched_selects, touched_takes, touched_titles
from feedback.ledger.revocation import Revocation, end_licence_and_follow, revoke_consent
from feedback.ledger.touched import Touched as Ids
from feedback.ledger.touched import touched_by_consent, touched_by_licence
from feedback.rights.consents import list_consents
from feedback.rights.licences import Licence, list_licences
from feedback.store import Studio
from ui.api.names import name_for
from ui.api.rights.overview import is_of_others, seen_by
from ui.api.schemas.common import Id
from ui.api.schemas.rights import Ended, Reason, Touched, TouchedTake
from ui.context import OpenStudio
from ui.security.access import Person, Supervisor


def show_touched_by_consent(consent: Id, studio: OpenStudio, person: Supervisor) -> Touched:
    """What rests on a consent, before it is revoked."""
    check_seen(studio, person, consent)
    return describe(studio, person, touched_by_consent(studio, consent))


def post_revoke(consent: Id, body: Reason, studio: OpenStudio, person: Supervisor) -> Ended:
    """It holds no longer. What learned from it draws no more; a version that does without takes its place."""
    check_seen(studio, person, consent)
    return ended(studio, person, revoke_consent(studio, consent, body.reason, person=person.id, actor=person.name))


def show_touched_by_licence(licence: Id, studio: OpenStudio, person: Supervisor) -> Touched:
    """What rests on a licence, before it is ended."""
    return describe(studio, person, touched_by_licence(studio, find_licence(studio, person, licence)["id"]))


def post_end(licence: Id, body: Reason, studio: OpenStudio, person: Supervisor) -> Ended:
    """It holds no longer; otherwise as for a consent."""
    name = find_licence(studio, person, licence)["name"]
    return ended(studio, person, end_licence_and_follow(studio, name, body.reason, person=person.id, actor=person.name))


def check_seen(studio: Studio, person: Person, consent: int) -> None:
    """NotFound for one that is limited to projects of others."""
    seen = seen_by(studio, person)
    if not any(row["id"] == consent and not is_of_others(seen(row), row) for row in list_consents(studio)):
        raise NotFound(f"no consent {consent}: see GET /api/rights")


def find_licence(studio: Studio, person: Person, number: int) -> Licence:
    seen = seen_by(studio, person)
    for row in list_licences(studio):
        if row["id"] == number and not is_of_others(seen(row), row):
            return row
    raise NotFound(f"no licence {number}: see GET /api/rights")


def ended(studio: Studio, person: Person, made: Revocation) -> Ended:
    return Ended(touched=describe(studio, person, made["touched"]), **follows(made))


def follows(made: Revocation) -> dict[str, Any]:
    """The fields of `schemas.rights.Follows`."""
    return {"production": made["production"], "previous": made["previous"], "is_retuned": made["is_retuned"]}


def describe(studio: Studio, person: Person, touched: Ids) -> Touched:
    def named(rows: Iterable[ListedTake]) -> list[TouchedTake]:
        return [
            TouchedTake(take=name_for(studio, person, row["id"]), project=row["project"], shot=row["shot"])
            for row in rows
        ]

    return Touched(
        counts={name: len(ids) for name, ids in touched.items()},  # type: ignore[arg-type]
        versions=touched["versions"],
        takes=named(touched_takes(studio, touched, person.id)),
        selects=named(touched_selects(studio, touched, person.id)),
        frames=[f"{name}: {count}" for name, count in touched_titles(studio, touched)],
    )
