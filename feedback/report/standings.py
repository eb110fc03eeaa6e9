"""How trials stand that are over, ballot by ballot; of open ones only that they are open, and what they still need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from feedback.days import StudioDay
from feedback.models import versions
from feedback.store import Studio
from feedback.trials import blinding, counting
from feedback.trials.counting import Limits, Outcome
from feedback.trials.results import POOLED, JudgedPairs, TrialResults, read_outcomes, summarize_outcomes

MOST_POINTS = 150  # of a plot
MOST_TRIALS = 4
OVER = "t.state = 'closed' AND " + POOLED

# The reason is that of the last one: SQLite takes other columns from the row that max() is of.
_ENDED = """
SELECT candidate, baseline, reason, max(closed) AS closed FROM trials
WHERE state = 'closed' AND closed < :until GROUP BY candidate, baseline ORDER BY max(closed) DESC
"""


class PathPoint(TypedDict):
    """After so many judged pairs: the win rate of what counts, and its interval that is valid at every look."""

    judged: int
    rate: float | None  # None while nothing counts
    low: float
    high: float


class EndedTrials(TypedDict):
    """All trials of a candidate against one baseline, every one of which is over."""

    results: TrialResults
    state: str  # of the candidate today
    closed: str  # the last one, UTC
    reason: str | None
    path: list[PathPoint]


def ended_trials(studio: Studio, day: StudioDay) -> list[EndedTrials]:
    """Those that ended on the day or in the night after it, the newest first; else the last that ended before.

    Candidates that play an open trial are left out: what they won before would tell how that trial stands.
    """
    rows = [
        row for row in studio.rows(_ENDED, {"until": day.nights_end}) if not blinding.is_blind(studio, row["candidate"])
    ]
    newest = [row for row in rows if row["closed"] >= day.begin]
    return [
        describe_ended(studio, row["candidate"], row["baseline"], row["closed"], row["reason"])
        for row in (newest or rows[:1])[:MOST_TRIALS]
    ]


def describe_ended(studio: Studio, candidate: str, baseline: str, closed: str, reason: str | None) -> EndedTrials:
    judged = read_outcomes(studio, OVER, (candidate, baseline))
    counts = summarize_outcomes(judged.outcomes, judged.limits, judged.pairs, judged.left)
    state = versions.get_version(studio, candidate)["state"]
    results: TrialResults = {"candidate": candidate, "baseline": baseline, **counts}
    return {"results": results, "state": state, "closed": closed, "reason": reason, "path": path_of(judged)}


def path_of(judged: JudgedPairs) -> list[PathPoint]:
    """After the first pair and on to the last, MOST_POINTS at most."""
    count = len(judged.outcomes)
    every = max(1, -(-count // MOST_POINTS))
    ends = range(count, 0, -every)[::-1]
    return [point_of(judged.outcomes[:end], judged.limits) for end in ends]


def point_of(outcomes: Sequence[Outcome], limits: Limits) -> PathPoint:
    counted = counting.counted(outcomes, limits)
    low, high = counting.interval(counted, limits)
    rate = sum(each["outcome"] for each in counted) / len(counted) if counted else None
    return {"judged": len(outcomes), "rate": rate, "low": low, "high": high}
