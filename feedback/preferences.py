"""Judgements as a model learns from them: soft pairs, star pairs and circled takes, frozen and hashed.

A pair is written once, with the smaller take id on its left, whatever side each rater saw it on.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import combinations
from math import exp
from typing import Any

from feedback.fields import parse_moment
from feedback.statistics import win_probability
from feedback.studio import Studio

FLIPPED = {"left": "right", "right": "left"}

CURRENT_BALLOTS = """
SELECT b.id, b.person, b."left", b."right", b.verdict, t.brief FROM ballots b JOIN takes t ON t.id = b."left"
WHERE b.verdict <> 'skip' AND b.created >= ?
  AND NOT EXISTS (SELECT 1 FROM ballots later WHERE later.supersedes = b.id)
ORDER BY b.id
"""
CURRENT_RATINGS = """
SELECT r.id, r.person, r.take, r.stars, t.brief FROM ratings r JOIN takes t ON t.id = r.take
WHERE r.created >= ?
  AND r.id = (SELECT MAX(l.id) FROM ratings l WHERE l.person = r.person AND l.take = r.take)
ORDER BY r.id
"""
REPEATED_BALLOTS = """
SELECT b.id, b.person,
  CASE b.verdict WHEN 'left' THEN b."left" ELSE b."right" END
    = CASE e.verdict WHEN 'left' THEN e."left" ELSE e."right" END AS agrees
FROM ballots b JOIN ballots e ON e.id = b.supersedes
WHERE b.created >= ? AND b.verdict IN ('left', 'right') AND e.verdict IN ('left', 'right')
  AND julianday(b.created) - julianday(e.created) >= ? / 1440.0
ORDER BY b.id
"""
REPEAT_MINUTES = 10  # sooner, a second verdict on a pair mends a slip of the finger
CURRENT_CIRCLES = """
SELECT s.id, s.person, s.take, t.brief FROM statuses s JOIN takes t ON t.id = s.take
WHERE s.status = 'circled' AND s.created >= ? AND s.id = (SELECT MAX(l.id) FROM statuses l WHERE l.take = s.take)
ORDER BY s.id
"""


@dataclass(frozen=True)
class Preferences:
    """Everything people said that a run may learn from. Lists hold plain dicts, ready to be written as JSON."""

    pairs: list[dict[str, Any]]
    """{"left", "right", "brief", "judgements": [(ballot id, person, verdict)], "p_left", "votes", "both_bad",
    "stars": [(rating id, person, stars)], "star_margin"}: verdicts are turned to the pair's own sides; p_left is the
    share of left over left, right and tie (half), 0.5 when there is none; votes counts those three; both_bad counts
    apart, a signal against both takes. stars are those of people who chose between the two takes and rated both;
    star_margin is their mean difference (left minus right), 0 without any."""
    star_pairs: list[dict[str, Any]]
    """{"left", "right", "brief", "judgements": [(rating id, person, stars)], "margin", "p_left"} for pairs of a
    brief that somebody rated differently and nobody compared: margin is the mean difference in stars (left minus
    right) over people who rated both, since one person's three is another's four; p_left = sigmoid(margin)."""
    circled: list[int]
    """Ids of takes whose status is circled."""
    circles: list[dict[str, Any]]
    """{"take", "brief", "status" (row id), "person"} behind `circled`."""
    takes: dict[str, str]
    """sha256 of the archived media by take id (text, as in JSON), for every take named above."""
    prompts: dict[str, str]
    """Prompt by brief id (text)."""
    repeats: list[tuple[int, int, bool]]
    """(ballot id, person, whether it says the same) of pairs that a person judged again at least ten minutes later:
    what `reliability` reads; the verdict itself is in `pairs` if it is that person's last."""
    versions: dict[str, str | None]
    """Name of the version that drew a take, by take id (text), for every take in `takes`."""

    @property
    def briefs(self) -> set[int]:
        return {row["brief"] for row in (*self.pairs, *self.star_pairs, *self.circles)}


def collect(s: Studio, since: str | None = None) -> Preferences:
    """All current judgements (superseded ones and skips left out), trial ballots included; since is ISO 8601."""
    moment = parse_since(since)
    ratings = s.rows(CURRENT_RATINGS, (moment,))
    pairs = ballot_pairs(s.rows(CURRENT_BALLOTS, (moment,)), ratings)
    compared = {(pair["left"], pair["right"]) for pair in pairs if pair["votes"]}
    star_pairs = [pair for pair in rating_pairs(ratings) if (pair["left"], pair["right"]) not in compared]
    circles = [
        {"take": row["take"], "brief": row["brief"], "status": row["id"], "person": row["person"]}
        for row in s.rows(CURRENT_CIRCLES, (moment,))
    ]
    named = {take for pair in (*pairs, *star_pairs) for take in (pair["left"], pair["right"])}
    named |= {row["take"] for row in circles}
    repeats = [
        (row["id"], row["person"], bool(row["agrees"])) for row in s.rows(REPEATED_BALLOTS, (moment, REPEAT_MINUTES))
    ]
    media, prompts, versions = describe_takes(s, named)
    circled = [row["take"] for row in circles]
    return Preferences(pairs, star_pairs, circled, circles, media, prompts, repeats, versions)


def parse_since(since: str | None) -> str:
    """The moment as the record writes it (UTC text, which sorts by time); "" for the beginning."""
    return "" if since is None else parse_moment("since", since)


def ballot_pairs(ballots: Iterable[dict[str, Any]], ratings: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    rated = {(row["person"], row["take"]): row for row in ratings}
    grouped: dict[tuple[int, int, int], list[tuple[int, int, str]]] = defaultdict(list)
    for row in ballots:
        left, right, verdict = row["left"], row["right"], row["verdict"]
        if left > right:
            left, right, verdict = right, left, FLIPPED.get(verdict, verdict)
        grouped[left, right, row["brief"]].append((row["id"], row["person"], verdict))
    return [
        ballot_pair(*key, judgements) | star_margin(key[0], key[1], judgements, rated)
        for key, judgements in sorted(grouped.items())
    ]


def ballot_pair(left: int, right: int, brief: int, judgements: list[tuple[int, int, str]]) -> dict[str, Any]:
    verdicts = [verdict for _, _, verdict in judgements]
    wins, losses, ties = (verdicts.count(name) for name in ("left", "right", "tie"))
    return {
        "left": left,
        "right": right,
        "brief": brief,
        "judgements": judgements,
        "p_left": win_probability(wins, losses, ties),
        "votes": wins + losses + ties,
        "both_bad": verdicts.count("both_bad"),
    }


def star_margin(
    left: int, right: int, judgements: list[tuple[int, int, str]], rated: dict[tuple[int, int], dict[str, Any]]
) -> dict[str, Any]:
    chose = [person for _, person, verdict in judgements if verdict != "both_bad"]
    both = [(rated[who, left], rated[who, right]) for who in chose if (who, left) in rated and (who, right) in rated]
    return {"stars": star_rows(both), "star_margin": mean_difference(both) if both else 0.0}


def rating_pairs(ratings: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    by_rater: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for row in ratings:
        by_rater[row["brief"], row["person"]].append(row)
    grouped: dict[tuple[int, int, int], list[tuple[dict[str, Any], dict[str, Any]]]] = defaultdict(list)
    for (brief, _), rows in by_rater.items():
        for a, b in combinations(sorted(rows, key=lambda row: row["take"]), 2):
            grouped[a["take"], b["take"], brief].append((a, b))
    made = (star_pair(*key, both) for key, both in sorted(grouped.items()))
    return [pair for pair in made if pair["margin"]]


def star_pair(left: int, right: int, brief: int, both: list[tuple[dict[str, Any], dict[str, Any]]]) -> dict[str, Any]:
    margin = mean_difference(both)
    judgements, p_left = star_rows(both), 1 / (1 + exp(-margin))
    return {"left": left, "right": right, "brief": brief, "judgements": judgements, "margin": margin, "p_left": p_left}


def mean_difference(both: list[tuple[dict[str, Any], dict[str, Any]]]) -> float:
    return sum(a["stars"] - b["stars"] for a, b in both) / len(both)


def star_rows(both: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[tuple[int, int, int]]:
    return [(row["id"], row["person"], row["stars"]) for pair in both for row in pair]


def describe_takes(s: Studio, named: set[int]) -> tuple[dict[str, str], dict[str, str], dict[str, str | None]]:
    """(media by take, prompt by brief, version by take), for the takes named; ids as text."""
    rows = s.rows(
        "SELECT t.id, t.media, t.version, t.brief, b.prompt FROM takes t JOIN briefs b ON b.id = t.brief ORDER BY t.id"
    )
    kept = [row for row in rows if row["id"] in named]
    media, versions = ({str(row["id"]): row[name] for row in kept} for name in ("media", "version"))
    return media, {str(row["brief"]): row["prompt"] for row in kept}, versions


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


def snapshot(preferences: Preferences) -> tuple[dict[str, Any], str]:
    """The preferences as plain JSON data and the sha256 of their canonical text.

    The same judgements give the same hash on every machine: sorted keys, no spaces, probabilities to six places.
    """
    frozen = json.loads(canonical(rounded(asdict(preferences))))
    return frozen, hashlib.sha256(canonical(frozen).encode()).hexdigest()


def canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def rounded(data: Any) -> Any:
    if isinstance(data, float):
        return round(data, 6)
    if isinstance(data, dict):
        return {key: rounded(value) for key, value in data.items()}
    return [rounded(value) for value in data] if isinstance(data, list | tuple) else data
