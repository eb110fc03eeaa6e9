"""Who agrees with whom: alpha of verdicts and stars, per shot and per tag, who differs on what, and each person's habits.

Skips, doubtful verdicts and consistency checks are left out, and so are pairs and takes of open trials: how people voted
on those would tell how the trial stands. Whoever asks sees the projects that they are a member of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple, TypedDict

import numpy as np

from feedback.agreement.krippendorff import Alpha, measure_alpha
from feedback.people.accounts import names_of_people
from feedback.people.project_members import in_visible
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.statistics import confidence_sequence
from feedback.store import Studio

VALUES = ("left", "right", "tie", "both_bad")  # turned to the pair's own sides: the smaller take's id is left
STARS = (1, 2, 3, 4, 5)
MOST_DIFFERENCES = 100

_IN_SCOPE = f"""
JOIN briefs f ON f.id = t.brief JOIN shots s ON s.id = f.shot JOIN projects p ON p.id = s.project
WHERE {in_visible("p.id")} AND (:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)
    AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS})
"""
_IN_SESSION = (
    '(:session IS NULL OR (b."left" IN (SELECT take FROM review_session_takes WHERE session = :session)'
    ' AND b."right" IN (SELECT take FROM review_session_takes WHERE session = :session)))'
)
_FLIPPED = "CASE {0} WHEN 'left' THEN 'right' WHEN 'right' THEN 'left' ELSE {0} END"
_TURNED = 'CASE WHEN {0}."left" < {0}."right" THEN {0}.verdict ELSE ' + _FLIPPED.format("{0}.verdict") + " END"
_VERDICTS = f"""
SELECT b.id, b.person, min(b."left", b."right"), max(b."left", b."right"), {_TURNED.format("b")},
    CASE WHEN b.ranking IS NULL THEN b.verdict ELSE '' END, p.code, s.code, f.id, b.created
FROM current_ballots b JOIN takes t ON t.id = b."left" {_IN_SCOPE}
    AND b.verdict <> 'skip' AND b.doubt IS NULL AND b."right" NOT IN ({TAKES_OF_OPEN_TRIALS}) AND {_IN_SESSION}
ORDER BY b.id
"""
_STARS = f"SELECT r.take, r.stars FROM current_ratings r JOIN takes t ON t.id = r.take {_IN_SCOPE}"
_TAGS = f"SELECT DISTINCT g.word, g.take FROM tags g JOIN takes t ON t.id = g.take {_IN_SCOPE} AND g.removed_by IS NULL"
_REPEATS = f"""
SELECT b.person, {_TURNED.format("b")} = {_TURNED.format("e")}
FROM ballots b JOIN ballots e ON e.id = b.repeats JOIN takes t ON t.id = b."left" {_IN_SCOPE}
    AND b.verdict <> 'skip' AND e.verdict <> 'skip' AND b.doubt IS NULL AND e.doubt IS NULL AND {_IN_SESSION}
    AND NOT EXISTS (SELECT 1 FROM ballots later WHERE later.supersedes = b.id)
"""


class Verdict(NamedTuple):
    ballot: int
    person: int
    first: int  # the take with the smaller id
    second: int
    value: str  # one of VALUES, on the pair's own sides
    as_cast: str  # on the sides that the person saw; empty for a pair of a ranking, which has none
    project: str
    shot: str
    brief: int
    created: str

    @property
    def pair(self) -> tuple[int, int]:
        return self.first, self.second


class Share(TypedDict):
    """Of `number` answers `count` were so; low and high: of an interval that is valid at every look."""

    count: int
    number: int
    low: float
    high: float


class PersonShare(Share):
    person: str


class Group(TypedDict):
    """A shot or a tag, and how far people agree on its pairs."""

    name: str
    project: str  # empty for a tag
    pairs: int  # that anybody judged
    units: int
    alpha: float | None
    low: float | None
    high: float | None


class Counts(TypedDict):
    """Of pairs that two people judged, how many, and on how many they said the same."""

    same: int
    both: int


class Cell(Counts):
    one: str
    other: str


class Agreement(TypedDict):
    people: list[str]  # who judged anything here, by name
    verdicts: dict[str, Any]  # Alpha
    stars_ordinal: dict[str, Any]
    stars_interval: dict[str, Any]
    shots: list[Group]
    tags: list[Group]
    left: Share  # of verdicts for one side, those for the left
    left_of: list[PersonShare]
    consistency: list[PersonShare]  # of consistency checks, those answered as before
    cells: list[Cell]


class Difference(TypedDict):
    """A pair on which two people differ; verdicts are on its own sides."""

    left: int
    right: int
    one: str
    other: str
    project: str
    shot: str
    brief: int


def measure_agreement(studio: Studio, person: int, project: str | None = None, shot: str | None = None) -> Agreement:
    """Of all that a person (id) sees, or of a project or a shot (codes)."""
    scope = _scope(person, project, shot)
    verdicts, names = read_verdicts(studio, person, project, shot), names_of_people(studio)
    stars = count_values(studio.tuples(_STARS, scope), STARS)
    return {
        "people": sorted({names[each.person] for each in verdicts}),
        "verdicts": asdict(alpha_of_verdicts(verdicts)),
        "stars_ordinal": asdict(measure_alpha(stars, "ordinal")),
        "stars_interval": asdict(measure_alpha(stars, "interval", STARS)),
        "shots": _by_shot(verdicts),
        "tags": _by_tag(verdicts, studio.tuples(_TAGS, scope)),
        "left": left_share(verdicts),
        "left_of": _by_person(verdicts, names),
        "consistency": [
            {"person": names[who], **share} for who, share in _named_first(repeats_of(studio, scope), names)
        ],
        "cells": [
            {"one": names[a], "other": names[b], "same": cell["same"], "both": cell["both"]}
            for (a, b), cell in count_shared(verdicts).items()
        ],
    }


def read_verdicts(
    studio: Studio, person: int | None, project: str | None = None, shot: str | None = None, session: int | None = None
) -> list[Verdict]:
    """Everybody's that count today, oldest first, of pairs that the person sees; of all for None."""
    return [Verdict(*row) for row in studio.tuples(_VERDICTS, _scope(person, project, shot, session))]


def list_differences(
    studio: Studio, person: int, one: int, other: int, project: str | None = None, shot: str | None = None
) -> list[Difference]:
    """Pairs on which two people (ids) differ, what was judged last first; MOST_DIFFERENCES at most."""
    by_pair: dict[tuple[int, int], dict[int, Verdict]] = defaultdict(dict)
    for each in read_verdicts(studio, person, project, shot):
        if each.person in (one, other):
            by_pair[each.pair][each.person] = each
    both = [(votes[one], votes[other]) for votes in by_pair.values() if len(votes) > 1]
    differing = sorted((a, b) for a, b in both if a.value != b.value)[::-1][:MOST_DIFFERENCES]
    return [
        {
            "left": a.first,
            "right": a.second,
            "one": a.value,
            "other": b.value,
            "project": a.project,
            "shot": a.shot,
            "brief": a.brief,
        }
        for a, b in differing
    ]


def alpha_of_verdicts(verdicts: Iterable[Verdict]) -> Alpha:
    return measure_alpha(count_values(((each.pair, each.value) for each in verdicts), VALUES))


def count_values(given: Iterable[tuple[Any, Any]], values: Sequence[Any]) -> np.ndarray:
    """From (unit, value) how often each unit was given each of the values, [units, values]."""
    units, codes = dict[Any, int](), {value: code for code, value in enumerate(values)}
    places = [(units.setdefault(unit, len(units)), codes[value]) for unit, value in given]
    counts = np.zeros((len(units), len(values)), np.int64)
    if places:
        np.add.at(counts, tuple(np.array(places).T), 1)
    return counts


def _by_shot(verdicts: Iterable[Verdict]) -> list[Group]:
    shots: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for each in verdicts:
        shots[each.project, each.shot].append(each)
    return [_group(shot, project, own) for (project, shot), own in sorted(shots.items())]


def _by_tag(verdicts: Sequence[Verdict], tags: Iterable[tuple[str, int]]) -> list[Group]:
    """Of each word the pairs of which one take or both have it."""
    takes: dict[str, set[int]] = defaultdict(set)
    for word, take in tags:
        takes[word].add(take)
    pairs = {word: [each for each in verdicts if not tagged.isdisjoint(each.pair)] for word, tagged in takes.items()}
    return [_group(word, "", own) for word, own in sorted(pairs.items()) if own]


def _group(name: str, project: str, verdicts: list[Verdict]) -> Group:
    alpha, pairs = alpha_of_verdicts(verdicts), len({each.pair for each in verdicts})
    return {
        "name": name,
        "project": project,
        "pairs": pairs,
        "units": alpha.units,
        "alpha": alpha.alpha,
        "low": alpha.low,
        "high": alpha.high,
    }


def left_share(verdicts: Iterable[Verdict]) -> Share:
    """How often the take on the left was chosen, of verdicts for one side: sides are random, so half is without bias."""
    sides = [each.as_cast for each in verdicts if each.as_cast in ("left", "right")]
    return share_of(sides.count("left"), len(sides))


def _by_person(verdicts: Iterable[Verdict], names: dict[int, str]) -> list[PersonShare]:
    own: dict[int, list[Verdict]] = defaultdict(list)
    for each in verdicts:
        own[each.person].append(each)
    return [
        {"person": names[who], **share}
        for who, share in _named_first({k: left_share(v) for k, v in own.items()}, names)
    ]


def _named_first(shares: dict[int, Share], names: dict[int, str]) -> list[tuple[int, Share]]:
    return sorted(shares.items(), key=lambda item: names[item[0]])


def consistency_of(
    studio: Studio, person: int, project: str | None = None, shot: str | None = None, session: int | None = None
) -> Share:
    """Of the person's consistency checks, those that they answered as before."""
    return repeats_of(studio, _scope(person, project, shot, session)).get(person, share_of(0, 0))


def repeats_of(studio: Studio, scope: dict[str, Any]) -> dict[int, Share]:
    """Likewise of everybody who had any, by people id."""
    same: dict[int, list[int]] = defaultdict(list)
    for person, is_same in studio.tuples(_REPEATS, scope):
        same[person].append(is_same)
    return {person: share_of(sum(own), len(own)) for person, own in same.items()}


def count_shared(verdicts: Iterable[Verdict]) -> dict[tuple[int, int], Counts]:
    """Of each two people (ids, the smaller first) who judged a pair in common."""
    by_pair: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    for each in verdicts:
        by_pair[each.pair].append((each.person, each.value))
    cells: dict[tuple[int, int], Counts] = {}
    for votes in by_pair.values():
        votes.sort()
        for k, (one, value) in enumerate(votes):
            for other, answer in votes[k + 1 :]:
                cell = cells.setdefault((one, other), {"same": 0, "both": 0})
                cell["both"] += 1
                cell["same"] += value == answer
    return cells


def agreement_with_others(verdicts: Iterable[Verdict], person: int) -> Share:
    """Of all answers that others gave on pairs that the person judged, those that are the person's own."""
    cells = [cell for people, cell in count_shared(verdicts).items() if person in people]
    return share_of(sum(cell["same"] for cell in cells), sum(cell["both"] for cell in cells))


def share_of(count: int, number: int) -> Share:
    low, high = confidence_sequence(count, number)
    return {"count": count, "number": number, "low": low, "high": high}


def _scope(
    person: int | None, project: str | None = None, shot: str | None = None, session: int | None = None
) -> dict[str, Any]:
    return {"person": person, "project": project, "shot": shot, "session": session}
