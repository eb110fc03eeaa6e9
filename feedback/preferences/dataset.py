"""Judgements as a model learns from them: soft pairs, star pairs, circled takes, and tags that tell how good a take is.

A pair is written once, with the smaller take id on its left, whatever side each rater saw it on. Takes that were drawn from a
rewrite of their brief are left out: a model would learn them as answers to words that they were not drawn from. What they say
is for the writer of prompts (`feedback.wordings.preferences`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import combinations
from math import exp
from typing import Any, NotRequired, TypedDict, cast

from feedback.many_objects import without_cycle_collection
from feedback.preferences.places import Place, places_that_count, pointed_places
from feedback.preferences.tags import CURRENT_TAGS, Tagged, tags_that_tell
from feedback.production.projects import get_project
from feedback.rights.agreements import who_may_be_learned_from
from feedback.rights.checks import briefs_not_to_learn_from
from feedback.statistics import win_probability
from feedback.store import Studio
from feedback.store.time_zone import moment_in

BallotJudgement = tuple[int, int, str]  # (ballot id, people id, verdict)
StarJudgement = tuple[int, int, int]  # (rating id, people id, stars)
Repeat = tuple[int, int, bool]  # (ballot id, people id, whether the verdict is the same again)

FLIPPED = {"left": "right", "right": "left"}
CURRENT_BALLOTS = """
SELECT b.id, b.person, b."left", b."right", b.verdict, t.brief,
  coalesce((SELECT w.weight FROM ranking_weights w WHERE w.ranking = b.ranking), 1.0) AS weight
FROM ballots b JOIN takes t ON t.id = b."left" JOIN takes o ON o.id = b."right"
WHERE b.verdict <> 'skip' AND b.doubt IS NULL AND b.repeats IS NULL AND b.created >= ?
  AND t.rewrite IS NULL AND o.rewrite IS NULL
  AND NOT EXISTS (SELECT 1 FROM ballots later WHERE later.supersedes = b.id)
ORDER BY b.id
"""
CURRENT_RATINGS = """
SELECT r.id, r.person, r.take, r.stars, t.brief FROM ratings r JOIN takes t ON t.id = r.take
WHERE NOT r.taken_back AND r.created >= ? AND t.rewrite IS NULL
  AND r.id = (SELECT MAX(l.id) FROM ratings l WHERE l.person = r.person AND l.take = r.take)
ORDER BY r.id
"""
REPEATED_BALLOTS = """
SELECT b.id, b.person, (SELECT brief FROM takes WHERE id = b."left") AS brief,
  CASE b.verdict WHEN 'left' THEN b."left" ELSE b."right" END
    = CASE e.verdict WHEN 'left' THEN e."left" ELSE e."right" END AS agrees
FROM ballots b JOIN ballots e ON e.id = coalesce(b.repeats, b.supersedes)
WHERE b.created >= ? AND b.verdict IN ('left', 'right') AND e.verdict IN ('left', 'right')
  AND b.doubt IS NULL AND e.doubt IS NULL
  AND (b.repeats IS NULL OR NOT EXISTS (SELECT 1 FROM ballots later WHERE later.supersedes = b.id))
  AND julianday(b.created) - julianday(e.created) >= ? / 1440.0
ORDER BY b.id
"""
REPEAT_MINUTES = 10  # a second verdict on a pair that comes sooner corrects a slip of the finger
CURRENT_CIRCLES = """
SELECT s.id, s.person, s.take, t.brief FROM statuses s JOIN takes t ON t.id = s.take
WHERE s.status = 'circled' AND s.created >= ? AND t.rewrite IS NULL AND s.id = (SELECT MAX(l.id) FROM statuses l WHERE l.take = s.take)
ORDER BY s.id
"""


class BallotRow(TypedDict):
    """A row of CURRENT_BALLOTS."""

    id: int
    person: int
    left: int
    right: int
    verdict: str
    brief: int
    weight: float  # how much of a choice it is: 1, or less where it is a pair of a ranking


class RatingRow(TypedDict):
    """A row of CURRENT_RATINGS."""

    id: int
    person: int
    take: int
    stars: int
    brief: int


RatedBoth = tuple[RatingRow, RatingRow]  # one person's ratings of the left and the right take


class StarMargin(TypedDict):
    """Stars of those who chose between the two takes of a pair and rated both."""

    stars: list[StarJudgement]
    star_margin: float  # mean difference in stars, left minus right; 0 without any


class ComparedPair(TypedDict):
    """Two takes of a brief that people compared; verdicts are turned to the pair's own sides."""

    left: int
    right: int
    brief: int
    judgements: list[BallotJudgement]
    weights: NotRequired[list[float]]  # how much of a choice each of these is; without any, 1 each
    p_left: float  # share of left over left, right and tie (half a vote each), by weight; 0.5 when there is none
    votes: int  # left, right and tie
    both_bad: int  # counted apart: a signal against both takes


class Pair(ComparedPair, StarMargin):
    """Everything that people said of two takes that they compared."""


class StarPair(TypedDict):
    """Two takes of a brief that somebody rated differently and nobody compared."""

    left: int
    right: int
    brief: int
    judgements: list[StarJudgement]
    margin: float  # mean difference in stars of people who rated both: one person's three is another's four
    p_left: float  # sigmoid(margin)


class Circle(TypedDict):
    take: int
    brief: int
    status: int  # id of the row that says so
    person: int


@dataclass(frozen=True)
class Preferences:
    """Everything people said that a run may learn from. Lists hold plain dicts, ready to be written as JSON."""

    pairs: list[Pair]
    star_pairs: list[StarPair]
    circled: list[int]
    """Ids of takes whose status is circled."""
    circles: list[Circle]
    """The statuses behind `circled`."""
    takes: dict[str, str]
    """sha256 of the archived media by take id (text, as in JSON), for every take named above."""
    prompts: dict[str, str]
    """Prompt by brief id (text)."""
    repeats: list[Repeat]
    """Pairs that a person judged again at least ten minutes later, as `rater_reliability` reads them. The verdict
    itself is in `pairs` if it is that person's last."""
    versions: dict[str, str | None]
    """Name of the version that drew a take, by take id (text), for every take in `takes`."""
    places: list[Place] = field(default_factory=list)
    """Where people pointed on the takes of pairs that they judged, and on takes that they tagged."""
    tags: list[Tagged] = field(default_factory=list)
    """Those that tell how good a take is."""
    library: list[dict[str, Any]] = field(default_factory=list)
    """Frames and clips of the studio's library that are learned from too, as the run that does so describes them."""

    @property
    def briefs(self) -> set[int]:
        return {row["brief"] for row in (*self.pairs, *self.star_pairs, *self.circles, *self.tags)}


@without_cycle_collection()
def collect(
    studio: Studio, since: str | None = None, project: str | None = None, without: Set[int] = frozenset()
) -> Preferences:
    """All current judgements (superseded ones, doubtful ones and skips left out), those of trials included, of the people
    whose judgements may be trained on (`agreements`), about takes that may be (`checks.briefs_not_to_learn_from`).

    `since` is ISO 8601; a day begins where the studio is. `project`: the code of the one whose judgements alone count; NotFound where there is none.
    `without`: takes (ids) of which nothing is to be learned.
    """
    moment, of, people = parse_since(studio, since), briefs_of(studio, project), who_may_be_learned_from(studio)
    forbidden = briefs_not_to_learn_from(studio, None if project is None else get_project(studio, project)["id"])

    def current(question: str, *values: object) -> list[dict[str, Any]]:
        rows = [row for row in studio.rows(question, (moment, *values)) if row["person"] in people]
        rows = [row for row in rows if row["brief"] not in forbidden and (of is None or row["brief"] in of)]
        names = ("take", "left", "right")
        return [row for row in rows if without.isdisjoint(row.get(name) for name in names)] if without else rows

    ratings = cast(list[RatingRow], current(CURRENT_RATINGS))
    ballots = cast(list[BallotRow], current(CURRENT_BALLOTS))
    pairs, tags = ballot_pairs(ballots, ratings), tags_that_tell(current(CURRENT_TAGS), ballots)
    compared = {(pair["left"], pair["right"]) for pair in pairs if pair["votes"]}
    star_pairs = [pair for pair in rating_pairs(ratings) if (pair["left"], pair["right"]) not in compared]
    circles: list[Circle] = [
        {"take": row["take"], "brief": row["brief"], "status": row["id"], "person": row["person"]}
        for row in current(CURRENT_CIRCLES)
    ]
    judged = {take for pair in (*pairs, *star_pairs) for take in (pair["left"], pair["right"])}
    judged |= {row["take"] for row in (*circles, *tags)}
    repeats = [(row["id"], row["person"], bool(row["agrees"])) for row in current(REPEATED_BALLOTS, REPEAT_MINUTES)]
    media, prompts, versions = describe_takes(studio, judged)
    circled = [row["take"] for row in circles]
    by_each = judged_by_each(pairs, star_pairs) | {(row["person"], row["take"]) for row in tags}
    places = places_that_count(pointed_places(studio, judged), by_each)
    return Preferences(pairs, star_pairs, circled, circles, media, prompts, repeats, versions, places, tags)


def judged_by_each(pairs: Iterable[Pair], star_pairs: Iterable[StarPair]) -> set[tuple[int, int]]:
    """(people id, take) of everybody and the takes of the pairs that they judged."""
    judged: list[ComparedPair | StarPair] = [*pairs, *star_pairs]
    return {
        (person, take)
        for pair in judged
        for _, person, _ in pair["judgements"]
        for take in (pair["left"], pair["right"])
    }


def briefs_of(studio: Studio, project: str | None) -> set[int] | None:
    """Ids of the project's briefs; None for all."""
    if project is None:
        return None
    number = get_project(studio, project)["id"]
    rows = studio.tuples("SELECT b.id FROM briefs b JOIN shots s ON s.id = b.shot WHERE s.project = ?", (number,))
    return {row[0] for row in rows}


def parse_since(studio: Studio, since: str | None) -> str:
    """The moment as the record writes it (UTC text, which sorts by time); "" for the beginning."""
    return "" if since is None else moment_in(studio, "since", since)


def ballot_pairs(ballots: Iterable[BallotRow], ratings: Iterable[RatingRow] = ()) -> list[Pair]:
    """One entry per pair, in order of take ids."""
    rated = {(row["person"], row["take"]): row for row in ratings}
    grouped: dict[tuple[int, int, int], list[BallotJudgement]] = defaultdict(list)
    weights = dict[int, float]()  # of pairs of rankings, by ballot
    for row in ballots:
        left, right, verdict = row["left"], row["right"], row["verdict"]
        if left > right:
            left, right, verdict = right, left, FLIPPED.get(verdict, verdict)
        grouped[left, right, row["brief"]].append((row["id"], row["person"], verdict))
        if row["weight"] != 1:
            weights[row["id"]] = row["weight"]
    return [
        {**ballot_pair(*key, judgements, weights), **star_margin(key[0], key[1], judgements, rated)}
        for key, judgements in sorted(grouped.items())
    ]


def ballot_pair(
    left: int, right: int, brief: int, judgements: list[BallotJudgement], weights: Mapping[int, float]
) -> ComparedPair:
    """`weights`: by ballot, of those that are less than a choice."""
    verdicts, votes = [verdict for _, _, verdict in judgements], defaultdict[str, float](float)
    own = [weights.get(ballot, 1.0) for ballot, _, _ in judgements]
    for verdict, weight in zip(verdicts, own, strict=True):
        votes[verdict] += weight
    pair: ComparedPair = {
        "left": left,
        "right": right,
        "brief": brief,
        "judgements": judgements,
        "p_left": win_probability(votes["left"], votes["right"], votes["tie"]),
        "votes": len(verdicts) - verdicts.count("both_bad"),
        "both_bad": verdicts.count("both_bad"),
    }
    if any(weight != 1 for weight in own):
        pair["weights"] = own
    return pair


def weights_of(pair: Mapping[str, Any]) -> list[float]:
    """How much of a choice each judgement of a pair is, compared or known from stars."""
    return list(pair.get("weights") or [1.0] * len(pair["judgements"]))


def weight_of(pair: Mapping[str, Any]) -> float:
    """How much of a choice a pair is in all: 1 at the most, as one that several people compared also is."""
    return min(1.0, sum(weights_of(pair)))


def star_margin(
    left: int, right: int, judgements: list[BallotJudgement], rated: dict[tuple[int, int], RatingRow]
) -> StarMargin:
    chose = [person for _, person, verdict in judgements if verdict != "both_bad"]
    both = [(rated[who, left], rated[who, right]) for who in chose if (who, left) in rated and (who, right) in rated]
    return {"stars": star_rows(both), "star_margin": mean_difference(both) if both else 0.0}


def rating_pairs(ratings: Iterable[RatingRow]) -> list[StarPair]:
    """One entry per pair of takes whose stars differ."""
    by_rater: dict[tuple[int, int], list[RatingRow]] = defaultdict(list)
    for row in ratings:
        by_rater[row["brief"], row["person"]].append(row)
    grouped: dict[tuple[int, int, int], list[RatedBoth]] = defaultdict(list)
    for (brief, _), rows in by_rater.items():
        for a, b in combinations(sorted(rows, key=lambda row: row["take"]), 2):
            grouped[a["take"], b["take"], brief].append((a, b))
    made = (star_pair(*key, both) for key, both in sorted(grouped.items()))
    return [pair for pair in made if pair["margin"]]


def star_pair(left: int, right: int, brief: int, both: list[RatedBoth]) -> StarPair:
    margin = mean_difference(both)
    judgements, p_left = star_rows(both), 1 / (1 + exp(-margin))
    return {"left": left, "right": right, "brief": brief, "judgements": judgements, "margin": margin, "p_left": p_left}


def mean_difference(both: list[RatedBoth]) -> float:
    return sum(a["stars"] - b["stars"] for a, b in both) / len(both)


def star_rows(both: list[RatedBoth]) -> list[StarJudgement]:
    return [(row["id"], row["person"], row["stars"]) for pair in both for row in pair]


def describe_takes(studio: Studio, takes: set[int]) -> tuple[dict[str, str], dict[str, str], dict[str, str | None]]:
    """(media by take, prompt by brief, version by take), for these takes; ids as text."""
    rows = studio.tuples(
        "SELECT t.id, t.media, t.version, t.brief, b.prompt FROM takes t JOIN briefs b ON b.id = t.brief ORDER BY t.id"
    )
    rows = [row for row in rows if row[0] in takes]
    media, versions = ({str(row[0]): row[column] for row in rows} for column in (1, 2))
    return media, {str(row[3]): row[4] for row in rows}, versions


def judgements_behind(
    preferences: Preferences, heldout_briefs: Iterable[int] = (), star_margins: bool = False
) -> list[tuple[str, int, int, str]]:
    """Rows for `runs.start_run`: (kind, id, person, split), each judgement once; split by brief, never by row.

    `star_margins`: whether the run also learns from the stars of pairs that people compared.
    """
    heldout = set(heldout_briefs)
    rows = {(kind, row, person): brief for kind, row, person, brief in every_judgement(preferences, star_margins)}
    return [(*key, "heldout" if brief in heldout else "train") for key, brief in sorted(rows.items())]


def every_judgement(preferences: Preferences, star_margins: bool = False) -> Iterator[tuple[str, int, int, int]]:
    """(kind, id, person, brief)."""
    for kind, pairs in (("ballot", preferences.pairs), ("rating", preferences.star_pairs)):
        for pair in pairs:
            yield from ((kind, row, person, pair["brief"]) for row, person, _ in pair["judgements"])
    for pair in preferences.pairs if star_margins else ():
        yield from (("rating", row, person, pair["brief"]) for row, person, _ in pair["stars"])
    for circle in preferences.circles:
        yield "status", circle["status"], circle["person"], circle["brief"]
    for tag in preferences.tags:
        yield "tag", tag["tag"], tag["person"], tag["brief"]
