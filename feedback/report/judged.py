"""What was judged on a day, by person and kind, and how far people agreed on it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any, TypedDict

from feedback.agreement.measures import Verdict, alpha_of_verdicts, count_shared, read_verdicts
from feedback.days import StudioDay
from feedback.people.accounts import names_of_people
from feedback.people.project_members import in_visible
from feedback.store import Studio

KINDS = ("verdicts", "rankings", "ratings", "notes", "tags", "statuses", "selects")

_IN_SCOPE = f"""
JOIN takes t ON t.id = j.take JOIN briefs f ON f.id = t.brief JOIN shots s ON s.id = f.shot JOIN projects p ON p.id = s.project
WHERE j.created >= :begin AND j.created < :end AND {in_visible("p.id")} AND (:project IS NULL OR p.code = :project)
GROUP BY j.person
"""
# A verdict that was mended on the same day is one; a skip is none.
_VERDICTS = """
(SELECT b.person, b."left" AS take, b.created, b.id AS one FROM ballots b
    WHERE b.ranking IS NULL AND b.verdict <> 'skip' AND b.created >= :begin AND b.created < :end
    AND NOT EXISTS (SELECT 1 FROM ballots n WHERE n.supersedes = b.id AND n.created < :end))
"""
_RANKINGS = """
(SELECT r.person, json_extract(r.takes, '$[0]') AS take, r.created, r.id AS one FROM rankings r
    WHERE NOT EXISTS (SELECT 1 FROM rankings n WHERE n.supersedes = r.id AND n.created < :end))
"""
_MENDED = """
(SELECT r.person, r.take, r.created, r.id AS one FROM {table} r
    WHERE NOT r.taken_back AND NOT EXISTS (SELECT 1 FROM {table} n WHERE n.supersedes = r.id AND n.created < :end))
"""
SOURCES = {
    "verdicts": _VERDICTS,
    "rankings": _RANKINGS,
    "ratings": _MENDED.format(table="ratings"),
    "notes": _MENDED.format(table="notes"),
    "tags": "(SELECT person, take, created, id AS one FROM tags WHERE removed IS NULL OR removed >= :end)",
    "statuses": "(SELECT person, take, created, take AS one FROM statuses)",
    "selects": "(SELECT person, take, created, take AS one FROM selects WHERE NOT removed)",
}


class PersonsDay(TypedDict):
    person: str
    total: int
    kinds: dict[str, int]  # how many of each of KINDS


class DaysAgreement(TypedDict):
    """On the pairs that somebody judged on the day, by all verdicts on them until its end. Open trials are left out."""

    pairs: int
    shared: int  # of them judged by two people or more
    same: int  # of the comparisons of two people, those in which both said the same
    both: int  # how many such comparisons there are
    alpha: dict[str, Any]  # feedback.agreement.krippendorff.Alpha


class Judged(TypedDict):
    total: int
    kinds: dict[str, int]
    people: list[PersonsDay]  # who judged most first
    agreement: DaysAgreement


def judged_on(studio: Studio, day: StudioDay, person: int | None = None, project: str | None = None) -> Judged:
    """In what this person (people id) sees, or of one project (code); all for None."""
    scope = {"begin": day.begin, "end": day.end, "person": person, "project": project}
    by_person: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    for kind, source in SOURCES.items():
        for who, count in studio.tuples(f"SELECT j.person, count(DISTINCT j.one) FROM {source} j {_IN_SCOPE}", scope):
            by_person[who][kind] = count
    names = names_of_people(studio)
    people: list[PersonsDay] = [
        {"person": names[who], "total": sum(kinds.values()), "kinds": kinds} for who, kinds in by_person.items()
    ]
    people.sort(key=lambda each: (-each["total"], each["person"]))
    return {
        "total": sum(each["total"] for each in people),
        "kinds": {kind: sum(each["kinds"][kind] for each in people) for kind in KINDS},
        "people": people,
        "agreement": agreement_on(studio, day, person, project),
    }


def agreement_on(studio: Studio, day: StudioDay, person: int | None, project: str | None) -> DaysAgreement:
    verdicts = [each for each in read_verdicts(studio, person, project) if each.created < day.end]
    of_day = {each.pair for each in verdicts if each.created >= day.begin}
    verdicts = [each for each in verdicts if each.pair in of_day]
    cells = count_shared(verdicts).values()
    return {
        "pairs": len(of_day),
        "shared": count_pairs_of_several(verdicts),
        "same": sum(cell["same"] for cell in cells),
        "both": sum(cell["both"] for cell in cells),
        "alpha": asdict(alpha_of_verdicts(verdicts)),
    }


def count_pairs_of_several(verdicts: list[Verdict]) -> int:
    people: dict[tuple[int, int], set[int]] = defaultdict(set)
    for each in verdicts:
        people[each.pair].add(each.person)
    return sum(len(each) > 1 for each in people.values())
