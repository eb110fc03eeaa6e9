"""Whether enough was judged for a night: judgements since the last run, and how many the learning curve suggests.

Every run for the studio that fitted a reward model is a point: how many judgements it learned from, and which share of
held-out verdicts it got wrong. Through them goes the line

    error(n) = limit + slope / sqrt(n)

fitted by least squares, each point with the variance of a share of so many verdicts. A night is worth running when its
reward model is expected to be right about one more verdict in a hundred than the last run's. How many judgements that
takes depends on the slope, and its uncertainty on the slope's.

Assumed: what is judged next is like what was judged so far, and errors fall as one over the square root, which is how they
fall for an estimate of fixed features. The points share judgements; taken as independent, they make the range rather too
wide than too narrow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, TypedDict

import numpy as np

from feedback.judgements.counts import count_decided_pairs
from feedback.preferences.dataset import CURRENT_BALLOTS, CURRENT_CIRCLES, CURRENT_RATINGS
from feedback.preferences.tags import CURRENT_TAGS
from feedback.rights.agreements import who_may_be_learned_from
from feedback.statistics import rounded
from feedback.store import Studio

WORTH = 0.01  # of held-out verdicts: what a night should get right that the last did not
FEWEST_RUNS = 3
SMALLEST_RATIO = 2.0  # of the judgements of the largest and the smallest run, or a line through them says nothing
FARTHEST = 10.0  # times the last run's judgements: beyond that a line says nothing either
EIGHT_OF_TEN = 1.2816  # standard deviations beside the mean

CURRENT = {
    "ballot": ("ballots", CURRENT_BALLOTS),
    "rating": ("ratings", CURRENT_RATINGS),
    "status": ("statuses", CURRENT_CIRCLES),
    "tag": ("tags", CURRENT_TAGS),
}
RUNS = """
SELECT id, started, metrics FROM runs WHERE state IN ('done', 'refused') AND json_extract(recipe, '$.data.person') IS NULL
    AND json_extract(recipe, '$.data.project') IS NULL
    AND coalesce(json_extract(recipe, '$.data.learn_from'), 'judgements') <> 'library' ORDER BY id
"""
NEWEST_OF_RUN = "SELECT max(judgement) FROM run_judgements WHERE run = ? AND kind = ?"


class NightNeeds(TypedDict):
    """What a night of the studio still needs. Numbers of judgements are since the last run."""

    run: int | None  # the last one for the studio that came to an end
    learned_from: int  # judgements, 0 before any run
    new: int  # judgements since; before any run, pairs with a preference
    first: int | None  # how many of these the first run needs; None after it
    points: int  # runs that the curve goes through
    known: bool  # whether there is a curve
    accuracy: float | None  # of the last point: share of held-out verdicts that were predicted
    median: int | None  # that make the next night worth running; None where that is beyond `FARTHEST`, or not known
    low: int | None  # with the steepest curve of eight in ten
    high: int | None  # with the flattest
    worth_it: bool | None  # whether there are as many by now; None where it is not known


@dataclass(frozen=True)
class Point:
    """A run on the learning curve."""

    judgements: int
    error: float  # share of held-out verdicts that were not predicted
    pairs: int  # how many those are


def needs_of_night(studio: Studio, least_pairs: int) -> NightNeeds:
    """Of a night for the whole studio; `least_pairs`: with a preference, below which the first run is refused."""
    rows = studio.rows(RUNS)
    if not rows:
        decided = count_decided_pairs(studio)
        missing = {"run": None, "learned_from": 0, "new": decided, "first": least_pairs}
        return without_curve(missing, None, 0, decided >= least_pairs)
    last, points = rows[-1], [point for row in rows if (point := point_of(read_metrics(row["metrics"])))]
    counts = {
        "run": last["id"],
        "learned_from": int(read_metrics(last["metrics"]).get("judgements") or 0),
        "new": count_new(studio, last["id"], last["started"]),
        "first": None,
    }
    return suggest(counts, points)


def suggest(counts: Mapping[str, Any], points: Sequence[Point]) -> NightNeeds:
    """`counts` with what the curve through the points says of them."""
    accuracy = 1 - points[-1].error if points else None
    fitted = fit_slope(points)
    if fitted is None:
        return without_curve(counts, accuracy, len(points), None)
    slope, deviation = fitted
    low, median, high = (
        more_for(slope + sign * EIGHT_OF_TEN * deviation, points[-1].judgements) for sign in (1, 0, -1)
    )
    worth = None if median is None else counts["new"] >= median
    known = {"points": len(points), "known": True, "accuracy": accuracy, "worth_it": worth}
    return {**counts, **known, "median": median, "low": low, "high": high}  # type: ignore[typeddict-item]


def without_curve(counts: Mapping[str, Any], accuracy: float | None, points: int, worth: bool | None) -> NightNeeds:
    unknown = dict.fromkeys(("median", "low", "high"))
    return {**counts, **unknown, "points": points, "known": False, "accuracy": accuracy, "worth_it": worth}  # type: ignore[typeddict-item]


def read_metrics(text: str | None) -> dict[str, Any]:
    return json.loads(text) if text else {}


def point_of(metrics: Mapping[str, Any]) -> Point | None:
    """None for a run without a reward model, or one of before the pairs were kept."""
    model, judgements = metrics.get("reward_model") or {}, metrics.get("judgements")
    if not judgements or not model.get("pairs"):
        return None
    return Point(judgements, 1 - model["accuracy"], model["pairs"])


def fit_slope(points: Sequence[Point]) -> tuple[float, float] | None:
    """(slope, its standard deviation); None where the points are too few, or too near to each other."""
    sizes = [point.judgements for point in points]
    if len(set(sizes)) < FEWEST_RUNS or max(sizes) < SMALLEST_RATIO * min(sizes):
        return None
    weights = np.array([1 / variance_of(point) for point in points])
    design = np.stack([np.ones(len(points)), 1 / np.sqrt(sizes)], 1)
    covariance = np.linalg.inv((design.T * weights) @ design)
    errors = np.array([point.error for point in points])
    return float((covariance @ (design.T * weights) @ errors)[1]), float(sqrt(covariance[1, 1]))


def variance_of(point: Point) -> float:
    """Of the share, with one verdict of each kind more, so that none of many wrong is not certain."""
    share = (point.error * point.pairs + 1) / (point.pairs + 2)
    return share * (1 - share) / point.pairs


def more_for(slope: float, judgements: int) -> int | None:
    """How many more judgements lower the error by `WORTH`; None beyond `FARTHEST`."""
    left = 1 / sqrt(judgements) - (WORTH / slope if slope > 0 else inf)
    if left <= 0 or left**-2 > FARTHEST * judgements:
        return None
    return round(left**-2 - judgements)


def count_new(studio: Studio, run: int, started: str) -> int:
    """Judgements of people who may be learned from, that stand today and came after those of the run, a ranking as the choices that it is."""
    people = json.dumps(sorted(who_may_be_learned_from(studio)))
    return round(sum(count_new_of(studio, kind, run, started, people) for kind in CURRENT))


def count_new_of(studio: Studio, kind: str, run: int, started: str, people: str) -> float:
    """Of one kind, by the order of the rows; where the run used none of the kind, by the time at which it started."""
    table, current = CURRENT[kind]
    newest = studio.value(NEWEST_OF_RUN, (run, kind))
    if newest is None:
        newest = studio.value(f"SELECT max(id) FROM {table} WHERE created <= ?", (started,)) or 0
    counted = "total(weight)" if kind == "ballot" else "count(*)"
    new = f"SELECT {counted} FROM ({current}) WHERE id > ? AND person IN (SELECT value FROM json_each(?))"
    return float(studio.value(new, ("", newest, people)))


def describe_night_needs(needs: NightNeeds) -> str:
    """One line for people."""
    if needs["first"] is not None:
        judged = f"{needs['new']} pairs with a preference are judged"
        return f"{judged}: the first night needs {needs['first']}"
    since = f"{needs['new']} judgements are new since run {needs['run']}, which learned from {needs['learned_from']}"
    return f"{since}; {describe_suggestion(needs)}"


def describe_suggestion(needs: NightNeeds) -> str:
    if not needs["known"]:
        unknown = "how many make a night better is not known yet"
        return f"{unknown}: that takes three runs, one of them of twice as many judgements as another"
    curve = f"the learning curve of {needs['points']} runs"
    if needs["median"] is None:
        least = "" if needs["low"] is None else f", {rounded(needs['low'])} at least"
        return f"{curve} is too flat to say how many make a night better{least}"
    high = "more than the curve can tell" if needs["high"] is None else str(rounded(needs["high"]))
    number = f"{rounded(needs['median'])} ({rounded(needs['low'] or 0)} to {high}, eight times in ten)"
    return f"{curve} suggests {number} until one more verdict in a hundred is predicted"
