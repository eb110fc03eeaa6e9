"""How each person judges beside the studio, as the newest night for the studio found it: for supervisors.

It says something about people, so only the newest is kept, nothing of it is exported, and a verdict on a take of an open trial
or of a project that the asker does not see is not counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

from feedback.people.accounts import names_of_people
from feedback.people.project_members import VISIBLE_PROJECTS
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

MOST_PAIRS = 8  # that are shown of each person

_PAIRS = f"""
SELECT j.person, j.chosen, j.passed, j.like_others, j.like_own, f.id, s.code
FROM standing_pairs j JOIN takes t ON t.id = j.chosen JOIN briefs f ON f.id = t.brief
    JOIN shots s ON s.id = f.shot JOIN projects p ON p.id = s.project
WHERE j.run = (SELECT max(run) FROM standings) AND p.id IN {VISIBLE_PROJECTS}
    AND (:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)
    AND j.chosen NOT IN ({TAKES_OF_OPEN_TRIALS}) AND j.passed NOT IN ({TAKES_OF_OPEN_TRIALS})
ORDER BY j.gap DESC
"""


class StandingRow(NamedTuple):
    person: int
    kind: str  # alike, own, contrary, unpredicted or unseen
    along: str  # what their reward differs in most: a group of statistics of takes; empty where it is not known


class PairRow(NamedTuple):
    person: int
    chosen: int  # take
    passed: int  # the take that they did not choose
    like_others: bool
    like_own: bool
    gap: float


class UnlikePair(TypedDict):
    """A pair on which somebody chose the take that the others like less."""

    chosen: int
    passed: int
    own: bool  # whether their own reward is higher for the chosen take
    shot: str
    brief: int


class PersonStanding(TypedDict):
    person: str  # name
    kind: str
    along: str
    verdicts: int  # pairs they had a preference on
    unlike_others: int  # of these, those on which they chose otherwise than the studio
    pairs: list[UnlikePair]  # the most telling first


def keep_standings(studio: Studio, run: int, people: Sequence[StandingRow], pairs: Sequence[PairRow]) -> None:
    """In the place of an earlier night's."""
    with studio.writing() as db:
        for table in ("standing_pairs", "standings"):
            db.execute(f"DELETE FROM {table}")
        db.conn.executemany(
            "INSERT INTO standings (run, person, kind, along) VALUES (?, ?, ?, ?)", [(run, *each) for each in people]
        )
        db.conn.executemany(
            "INSERT OR IGNORE INTO standing_pairs (run, person, chosen, passed, like_others, like_own, gap)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(run, *each) for each in pairs],
        )


def list_standings(
    studio: Studio, person: int, project: str | None = None, shot: str | None = None
) -> list[PersonStanding]:
    """Of everybody who judged in what this person (id) sees, by name."""
    own: dict[int, list[tuple[bool, UnlikePair]]] = defaultdict(list)
    scope = {"person": person, "project": project, "shot": shot}
    for who, chosen, passed, like_others, like_own, brief, code in studio.tuples(_PAIRS, scope):
        pair: UnlikePair = {"chosen": chosen, "passed": passed, "own": bool(like_own), "shot": code, "brief": brief}
        own[who].append((bool(like_others), pair))
    names = names_of_people(studio)
    rows = studio.tuples("SELECT person, kind, along FROM standings WHERE run = (SELECT max(run) FROM standings)")
    return sorted(
        (standing_of(names[who], kind, along, own[who]) for who, kind, along in rows if own[who]),
        key=lambda each: each["person"],
    )


def standing_of(name: str, kind: str, along: str, pairs: Sequence[tuple[bool, UnlikePair]]) -> PersonStanding:
    unlike = [pair for like_others, pair in pairs if not like_others]
    return {
        "person": name,
        "kind": kind,
        "along": along,
        "verdicts": len(pairs),
        "unlike_others": len(unlike),
        "pairs": unlike[:MOST_PAIRS],
    }
