"""Which pairs a person judges next: trial pairs and ordinary ones mixed, sides at random, nothing twice.

Pairs the fewest people have judged come first, in random order among equals. A pair the person has judged (or skipped)
comes back only when nothing else is left.
"""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import Any

from feedback.briefs import get_brief
from feedback.shots import get_shot
from feedback.studio import Studio
from feedback.takes import HIDDEN, get_take

# Takes drawn last are paired with their nearest neighbours in the brief, so that a brief with 200 takes offers
# hundreds of pairs and not 20,000.
NEIGHBOURS = 6

_SCOPE = "(:project IS NULL OR p.code = :project) AND (:shot IS NULL OR s.code = :shot)"
_OF_BRIEF = "JOIN briefs b ON b.id = {brief} JOIN shots s ON s.id = b.shot JOIN projects p ON p.id = s.project"
# Window functions and no self-join: that took 15 s for 10,000 takes of one brief.
_LATER = ", ".join(
    f"lead(t.id, {k}) OVER w AS take_{k}, lead(t.rendition, {k}) OVER w AS seen_{k}" for k in range(1, NEIGHBOURS + 1)
)
_ORDINARY = f"""
WITH done AS (
    SELECT t.id, t.rendition, {_LATER} FROM takes t {_OF_BRIEF.format(brief="t.brief")}
    WHERE t.state = 'done' AND t.id NOT IN ({HIDDEN}) AND {_SCOPE} WINDOW w AS (PARTITION BY t.brief ORDER BY t.id))
""" + " UNION ALL ".join(
    f"SELECT id AS a, take_{k} AS b FROM done WHERE rendition <> seen_{k}" for k in range(1, NEIGHBOURS + 1)
)
_TRIAL = f"""
SELECT tp.candidate_take AS a, tp.baseline_take AS b FROM trial_pairs tp
    JOIN trials tr ON tr.id = tp.trial AND tr.state = 'open'
    JOIN takes c ON c.id = tp.candidate_take AND c.state = 'done'
    JOIN takes o ON o.id = tp.baseline_take AND o.state = 'done' {_OF_BRIEF.format(brief="tp.brief")} WHERE {_SCOPE}
"""
_COUNTS = """
SELECT min("left", "right") AS a, max("left", "right") AS b, count(*) AS judged,
    max(CASE WHEN person = :person THEN id END) AS mine FROM current_ballots GROUP BY 1, 2
"""


def _key(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _deal(
    pairs: set[tuple[int, int]], counts: dict[tuple[int, int], dict[str, Any]], rng: random.Random
) -> list[tuple[int, int]]:
    """Unjudged by the person first, fewest judgements first, chance among equals; then their oldest ballots."""

    def order(pair: tuple[int, int]) -> tuple[int, int, float]:
        seen = counts.get(pair, {"judged": 0, "mine": None})
        return (1, seen["mine"], 0.0) if seen["mine"] else (0, seen["judged"], rng.random())

    return sorted(pairs, key=order)


def _mix(trial: list[tuple[int, int]], ordinary: list[tuple[int, int]], rng: random.Random) -> list[tuple[int, int]]:
    """Both lists in their own order, interleaved by chance, so that position in the queue tells nothing."""
    mixed, trial, ordinary = [], trial[::-1], ordinary[::-1]
    while trial and ordinary:
        mixed.append((trial if rng.random() < 0.5 else ordinary).pop())
    return mixed + trial[::-1] + ordinary[::-1]


def next_pairs(
    studio: Studio,
    person_id: int,
    count: int,
    project: str | None = None,
    shot: str | None = None,
    exclude: Collection[tuple[int, int]] = (),
) -> list[dict[str, Any]]:
    """Up to `count` pairs for a person: {"left": take, "right": take, "brief": brief, "shot": shot}.

    `exclude`: pairs the client holds already, on whichever sides.
    """
    rng = random.SystemRandom()
    scope = {"project": project, "shot": shot}
    held = {_key(*pair) for pair in exclude}
    counts = {(row["a"], row["b"]): row for row in studio.rows(_COUNTS, {"person": person_id})}
    found = [{_key(row["a"], row["b"]) for row in studio.rows(sql, scope)} - held for sql in (_TRIAL, _ORDINARY)]
    trial, ordinary = (_deal(pairs, counts, rng) for pairs in found)
    fresh = [[pair for pair in pairs if not counts.get(pair, {}).get("mine")] for pairs in (trial, ordinary)]
    chosen = _mix(fresh[0], fresh[1], rng)
    if not chosen:
        chosen = _deal(found[0] | found[1], counts, rng)
    return [_describe(studio, pair, rng) for pair in chosen[:count]]


def _describe(studio: Studio, pair: tuple[int, int], rng: random.Random) -> dict[str, Any]:
    left, right = (get_take(studio, take) for take in rng.sample(pair, 2))
    return {
        "left": left,
        "right": right,
        "brief": get_brief(studio, left["brief"]),
        "shot": get_shot(studio, left["shot"]),
    }
