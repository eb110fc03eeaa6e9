"""The takes that a board shows, in its order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from feedback.board.filters import IN_PROJECT, OF_PROJECT, STARS, Filters, conditions_of
from feedback.board.results import Results, results_of_briefs
from feedback.production.shots import places_in_the_cut
from feedback.production.take_rewards import REWARD
from feedback.store import Studio

SORTS = ("brief", "newest", "stars", "reward", "win_rate", "disagreement")
OPEN_SORTS = ("brief", "newest", "stars")
"""Sorts for everybody. The others tell a rater how others judged pairs that they may still be dealt, or would judge them."""
RANGE = "(SELECT max(r.stars) - min(r.stars) FROM current_ratings r WHERE r.take = t.id)"
MEASURES = {"stars": STARS, "disagreement": RANGE, "reward": REWARD}
MOST_CHOICES = 500  # of each kind, in a filter's menu


class Row(NamedTuple):
    take: int
    shot: str
    title: str
    brief: int
    measure: float | None


@dataclass(frozen=True)
class ShotTakes:
    """A shot with those of its takes that are shown; ids, in order."""

    code: str
    title: str
    takes: list[int] = field(default_factory=list)


def list_board(
    studio: Studio, filters: Filters, sort: str = "brief", name_of: Callable[[int], int] | None = None
) -> list[ShotTakes]:
    """By shot, in the order of the cut, the takes in the order of `sort`; shots without any are left out.

    `name_of`: for somebody who is blind to takes, the number by which they know one. Takes that are equal are then in the
    order of these numbers, and the newest are those of the newest brief: when a take was drawn tells which version drew it.
    """
    listed: dict[str, ShotTakes] = {}
    rows = read_rows(studio, filters, sort)
    place = places_in_the_cut(studio, filters.project)
    for row in sorted(sort_rows(studio, rows, sort, name_of), key=lambda row: place[row.shot]):
        listed.setdefault(row.shot, ShotTakes(row.shot, row.title)).takes.append(row.take)
    return list(listed.values())


def list_wall(
    studio: Studio, filters: Filters, sort: str = "brief", name_of: Callable[[int], int] | None = None
) -> list[int]:
    """All takes that are shown, of whatever shot, in the order of `sort`; else as `list_board`."""
    return [row.take for row in sort_rows(studio, read_rows(studio, filters, sort), sort, name_of)]


def read_rows(studio: Studio, filters: Filters, sort: str) -> list[Row]:
    where, values = conditions_of(studio, filters)
    sql = f"SELECT t.id, s.code, s.title, b.id, {MEASURES.get(sort, '0')} {OF_PROJECT} WHERE {where} ORDER BY t.id"
    return [Row(*row) for row in studio.tuples(sql, values)]


def sort_rows(studio: Studio, rows: list[Row], sort: str, name_of: Callable[[int], int] | None) -> list[Row]:
    results: dict[int, Results] = {}
    if sort in ("win_rate", "disagreement"):
        results = results_of_briefs(studio, {row.brief for row in rows})
    names = {row.take: name_of(row.take) for row in rows} if name_of else {}
    return sorted(
        rows, key=lambda row: (*key_of(row, sort, results.get(row.take), bool(names)), names.get(row.take, row.take))
    )


def key_of(row: Row, sort: str, results: Results | None, is_blind: bool) -> tuple[float, ...]:
    """What comes first has the least key; what nobody judged, or no model scored, comes last."""
    if sort == "brief":
        return (row.brief,)
    if sort == "newest":
        return (-row.brief if is_blind else -row.take,)
    if sort in ("stars", "reward"):
        return (1, 0) if row.measure is None else (0, -row.measure)
    if sort == "win_rate":
        low, high = results.interval if results else (0.0, 0.0)
        return (0 if results else 1, -round(low, 9), -round(high, 9))
    return (-max(apart(row.measure or 0), results.disagreement if results else 0.0),)


def apart(stars: float) -> float:
    """How far people are apart who gave so many stars more and less: 0 for the same, 1 for one and five."""
    return stars / 4


def usual_size(studio: Studio, project: int) -> tuple[int, int]:
    """Width and height of most of a project's briefs, in pixels."""
    sql = "SELECT b.width, b.height FROM shots s JOIN briefs b ON b.shot = s.id WHERE s.project = ?"
    rows = studio.tuples(f"{sql} GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 1", (project,))
    return rows[0] if rows else (1, 1)


def list_choices(studio: Studio, project: int, *, for_supervisor: bool) -> dict[str, list[Any]]:
    """What filters of a project can be set to: shots, tags, kinds, and for a supervisor raters (names) and versions."""
    scope = {"project": project, "most": MOST_CHOICES}
    of_takes = f"{OF_PROJECT} WHERE {IN_PROJECT}"
    queries = {
        "tags": "SELECT DISTINCT tags.word FROM tags JOIN takes t ON t.id = tags.take JOIN briefs b ON b.id = t.brief"
        f" JOIN shots s ON s.id = b.shot WHERE tags.removed_by IS NULL AND {IN_PROJECT} ORDER BY 1 LIMIT :most",
        "kinds": "SELECT DISTINCT b.kind FROM shots s JOIN briefs b ON b.shot = s.id WHERE s.project = :project ORDER BY 1",
    }
    if for_supervisor:
        queries["versions"] = f"SELECT DISTINCT t.version {of_takes} AND t.version IS NOT NULL ORDER BY 1 LIMIT :most"
        queries["raters"] = (
            'SELECT name FROM people p WHERE EXISTS (SELECT 1 FROM ballots x JOIN takes t ON t.id = x."left"'
            " WHERE x.person = p.id AND t.project = :project) OR EXISTS (SELECT 1 FROM ratings x"
            " JOIN takes t ON t.id = x.take WHERE x.person = p.id AND t.project = :project) ORDER BY 1 LIMIT :most"
        )
    rows = studio.rows("SELECT code, title FROM shots WHERE project = :project AND archived IS NULL", scope)
    place = places_in_the_cut(studio, project)
    shots = sorted(rows, key=lambda shot: place[shot["code"]])
    return {"shots": shots, **{name: [row[0] for row in studio.tuples(sql, scope)] for name, sql in queries.items()}}
