"""What takes and versions cost: seconds of a GPU or of a processor as they were recorded, and money where its rate is known.

A take is drawn from when a worker got it until it was done; takes of a brief that were leased together share that time. What
was not recorded, such as the time of a drawing that failed, is not guessed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, TypedDict

from feedback.clock import seconds_between
from feedback.days import StudioDay
from feedback.models.runs import read_run
from feedback.people.project_members import in_visible
from feedback.production.takes import TAKES_OF_OPEN_TRIALS
from feedback.store import Studio

GPU, PROCESSOR, UNKNOWN = "gpu", "processor", "unknown"

_TAKES = f"""
SELECT t.id, t.version, t.brief, t.started, t.finished, t.worker, json_extract(t.provenance, '$.sampling.device') AS device,
    t.id IN ({TAKES_OF_OPEN_TRIALS}) AS hidden,
    coalesce((SELECT st.status FROM statuses st WHERE st.take = t.id ORDER BY st.id DESC LIMIT 1), 'wip') = 'circled' AS circled
FROM takes t JOIN briefs f ON f.id = t.brief JOIN shots s ON s.id = f.shot JOIN projects p ON p.id = s.project
WHERE t.state = 'done' AND t.started IS NOT NULL AND t.finished IS NOT NULL AND t.finished < :end
    AND {in_visible("p.id")} AND (:project IS NULL OR p.code = :project)
    AND t.id NOT IN (SELECT take FROM outside_takes)
"""
_RUNS = """
SELECT id, version, state, started, finished, metrics FROM runs
WHERE state IN ('done', 'refused') AND finished IS NOT NULL AND finished < ? ORDER BY id
"""


@dataclass(frozen=True)
class Rate:
    """What an hour of the machine that draws and tunes costs."""

    per_hour: float | None = None  # None: not known, and then no money is named
    currency: str = ""  # such as EUR


class Cost(TypedDict):
    """Of `number` takes, or of one version; money is None where no rate is set."""

    number: int
    seconds: dict[str, float]  # by GPU, PROCESSOR and UNKNOWN
    each: float | None  # seconds of one; None for none
    money: float | None
    money_each: float | None


class VersionCost(TypedDict):
    version: str
    tuning: Cost  # its run
    takes: Cost  # all that it drew, but for those of open trials


class Costs(TypedDict):
    currency: str
    per_hour: float | None
    day: Cost  # takes that were done on the day
    takes: Cost  # all until its end
    circled: Cost  # of these, what all takes cost for each circled one: `number` are circled
    refused: Cost  # runs that made no version
    versions: list[VersionCost]  # the newest first


@dataclass(frozen=True)
class DrawnTake:
    version: str
    device: str
    seconds: float
    finished: str
    hidden: bool
    circled: bool


def costs_until(
    studio: Studio, day: StudioDay, rate: Rate, person: int | None = None, project: str | None = None
) -> Costs:
    """In what this person sees, or of one project. Runs are the studio's, and count until the end of the night."""
    drawn = drawn_takes(studio, day, person, project)
    circled = sum(take.circled for take in drawn)
    tuned = studio.rows(_RUNS, (day.nights_end,))
    return {
        "currency": rate.currency,
        "per_hour": rate.per_hour,
        "day": cost_of([take for take in drawn if take.finished >= day.begin], rate),
        "takes": cost_of(drawn, rate),
        "circled": price(circled, seconds_of(drawn) if circled else {}, rate),
        "refused": cost_of_runs([row for row in tuned if row["state"] == "refused"], rate),
        "versions": [
            {
                "version": row["version"],
                "tuning": cost_of_runs([row], rate),
                "takes": cost_of([t for t in drawn if t.version == row["version"] and not t.hidden], rate),
            }
            for row in reversed(tuned)
            if row["version"]
        ],
    }


def drawn_takes(studio: Studio, day: StudioDay, person: int | None, project: str | None) -> list[DrawnTake]:
    rows = studio.rows(_TAKES, {"end": day.end, "person": person, "project": project})
    together: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        together[row["brief"], row["started"], row["worker"]].append(row)
    return [take for each in together.values() for take in share_time(each)]


def share_time(rows: list[dict[str, Any]]) -> list[DrawnTake]:
    """Takes that were leased together. Where the clock was set back in between, nothing is known."""
    last = max(row["finished"] for row in rows)
    seconds = seconds_between(rows[0]["started"], last)
    if seconds < 0:
        return []
    return [
        DrawnTake(
            row["version"] or "",
            kind_of_device(row["device"]),
            seconds / len(rows),
            row["finished"],
            bool(row["hidden"]),
            bool(row["circled"]),
        )
        for row in rows
    ]


def kind_of_device(device: str | None) -> str:
    if not device:
        return UNKNOWN
    return PROCESSOR if device == "cpu" else GPU


def cost_of(takes: list[DrawnTake], rate: Rate) -> Cost:
    return price(len(takes), seconds_of(takes), rate)


def seconds_of(takes: list[DrawnTake]) -> dict[str, float]:
    seconds: dict[str, float] = {}
    for take in takes:
        seconds[take.device] = seconds.get(take.device, 0.0) + take.seconds
    return seconds


def cost_of_runs(rows: list[dict[str, Any]], rate: Rate) -> Cost:
    """By what each measured of itself, times its processes; where a run measured nothing, from its start to its end."""
    seconds: dict[str, float] = {}
    for row in rows:
        metrics = read_run({**row, "recipe": "{}"})["metrics"] or {}
        took = metrics.get("seconds") or max(0.0, seconds_between(row["started"], row["finished"]))
        device = kind_of_device(metrics.get("device"))
        seconds[device] = seconds.get(device, 0.0) + took * metrics.get("processes", 1)
    return price(len(rows), seconds, rate)


def price(number: int, seconds: dict[str, float], rate: Rate) -> Cost:
    total = sum(seconds.values())
    money = None if rate.per_hour is None else total / 3600 * rate.per_hour
    return {
        "number": number,
        "seconds": seconds,
        "each": total / number if number else None,
        "money": money,
        "money_each": money / number if number and money is not None else None,
    }
