"""The house style in a few directions with names: what about takes a run's reward rises and falls with.

A reward model reads numbers without names, some of an image encoder's or of the denoiser itself. So its rewards are explained
by what people have words for: statistics of the pictures, such as brightness or grain. Takes of one brief are compared, as
people compared them. By forward selection (Efroymson, 1960) the statistic that explains most of the rewards comes first, then
the one that adds most to it, so that no two directions say the same. The share that none of them explains is kept, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from feedback.pair_selection.descriptors import GROUPS, ROWS, read_descriptors
from feedback.report.house_style import NAMES, NewDirection, RewardedTake, keep_house_style, rewarded_takes
from feedback.store import Studio
from generation.media.descriptor_extraction import extract_all_descriptors

MOST = 5  # directions
LEAST_SHARE = 0.03  # of the reward's differences, below which a direction is not named
CLEARLY = 3.5  # standard errors of a weight, since the best of many was chosen
FEWEST = 24  # takes of briefs with two or more
PAIRS = 3  # that show a direction, each of another brief
SHARP = 8.0  # the power of its strength by which a line's place counts
SMALL = 1e-6


@dataclass(frozen=True)
class Explained:
    """Directions, and which share of the reward's differences within briefs they explain together."""

    directions: list[NewDirection]
    share: float
    takes: int


def keep_style_of_run(studio: Studio, run: int, accuracy: float) -> None:
    """Explains the rewards that the run gave to takes, and stores that."""
    extract_all_descriptors(studio)
    measured, _ = read_descriptors(studio)
    takes = [take for take in rewarded_takes(studio, run) if take.rendition in measured]
    explained = explain_rewards(takes, np.array([measured[take.rendition] for take in takes]))
    keep_house_style(
        studio, run, explained.directions, takes=explained.takes, explained=explained.share, accuracy=accuracy
    )


def explain_rewards(takes: list[RewardedTake], descriptors: np.ndarray) -> Explained:
    """descriptors [n, DIMENSIONS] of these takes. Nothing is named where there are too few to compare."""
    _, place, counts = np.unique([take.brief for take in takes], return_inverse=True, return_counts=True)
    compared = np.flatnonzero(counts[place] > 1) if takes else np.zeros(0, int)
    if len(compared) < FEWEST:
        return Explained([], 0.0, len(compared))
    takes, brief = [takes[row] for row in compared], place[compared]
    numbers = centred(name_statistics(descriptors[compared]), brief)
    reward = centred(np.array([take.reward for take in takes])[:, None], brief)[:, 0]
    freedom = len(takes) - len(set(brief.tolist()))
    chosen, shares, weights = select(numbers, reward, freedom)
    directions = [
        NewDirection(NAMES[column], weight, share, show(takes, numbers[:, column], brief))
        for column, share, weight in zip(chosen, shares, weights, strict=True)
    ]
    return Explained(directions, sum(shares), len(takes))


def name_statistics(descriptors: np.ndarray) -> np.ndarray:
    """[n, DIMENSIONS] -> [n, len(NAMES)], in the order of NAMES."""
    ends = np.cumsum(list(GROUPS.values()))[:-1]
    colour, contrast, rows, detail, motion = np.split(descriptors.astype(np.float64), ends, axis=1)
    rows = rows.reshape(-1, ROWS, 3)
    grey, third = rows.mean(2), ROWS // 3
    red, green, blue = colour.T
    columns = [
        colour.mean(1),
        red - blue,
        green - (red + blue) / 2,
        rows.std(2).mean(1),
        contrast[:, 3],
        grey[:, :third].mean(1) - grey[:, -third:].mean(1),
        line_place(rows),
        *detail.T,
        *motion.T,
    ]
    return np.stack(columns, 1)


def line_place(rows: np.ndarray) -> np.ndarray:
    """Of means of rows [n, ROWS, 3]: how far down colours change most from one row to the next, 0 to 1, [n]."""
    step = np.abs(np.diff(rows, axis=1)).sum(2)
    weight = (step / (step.max(1, keepdims=True) + SMALL) + SMALL) ** SHARP
    return (weight * np.arange(1, ROWS) / ROWS).sum(1) / weight.sum(1)


def centred(values: np.ndarray, brief: np.ndarray) -> np.ndarray:
    """Values [n, d] less the mean of their brief's; `brief`: [n], whole numbers from 0."""
    sums = np.zeros((brief.max() + 1, values.shape[1]))
    np.add.at(sums, brief, values)
    return values - (sums / np.maximum(np.bincount(brief), 1)[:, None])[brief]


def select(numbers: np.ndarray, reward: np.ndarray, freedom: int) -> tuple[list[int], list[float], list[float]]:
    """(columns, the share of the reward that each explains beside those before it, weights in the fit of all of them).

    numbers [n, d] and reward [n], centred within briefs. Weights are for one within-prompt deviation of a column.
    """
    std = np.sqrt((numbers**2).sum(0) / max(freedom, 1))
    varying = std > SMALL
    scaled = np.where(varying, numbers / np.where(varying, std, 1), 0)
    total = float(reward @ reward)
    chosen, shares = list[int](), list[float]()
    left = 1.0  # of the reward that is not explained
    columns = np.flatnonzero(varying).tolist() if total > SMALL else []
    while len(chosen) < MOST and len(chosen) < len(columns):
        rest = {c: unexplained(scaled[:, [*chosen, c]], reward) / total for c in columns if c not in chosen}
        best = min(rest, key=lambda column: rest[column])
        share, free = left - rest[best], max(freedom - len(chosen) - 1, 1)
        if share < LEAST_SHARE or share * free < CLEARLY**2 * rest[best]:
            break
        chosen, shares, left = [*chosen, best], [*shares, share], rest[best]
    weights = np.linalg.lstsq(scaled[:, chosen], reward, rcond=None)[0].tolist() if chosen else []
    return chosen, shares, weights


def unexplained(columns: np.ndarray, reward: np.ndarray) -> float:
    """The sum of squares that a least-squares fit leaves."""
    fitted = columns @ np.linalg.lstsq(columns, reward, rcond=None)[0]
    return float(((reward - fitted) ** 2).sum())


def show(takes: list[RewardedTake], numbers: np.ndarray, brief: np.ndarray) -> list[tuple[int, int]]:
    """(least, most) of the briefs whose takes differ most in these numbers [n]; takes that may not be shown are left out."""
    rows = [row for row, take in enumerate(takes) if not take.hidden]
    by_brief: dict[int, list[int]] = {}
    for row in sorted(rows, key=lambda row: numbers[row]):
        by_brief.setdefault(int(brief[row]), []).append(row)
    ends = [(own[0], own[-1]) for own in by_brief.values() if numbers[own[-1]] > numbers[own[0]]]
    ends.sort(key=lambda pair: numbers[pair[0]] - numbers[pair[1]])
    return [(takes[least].take, takes[most].take) for least, most in ends[:PAIRS]]
