"""Who of the studio wrote what came from a tracker."""

from __future__ import annotations

from feedback.errors import NotFound
from feedback.exchange.connectors.settings import ConnectorSettings
from feedback.exchange.connectors.tracker import TheirPerson
from feedback.people.accounts import Person, get_person
from feedback.store import Studio


def person_here(studio: Studio, settings: ConnectorSettings, theirs: TheirPerson) -> Person:
    """As the settings say, or who has that e-mail address as a name here, or else the connector's account.

    NotFound says how to name one.
    """
    people = {name.casefold(): own for name, own in settings.people.items()}
    named = people.get(theirs.email.casefold()) or people.get(theirs.name.casefold())
    if named:
        return get_person(studio, named)
    try:
        return get_person(studio, theirs.email)
    except NotFound:
        if settings.account:
            return get_person(studio, settings.account)
    who = theirs.email or theirs.name
    raise NotFound(f"nobody here is {who!r}: name them under people, or an account for all, in --settings")


def is_account(settings: ConnectorSettings, person: Person) -> bool:
    """Whether one name stands for several people, so that a note has to say who wrote it."""
    return person["name"] == settings.account
