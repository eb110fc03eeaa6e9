"""A snapshot as it would be without the judgements of somebody, or without what was judged of some briefs."""

from __future__ import annotations

from collections.abc import Mapping, Set
from math import exp
from typing import Any

from feedback.preferences.dataset import ballot_pair, weights_of

Snapshot = Mapping[str, Any]


def without_briefs(snapshot: Snapshot, briefs: Set[int]) -> dict[str, Any]:
    """`briefs`: ids."""
    rows = ("pairs", "star_pairs", "circles", "tags")
    left = {name: [row for row in snapshot.get(name, ()) if row["brief"] not in briefs] for name in rows}
    return {**snapshot, **left, "circled": [row["take"] for row in left["circles"]]}


def without_person(snapshot: Snapshot, person: int) -> dict[str, Any]:
    """`person`: people id. Shares, votes and margins are those of the others."""
    pairs = [pair for row in snapshot["pairs"] if (pair := _pair_without(row, person)) is not None]
    star_pairs = [pair for row in snapshot["star_pairs"] if (pair := _star_pair_without(row, person)) is not None]
    own = {
        name: [row for row in snapshot.get(name, ()) if row["person"] != person]
        for name in ("circles", "tags", "places")
    }
    rest = {
        "circled": [row["take"] for row in own["circles"]],
        "repeats": [row for row in snapshot.get("repeats", ()) if row[1] != person],
    }
    return {**snapshot, **own, **rest, "pairs": pairs, "star_pairs": star_pairs}


def _pair_without(pair: Mapping[str, Any], person: int) -> dict[str, Any] | None:
    """None when nobody else compared the two."""
    if all(who != person for _, who, _ in pair["judgements"]):
        return dict(pair)
    kept = [(row, weight) for row, weight in zip(pair["judgements"], weights_of(pair), strict=True) if row[1] != person]
    if not kept:
        return None
    weights = {row[0]: weight for row, weight in kept if weight != 1}
    stars = [row for row in pair["stars"] if row[1] != person]
    made = ballot_pair(pair["left"], pair["right"], pair["brief"], [tuple(row) for row, _ in kept], weights)
    return {**made, "stars": stars, "star_margin": _margin(stars)}


def _star_pair_without(pair: Mapping[str, Any], person: int) -> dict[str, Any] | None:
    """None when nobody else gave the two different stars."""
    rows = [row for row in pair["judgements"] if row[1] != person]
    margin = _margin(rows)
    return {**pair, "judgements": rows, "margin": margin, "p_left": 1 / (1 + exp(-margin))} if margin else None


def _margin(rows: list[Any]) -> float:
    """Of rows of (id, people id, stars), the left take's before the right one's."""
    both = zip(rows[::2], rows[1::2], strict=True)
    differences = [left[2] - right[2] for left, right in both]
    return sum(differences) / len(differences) if differences else 0.0
