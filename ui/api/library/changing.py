"""What supervisors say of items: not to be used, to be used after all, and who and what is seen."""

from __future__ import annotations

from feedback.library import items
from ui.api.schemas.library import Changed, ExcludeBody, IncludeBody, TagBody
from ui.context import OpenStudio
from ui.security.access import Supervisor


def exclude(body: ExcludeBody, studio: OpenStudio, person: Supervisor) -> Changed:
    """Nothing learns from these items and nothing starts from them from now on; nothing is deleted."""
    return Changed(items=items.exclude(studio, body.items, body.reason, person=person.id, actor=person.name))


def include(body: IncludeBody, studio: OpenStudio, person: Supervisor) -> Changed:
    """Takes exclusions back."""
    return Changed(items=items.include(studio, body.items, actor=person.name))


def tag(body: TagBody, studio: OpenStudio, person: Supervisor) -> Changed:
    """Says who is in these items, who is not, and what is seen."""
    count = items.tag(studio, body.items, body.people, body.remove, body.caption, actor=person.name)
    return Changed(items=count)
