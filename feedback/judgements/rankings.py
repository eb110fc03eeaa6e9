"""Rankings: one person's order of two to nine takes of a brief, the best first.

A ranking is kept as one row and as a ballot on each pair that it orders, from which everything else counts and learns
(full breaking, which is consistent for Plackett-Luce: Azari Soufiani et al., NeurIPS 2013). A verdict that the person gave
on one of the pairs before goes on to count.

In learning the pairs of a ranking weigh together what its choices are (the view `ranking_weights`): whoever orders nine takes chooses the
best of nine, then of eight, and so on, eight times, and not 36.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TypedDict

from feedback.errors import Invalid, NotFound
from feedback.fields import check_whole, shown
from feedback.judgements import ballots, idempotency
from feedback.judgements.ballots import LONGEST_ELAPSED_MS
from feedback.production.takes import get_judgeable_take
from feedback.store import Studio

FEWEST, MOST = 2, 9  # takes of a ranking: one digit each
_OF_RANKING = 'SELECT uid, "left", "right" FROM ballots WHERE ranking = ? ORDER BY id'


class Ranking(TypedDict):
    id: int
    uid: str
    person: int
    takes: str  # JSON: ids, the best first; empty where an earlier ranking is taken back
    rest: str  # JSON: ids of takes that were shown too and are below all of `takes`, in no order
    elapsed_ms: int
    doubt: str | None  # one of ballots.DOUBTS
    supersedes: int | None  # the person's ranking that it takes back
    created: str


def rank_takes(
    studio: Studio,
    person_id: int,
    uid: str,
    takes: Sequence[int],
    rest: Sequence[int] = (),
    elapsed_ms: int = 0,
    *,
    doubt: str | None = None,
) -> tuple[Ranking, bool]:
    """Stores an order of takes, the best first; returns the row and whether it is new.

    `rest`: takes that are below all of these, in no order among themselves. Invalid for fewer than two takes or more than
    nine, for one that is named twice and for takes of different briefs; NotFound for takes of an open trial, on which only
    pairs are judged.
    """
    idempotency.check_uid(uid)
    check_takes(studio, takes, rest)
    elapsed_ms = min(check_whole("elapsed_ms", elapsed_ms, 0), LONGEST_ELAPSED_MS)
    row = {"person": person_id, "takes": json.dumps(list(takes)), "rest": json.dumps(sorted(rest))}
    row |= {"elapsed_ms": elapsed_ms, "doubt": doubt}
    with studio.writing():
        ranking, is_new = idempotency.store_once(studio, "rankings", uid, row)
        for better, worse in ordered_pairs(takes, rest) if is_new else ():
            sides, verdict = ((better, worse), "left") if better < worse else ((worse, better), "right")
            more = {"doubt": doubt, "keep_earlier": True, "ranking": ranking["id"]}
            ballots.cast_ballot(studio, person_id, _uid_of(uid, better, worse), *sides, verdict, elapsed_ms, **more)
    return ranking, is_new


def take_back(studio: Studio, person_id: int, uid: str, undoes: str) -> tuple[Ranking, bool]:
    """Takes back the person's ranking of that uid, and its ballots with it. An unknown uid never arrived: nothing is taken back."""
    idempotency.check_uid(uid)
    row = {"person": person_id, "takes": "[]", "rest": "[]", "elapsed_ms": 0, "doubt": None}
    with studio.writing():
        earlier = studio.row("SELECT * FROM rankings WHERE uid = ?", (undoes,))
        if earlier and earlier["person"] != person_id:
            raise Invalid(f"ranking {shown(undoes)} is not yours; undo names one of your own")
        is_new = not idempotency.is_stored(studio, "rankings", uid)
        if earlier is None or studio.value("SELECT 1 FROM rankings WHERE supersedes = ?", (earlier["id"],)):
            return idempotency.store_once(studio, "rankings", uid, row)
        kept = idempotency.store_once(studio, "rankings", uid, row, supersedes=earlier["id"])
        for ballot in studio.rows(_OF_RANKING, (earlier["id"],)) if is_new else ():
            sides = ballot["left"], ballot["right"]
            ballots.cast_ballot(studio, person_id, _uid_of(uid, *sides), *sides, "skip", undoes=ballot["uid"])
    return kept


def ordered_pairs(takes: Sequence[int], rest: Sequence[int] = ()) -> Iterator[tuple[int, int]]:
    """(better, worse) of every pair that the ranking orders."""
    yield from combinations(takes, 2)
    yield from ((better, worse) for better in takes for worse in rest)


def check_takes(studio: Studio, takes: Sequence[int], rest: Sequence[int]) -> None:
    every = [*takes, *rest]
    if not FEWEST <= len(every) <= MOST or not takes:
        raise Invalid(f"{len(every)} takes, {len(takes)} of them ranked: rank {FEWEST} to {MOST}, at least one of them")
    if len(set(every)) < len(every):
        named = next(take for take in every if every.count(take) > 1)
        raise Invalid(f"take {named} is named twice; name each take once")
    rows = [get_judgeable_take(studio, take) for take in every]
    for row in rows:
        if row["hidden"]:
            raise NotFound(f"no take {row['id']}")
    other = next((row for row in rows if row["brief"] != rows[0]["brief"]), None)
    if other:
        raise Invalid(
            f"takes {rows[0]['id']} and {other['id']} answer different briefs; only takes of one brief are compared"
        )


def _uid_of(uid: str, a: int, b: int) -> str:
    """Of the ballot on one pair: the same whenever the same ranking is sent."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{uid} {min(a, b)} {max(a, b)}"))
