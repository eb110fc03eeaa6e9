"""Whether the studio's model may learn from what a person chooses: asked once, changed at any time."""

from __future__ import annotations

from feedback.ledger.revocation import withdraw_agreement
from feedback.rights.agreements import answers, is_asked, record_agreement
from feedback.store import Studio
from ui.api.rights.ending import follows
from ui.api.schemas.rights import Agreement, AgreementAnswer, AgreementKept, Follows
from ui.context import OpenStudio
from ui.security.access import CurrentPerson, Person


def show_agreement(studio: OpenStudio, person: CurrentPerson) -> Agreement:
    """Your own answer."""
    return Agreement(**standing_of(studio, person))


def post_agreement(body: AgreementAnswer, studio: OpenStudio, person: CurrentPerson) -> AgreementKept:
    """Keeps your answer; the same again changes nothing. Whoever withdraws is told what follows."""
    before = answers(studio).get(person.id)
    if before is not None and before["agreed"] == body.agreed:
        return AgreementKept(**standing_of(studio, person))
    if body.agreed:
        record_agreement(studio, person.id, True, person.name)
        return AgreementKept(**standing_of(studio, person))
    made = withdraw_agreement(studio, person.id, person.name)
    runs = len(made["touched"]["runs"])
    return AgreementKept(**standing_of(studio, person), runs=runs, follows=Follows(**follows(made)))


def standing_of(studio: Studio, person: Person) -> dict:
    now = answers(studio).get(person.id)
    return {"is_asked": is_asked(studio), "agreed": now and now["agreed"], "since": now and now["since"]}
