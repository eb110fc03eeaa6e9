"""Ranges of a cut that are of takes of ours: as a supervisor, the selects get them, and the order that they have there."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import cast

from feedback.errors import Forbidden
from feedback.exchange.imports.changes import Change
from feedback.exchange.imports.entries import Entry, refusing
from feedback.exchange.imports.shots_of_cut import CutShot
from feedback.judgements.selects import selects_of_shot, set_range
from feedback.people.accounts import Person, at_least
from feedback.store import Studio

_CIRCLED = """
SELECT t.id, t.seed, t.version, t.media, p.code AS project, s.code AS shot FROM takes t
JOIN briefs b ON b.id = t.brief JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project WHERE p.code = ?
AND t.id IN (SELECT se.take FROM selects se WHERE se.shot = s.id AND NOT se.removed AND se.id =
    (SELECT max(id) FROM selects later WHERE later.shot = se.shot AND later.take = se.take))
"""


def check_supervisor(person: Person | None) -> None:
    """Forbidden for whoever may not set selects."""
    if person is not None and not at_least(person, "supervisor"):
        raise Forbidden(f"{person['name']} is {person['role']}: only a supervisor sets in and out; name one with --by")


def known_selects(studio: Studio, project: str, shots: Sequence[CutShot]) -> dict[str, list[Entry]]:
    """By shot: the entries of takes that are circled here, each take once.

    A number alone is not believed, since another studio has a take of that number too: its shot, and whatever the file
    says of its file, seed and version, are the same.
    """
    circled = {row["id"]: row for row in studio.rows(_CIRCLED, (project,))}
    known = dict[str, list[Entry]]()
    for shot in shots:
        unique = dict[int, Entry]()
        for entry in shot.entries:
            row = circled.get(entry.take or 0)
            if row and row["shot"] == shot.code and is_same(entry, row) and entry.first is not None:
                unique.setdefault(row["id"], entry)
        if unique:
            known[shot.code] = list(unique.values())
    return known


def is_same(entry: Entry, row: Mapping[str, object]) -> bool:
    values = {"media": entry.sha256, "seed": entry.seed, "version": entry.version}
    given = {name: value for name, value in values.items() if value is not None}
    return bool(given) and all(row[name] == value for name, value in given.items())


def set_selects(
    studio: Studio, person: Person, known: Mapping[str, Sequence[Entry]], ids: Mapping[str, int]
) -> list[Change]:
    """What was changed. Invalid, with the place in the file, for frames that a take has not."""
    return [
        change
        for code, entries in known.items()
        for place, entry in enumerate(entries, start=1)
        if (change := set_select(studio, person, entry, place, ids[code])) is not None
    ]


def second_ranges(shots: Sequence[CutShot], known: Mapping[str, Sequence[Entry]]) -> list[str]:
    """Where the cut has a take again with other frames: a select has one range."""
    firsts = {entry.take: (entry.first, entry.last) for entries in known.values() for entry in entries}
    entries = (entry for shot in shots if shot.code in known for entry in shot.entries)
    return [e.where for e in entries if e.take in firsts and (e.first, e.last) != firsts[e.take]]


def set_select(studio: Studio, person: Person, entry: Entry, place: int, shot: int) -> Change | None:
    """Known entries have a take and a range."""
    take, first, last = (cast(int, number) for number in (entry.take, entry.first, entry.last))
    order = selects_of_shot(studio, shot)
    before = next((at, row) for at, row in enumerate(order, start=1) if row["take"] == take)
    fields: dict[str, tuple[object, object]] = {}
    frames = f"{before[1]['frame_in']}-{before[1]['frame_out']}", f"{first}-{last}"
    if frames[0] != frames[1]:
        fields["frames"] = frames
    if before[0] != place:
        fields["place"] = before[0], place
    if not fields:
        return None
    position = place if "place" in fields else None
    refusing(
        f"{entry.where}: take {take}",
        lambda: set_range(studio, person, str(uuid.uuid4()), take, first, last, position),
    )
    return Change("select", f"take {take}", False, fields)
