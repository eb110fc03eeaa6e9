"""The numbers by which takes go over HTTP.

Whoever may be blind to a take gets a name that only they can use (`feedback.production.opaque_names`): creatives for
every take, supervisors for pairs and for what an open trial hides. Supervisors otherwise get a take's own number, as on
the command line. That number is taken from everybody, but for takes that an open trial hides: so programs may use what the
command line told them, and nobody can find out the number behind a name of a trial.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from feedback.errors import NotFound, Refused
from feedback.people.project_members import check_visible
from feedback.production import takes
from feedback.production.opaque_names import (
    LARGEST_ID,
    POSTER,
    find_named_rendition,
    find_named_take,
    name_rendition,
    name_take,
)
from feedback.production.takes import Take
from feedback.store import Studio, media
from ui.security.access import Person

# Numbers of takes in the line of a refusal.
NUMBERS = re.compile(r"(?<=\btake )\d+|(?<=\btakes )\d+|(?<=\d and )\d+")


def name_for(studio: Studio, person: Person, take_id: int, *, hidden: bool = False) -> int:
    """The number of a take for this person; `hidden`: by an open trial."""
    if person.at_least("supervisor") and not hidden:
        return take_id
    return name_take(studio, person.id, take_id)


def names_for(studio: Studio, person: Person, ids: Sequence[int]) -> list[int]:
    """Numbers of takes that no open trial hides, in their own order, so that it tells nothing."""
    return sorted(name_for(studio, person, take) for take in ids)


def take_named(studio: Studio, person: Person, number: int) -> int:
    """The id of the take that the person means by this number; NotFound where there is none."""
    take = find_named_take(studio, person.id, number)
    if take is None and number <= LARGEST_ID and not takes.is_hidden(studio, number):
        return number
    if take is None:
        raise NotFound(f"no take {number}")
    return take


@contextmanager
def takes_named(studio: Studio, person: Person, numbers: Sequence[int]) -> Iterator[list[int]]:
    """The ids of the takes that the person sent; a refusal names them as they were sent.

    NotFound: there is no such take, or it is of a project that the person does not see.
    """
    ids = [take_named(studio, person, number) for number in numbers]
    try:
        check_visible(studio, person.id, "take", *ids)
        yield ids
    except Refused as refusal:
        raise type(refusal)(as_sent(str(refusal), dict(zip(ids, numbers, strict=True)))) from None


def as_sent(line: str, numbers: Mapping[int, int]) -> str:
    return NUMBERS.sub(lambda match: str(numbers.get(int(match[0]), match[0])), line)


def rendition_address(studio: Studio, person: Person, take: Take, part: int = 0) -> str | None:
    """The path by which this person gets the take's picture or clip, or its POSTER; None for none."""
    sha256 = take["rendition_poster"] if part == POSTER else take["rendition"]
    if sha256 is None:
        return None
    return f"/media/{name_rendition(studio, person.id, take['id'], part)}.{media.describe(studio, sha256)['ext']}"


def rendition_named(studio: Studio, person: Person, name: str) -> str | None:
    """The sha256 of the rendition that the person knows by these 64 hexadecimal digits; None where there is none."""
    named = find_named_rendition(studio, person.id, name)
    if named is None:
        return None
    take, part = named
    return takes.find_rendition(studio, take, poster=part == POSTER)
