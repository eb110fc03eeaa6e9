"""Simulated ladders of versions: how often the intervals of the ranking hold what is true.

Each candidate plays whatever is in production by then, and whichever won more goes on. The pairs of a step are of a fixed number,
or as many as it takes until the trial's own interval decides it, which flatters its winner.
"""

from __future__ import annotations

import random
from math import exp
from typing import Any

import numpy as np

from feedback.statistics import least_successes
from feedback.trials.ranking import Meeting, RankedVersion, rank_group

VERSIONS = tuple(f"v{number:04d}" for number in range(5))
PAIRS = 60
MOST_PAIRS = 192  # four nights'
DEVIATIONS = (0.4, 0.7, 1.0)  # of the versions' true log-odds


def measure_ladders(ladders: int, deviation: float, stops: bool, seed: int) -> dict[str, Any]:
    """Shares of the intervals that hold the truth, over so many ladders."""
    rng = random.Random(f"{seed} {deviation} {stops}")
    average, production = list[bool](), list[bool]()
    for _ in range(ladders):
        truth = {name: rng.gauss(0, deviation) for name in VERSIONS}
        ranked, in_production = play_ladder(truth, stops, rng)
        mean = float(np.mean([*truth.values()]))
        for each in ranked:
            own = truth[each["version"]]
            average.append(holds(each, own - mean))
            if each["against_production"]:
                production.append(holds(each["against_production"], own - truth[in_production]))
    held = {"average": sum(average) / len(average), "against_production": sum(production) / len(production)}
    return {"deviation": deviation, "stops": stops, "ladders": ladders, **held}


def play_ladder(truth: dict[str, float], stops: bool, rng: random.Random) -> tuple[list[RankedVersion], str]:
    """The ranking after every version has played, and which is in production then."""
    production, meetings = VERSIONS[0], list[Meeting]()
    for candidate in VERSIONS[1:]:
        wins, pairs = play_step(truth[candidate] - truth[production], stops, rng)
        meetings.append(Meeting(candidate, production, pairs, wins))
        production = candidate if wins > pairs / 2 else production
    return rank_group(VERSIONS, meetings, production, 1), production


def play_step(odds: float, stops: bool, rng: random.Random) -> tuple[int, int]:
    """(wins, pairs)."""
    wins = pairs = 0
    while pairs < (MOST_PAIRS if stops else PAIRS):
        pairs, wins = pairs + 1, wins + (rng.random() < win_rate(odds))
        least = least_successes(pairs)
        if stops and (wins >= least or pairs - wins >= least):
            break
    return wins, pairs


def holds(interval: Any, odds: float) -> bool:
    return bool(interval["low"] <= win_rate(odds) <= interval["high"])


def win_rate(odds: float) -> float:
    return 1 / (1 + exp(-odds))
