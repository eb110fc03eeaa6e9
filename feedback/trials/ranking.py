"""All versions that met in trials, ranked by one Bradley-Terry fit (`feedback.preferences.bradley_terry`).

What counts is what counts in the trials themselves (`feedback.trials.counting`), a tie as half a win each, and only trials
that are over: the place of a version in an open trial would tell how that trial stands.

Versions of two groups that no chain of trials joins cannot be compared, so each group is ranked by itself. A version that
met nobody has no number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import exp
from typing import TypedDict

import numpy as np

from feedback.models import versions
from feedback.preferences.bradley_terry import NUMPY, curvature, fit_bradley_terry
from feedback.store import Studio
from feedback.trials import counting
from feedback.trials.results import POOLED, read_outcomes

VARIANCE = 1.0
"""Of a version's log-odds before any verdict: two versions are then expected to win between 6 and 94 % of their pairs. A
few verdicts move it little, fifty outweigh it ten times."""
NORMAL_95 = 1.96
MEETINGS = """
SELECT DISTINCT candidate, baseline FROM trials WHERE state = 'closed' ORDER BY candidate, baseline
"""


@dataclass(frozen=True)
class Meeting:
    """What counts of two versions' trials."""

    candidate: str
    baseline: str
    pairs: int
    wins: float  # of the candidate; a tie is half a win


class WinRate(TypedDict):
    """An expected win rate with its 95 % interval, 0 to 1."""

    rate: float
    low: float
    high: float


class RankedVersion(WinRate):
    """A version among those of its group; `rate` is against the average of them."""

    version: str
    state: str
    rank: int  # in its group, from 1
    group: int  # from 1; that of today's production first
    pairs: int  # that count
    met: list[str]
    against_production: WinRate | None  # None for production itself, and for those of other groups


class Ranking(TypedDict):
    production: str
    versions: list[RankedVersion]  # by group, the best first
    unmet: list[str]  # versions without a trial that is over and counts


def rank_versions(studio: Studio) -> Ranking:
    """Every version that met another in a trial that is over, the best first.

    The intervals are Laplace's approximation. They are for a look at all versions at once, and decide nothing: a trial
    ends when its own interval says so, and that one holds at every look.
    """
    rows, production = versions.list_versions(studio), versions.production_version(studio)
    states = {row["name"]: row["state"] for row in rows}
    meetings = read_meetings(studio)
    groups = sorted(groups_of(meetings), key=lambda group: (production not in group, -len(group), min(group)))
    ranked = [
        each for number, group in enumerate(groups, 1) for each in rank_group(group, meetings, production, number)
    ]
    placed = {each["version"] for each in ranked}
    return {
        "production": production,
        "versions": [{**each, "state": states[each["version"]]} for each in ranked],
        "unmet": [name for name in states if name not in placed],
    }


def read_meetings(studio: Studio) -> list[Meeting]:
    """Of every two versions whose trials are over, as far as their pairs count."""
    return [each for row in studio.rows(MEETINGS) if (each := read_meeting(studio, row["candidate"], row["baseline"]))]


def read_meeting(studio: Studio, candidate: str, baseline: str) -> Meeting | None:
    """None where nothing counts, as too few people judged."""
    judged = read_outcomes(studio, f"t.state = 'closed' AND {POOLED}", (candidate, baseline))
    values = [each["outcome"] for each in counting.counted(judged.outcomes, judged.limits)]
    return Meeting(candidate, baseline, len(values), sum(values)) if values else None


def groups_of(meetings: Iterable[Meeting]) -> list[set[str]]:
    """Versions that a chain of meetings joins."""
    groups = list[set[str]]()
    for each in meetings:
        joined = [group for group in groups if group & {each.candidate, each.baseline}]
        groups = [group for group in groups if group not in joined]
        groups.append({each.candidate, each.baseline}.union(*joined))
    return groups


@dataclass(frozen=True)
class Comparisons:
    """n meetings of d versions, as the fit takes them."""

    difference: np.ndarray  # [n, d]
    p: np.ndarray  # [n]
    weight: np.ndarray  # [n]


def rank_group(
    group: Collection[str], meetings: Sequence[Meeting], production: str, number: int
) -> list[RankedVersion]:
    """The versions of one group by log-odds, which are worth the same for one more and one less: only differences count."""
    names = sorted(group)
    own = [each for each in meetings if each.candidate in group]
    weights, covariance = fit_strengths(names, own)
    unit = np.eye(len(names))
    base = names.index(production) if production in group else None
    ranked: list[RankedVersion] = [
        {
            "version": name,
            "state": "",
            "rank": 0,
            "group": number,
            "pairs": sum(each.pairs for each in own if name in (each.candidate, each.baseline)),
            "met": opponents(name, own),
            "against_production": None
            if base is None or name == production
            else win_rate(unit[place] - unit[base], weights, covariance),
            **win_rate(unit[place] - 1 / len(names), weights, covariance),
        }
        for place, name in enumerate(names)
    ]
    ranked.sort(key=lambda each: -each["rate"])
    return [{**each, "rank": place} for place, each in enumerate(ranked, 1)]


def fit_strengths(names: Sequence[str], meetings: Sequence[Meeting]) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds [d] of the versions, and their covariance [d, d]."""
    place = {name: number for number, name in enumerate(names)}
    difference = np.zeros((len(meetings), len(names)))
    for row, each in enumerate(meetings):
        difference[row, place[each.candidate]], difference[row, place[each.baseline]] = 1, -1
    pairs = np.array([each.pairs for each in meetings], float)
    wins = np.array([each.wins for each in meetings])
    data, penalty = Comparisons(difference, wins / pairs, pairs), 1 / (2 * VARIANCE * pairs.sum())
    weights = fit_bradley_terry(data, penalty)
    precision = curvature(data, penalty, weights) * pairs.sum()
    return weights, NUMPY.solve(precision, np.eye(len(names)))


def win_rate(difference: np.ndarray, weights: np.ndarray, covariance: np.ndarray) -> WinRate:
    """Of a difference of log-odds, [d] as it is made of the versions'."""
    odds, half = float(difference @ weights), NORMAL_95 * float(difference @ covariance @ difference) ** 0.5
    low, rate, high = (1 / (1 + exp(-value)) for value in (odds - half, odds, odds + half))
    return {"rate": rate, "low": low, "high": high}


def opponents(name: str, meetings: Iterable[Meeting]) -> list[str]:
    """Whom a version met."""
    met = {
        each.baseline if name == each.candidate else each.candidate
        for each in meetings
        if name in (each.candidate, each.baseline)
    }
    return sorted(met)
