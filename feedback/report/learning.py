"""What runs learned: the learning curve, the newest version's gauges of quality, and the nights that followed a day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from feedback.days import StudioDay
from feedback.models import lineage, nights, runs
from feedback.statistics import wilson_interval
from feedback.store import Studio

_ENDED_RUNS = """
SELECT * FROM runs WHERE state IN ('done', 'refused') AND coalesce(finished, started) < :until ORDER BY id
"""
_NIGHTS = "SELECT * FROM nights WHERE started >= :begin AND started < :end ORDER BY id"
STAGES_OF_LINES = ("draw", "advance", "trial", "prompts")  # stages whose lines are for people


class CurvePoint(TypedDict):
    """A run for the whole studio: which share of verdicts it predicts that it had not seen."""

    run: int
    version: str | None
    judgements: int
    accuracy: float
    low: float  # of its 95 % interval (Wilson)
    high: float
    pairs: int  # verdicts that it is a share of


class Gauge(TypedDict):
    """One number of a version's quality, beside the version that it was tuned from."""

    name: Literal["gain", "content", "realism", "variety", "heldout_accuracy"]
    value: float
    limit: float | None  # where the run would have been refused; None where there is no such limit


class MadeVersion(TypedDict):
    """The newest version that a run made."""

    version: str
    run: int
    made: str  # UTC
    reference: str | None  # what it was tuned from
    judgements: int  # all that its adapters learned from
    people: int
    frames: int  # of the library, that runs on it alone learned from
    beside: lineage.LibraryBehind | None  # what frames count beside judgements, in the newest run
    gauges: list[Gauge]


class NightOfReport(TypedDict):
    night: int
    project: str | None
    person: str | None
    state: str
    reason: str | None
    started: str
    ended: str | None
    learned: str | None  # the state of its learning: candidate, unchanged or refused
    version: str | None
    why: str | None  # it was unchanged or refused
    lines: list[str]  # what happened to trials, and what could not be drawn


def learning_curve(studio: Studio, day: StudioDay) -> list[CurvePoint]:
    """By runs up to the night after the day, in their order."""
    rows = (runs.read_run(row) for row in studio.rows(_ENDED_RUNS, {"until": day.nights_end}))
    return [point for run in rows if runs.is_for(run["recipe"]) == (None, None) and (point := curve_point(run))]


def curve_point(run: runs.Run) -> CurvePoint | None:
    """None for a run that measured nothing on held-out verdicts."""
    metrics = run["metrics"] or {}
    model = metrics.get("reward_model") or {}
    accuracy = model.get("accuracy", metrics.get("heldout_accuracy"))
    pairs, judgements = model.get("pairs") or metrics.get("heldout_pairs"), metrics.get("judgements")
    if accuracy is None or not pairs or not judgements:
        return None
    low, high = wilson_interval(accuracy * pairs, pairs)
    return {
        "run": run["id"],
        "version": run["version"],
        "judgements": judgements,
        "accuracy": accuracy,
        "low": low,
        "high": high,
        "pairs": pairs,
    }


def newest_version(studio: Studio, day: StudioDay) -> MadeVersion | None:
    """The last one that a run made by the end of the night after the day."""
    made = [
        run
        for row in studio.rows(_ENDED_RUNS, {"until": day.nights_end})
        if (run := runs.read_run(row))["state"] == "done"
    ]
    if not made or made[-1]["version"] is None:
        return None
    run, metrics = made[-1], made[-1]["metrics"] or {}
    learned = lineage.learned_from(studio, str(run["version"]))
    libraries = [each["library"] for each in learned["runs"] if each["library"]]
    return {
        "version": str(run["version"]),
        "run": run["id"],
        "made": run["finished"] or run["started"],
        "reference": metrics.get("reference"),
        "judgements": learned["judgements"],
        "people": len(learned["people"]),
        "frames": sum(each["frames"] for each in libraries if each["alone"]),
        "beside": next((each for each in reversed(libraries) if each["reason"]), None),
        "gauges": gauges_of(metrics, run["recipe"]),
    }


def gauges_of(metrics: Mapping[str, Any], recipe: Mapping[str, Any]) -> list[Gauge]:
    """As far as the run measured them; `limit` by its own recipe."""
    limits = recipe.get("guided") or {}
    content, error, variety = (limits.get(f"most_{name}") for name in ("content_lost", "error_gained", "variety_lost"))
    gauges: list[tuple[Any, str, float | None]] = [
        ("gain", "measured_gain", None),
        ("content", "kept_content", None if content is None else -content),
        ("realism", "kept_error", None if error is None else 1 + error),
        ("variety", "kept_variety", None if variety is None else 1 - variety),
        ("heldout_accuracy", "heldout_accuracy", None),
    ]
    return [
        {"name": name, "value": float(metrics[key]), "limit": limit}
        for name, key, limit in gauges
        if metrics.get(key) is not None
    ]


def nights_after(studio: Studio, day: StudioDay) -> list[NightOfReport]:
    """Those that began from its noon to the next one, the first one first."""
    rows = studio.rows(_NIGHTS, {"begin": day.nights_begin, "end": day.nights_end})
    return [describe_night(row) for row in rows]


def describe_night(row: Mapping[str, Any]) -> NightOfReport:
    night = nights.read_night(dict(row))
    learned, results = night["results"].get("learn") or {}, night["results"]
    is_gone = night["state"] == "running" and nights.has_expired(night)  # killed, or its machine went away
    return {
        "night": night["id"],
        "project": night["project"],
        "person": night["person"],
        "state": "interrupted" if is_gone else night["state"],
        "reason": night["reason"],
        "started": night["started"],
        "ended": night["ended"],
        "learned": learned.get("state"),
        "version": learned.get("version"),
        "why": learned.get("reason"),
        "lines": [line for stage in STAGES_OF_LINES for line in results.get(stage, {}).get("lines", [])],
    }
