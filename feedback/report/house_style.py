"""The house style as a run's reward model has it: named directions, each with takes that have least and most of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from feedback.days import StudioDay
from feedback.people.project_members import in_visible
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

NAMES = (
    *("brightness", "warmth", "green", "colourfulness", "contrast", "top", "line", "grain", "detail"),
    *("pan", "tilt", "push_in", "movement"),
)
"""Of directions; `finetune.reward.directions` measures them."""

_RUN = """
SELECT h.run FROM house_styles h JOIN runs r ON r.id = h.run WHERE coalesce(r.finished, r.started) < ? ORDER BY h.run DESC LIMIT 2
"""
_SHOWN = f"""
SELECT d.place, d.number, d.least, d.most, f.prompt, s.code AS shot FROM house_style_takes d
    JOIN takes t ON t.id = d.least JOIN takes m ON m.id = d.most JOIN briefs f ON f.id = t.brief
    JOIN shots s ON s.id = f.shot JOIN projects p ON p.id = s.project
WHERE d.run = :run AND {in_visible("p.id")} AND (:project IS NULL OR p.code = :project)
    AND t.state = 'done' AND m.state = 'done'
    AND t.id NOT IN ({TAKES_OF_OPEN_TRIALS}) AND m.id NOT IN ({TAKES_OF_OPEN_TRIALS}) ORDER BY d.place, d.number
"""


_REWARDED = f"""
SELECT t.id, t.brief, t.rendition, w.reward, t.id IN ({TAKES_OF_OPEN_TRIALS}) AS hidden
FROM take_rewards w JOIN takes t ON t.id = w.take
WHERE w.run = ? AND t.state = 'done' AND t.rendition IS NOT NULL ORDER BY t.id
"""


class RewardedTake(NamedTuple):
    """A done take with its reward by one run's model."""

    take: int
    brief: int
    rendition: str
    reward: float
    hidden: bool  # by an open trial: it may be learned from, and is not shown


@dataclass(frozen=True)
class NewDirection:
    """What a run found."""

    name: str  # of NAMES
    weight: float  # reward for one within-prompt deviation more of it, the other directions being the same
    share: float  # of the reward's differences within briefs that it explains beside those before it
    pairs: Sequence[tuple[int, int]]  # takes of one brief that have least and most of it


class ShownPair(TypedDict):
    """Two takes of one brief."""

    least: int
    most: int
    prompt: str
    shot: str


class Direction(TypedDict):
    name: str
    weight: float
    share: float
    before: float | None  # its weight by the run before; None where it was none of that one's directions
    pairs: list[ShownPair]


class HouseStyle(TypedDict):
    run: int
    before: int | None  # the run that it is compared with
    accuracy: float  # share of verdicts that the reward model predicts on briefs that it has not seen
    takes: int  # that it was read from
    explained: float  # share of the reward's differences within briefs that the directions explain together
    directions: list[Direction]  # the strongest first
    gone: list[str]  # directions of the run before that are none any more


def rewarded_takes(studio: Studio, run: int) -> list[RewardedTake]:
    """By the reward model of this run, oldest first."""
    rows = studio.tuples(_REWARDED, (run,))
    return [
        RewardedTake(take, brief, rendition, reward, bool(hidden)) for take, brief, rendition, reward, hidden in rows
    ]


def keep_house_style(
    studio: Studio, run: int, directions: Sequence[NewDirection], *, takes: int, explained: float, accuracy: float
) -> None:
    """In the place of what the same run kept before."""
    rows = [(run, place, each.name, each.weight, each.share) for place, each in enumerate(directions, 1)]
    pairs = [
        (run, place, number, *pair)
        for place, each in enumerate(directions, 1)
        for number, pair in enumerate(each.pairs, 1)
    ]
    with studio.writing() as db:
        for table in ("house_style_takes", "house_style_directions", "house_styles"):
            db.execute(f"DELETE FROM {table} WHERE run = ?", (run,))
        db.execute(
            "INSERT INTO house_styles (run, takes, explained, accuracy) VALUES (?, ?, ?, ?)",
            (run, takes, explained, accuracy),
        )
        sql = "INSERT INTO house_style_directions (run, place, name, weight, share) VALUES (?, ?, ?, ?, ?)"
        db.conn.executemany(sql, rows)
        sql = "INSERT INTO house_style_takes (run, place, number, least, most) VALUES (?, ?, ?, ?, ?)"
        db.conn.executemany(sql, pairs)


def house_style(
    studio: Studio, day: StudioDay, person: int | None = None, project: str | None = None
) -> HouseStyle | None:
    """Of the newest run by the end of the night after the day; takes of open trials, and what this person does not see,
    are not shown. None before there is any.
    """
    newest = [row["run"] for row in studio.rows(_RUN, (day.nights_end,))]
    if not newest:
        return None
    run, before = newest[0], newest[1] if len(newest) > 1 else None
    row = studio.row("SELECT * FROM house_styles WHERE run = ?", (run,)) or {}
    earlier = weights_of(studio, before)
    shown = studio.rows(_SHOWN, {"run": run, "person": person, "project": project})
    directions: list[Direction] = [
        {
            "name": each["name"],
            "weight": each["weight"],
            "share": each["share"],
            "before": earlier.get(each["name"]),
            "pairs": [pair_of(pair) for pair in shown if pair["place"] == each["place"]],
        }
        for each in studio.rows("SELECT * FROM house_style_directions WHERE run = ? ORDER BY place", (run,))
    ]
    return {
        "run": run,
        "before": before,
        "accuracy": row["accuracy"],
        "takes": row["takes"],
        "explained": row["explained"],
        "directions": directions,
        "gone": [name for name in earlier if name not in {each["name"] for each in directions}],
    }


def weights_of(studio: Studio, run: int | None) -> dict[str, float]:
    rows = studio.rows("SELECT name, weight FROM house_style_directions WHERE run = ? ORDER BY place", (run,))
    return {row["name"]: row["weight"] for row in rows}


def pair_of(row: dict[str, object]) -> ShownPair:
    return {"least": row["least"], "most": row["most"], "prompt": row["prompt"], "shot": row["shot"]}  # type: ignore[typeddict-item]
