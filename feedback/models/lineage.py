"""What a model version learned from: every judgement, person, take and brief behind its adapters."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TypedDict, cast

from feedback.models.versions import get_version
from feedback.store import Studio


class PersonsShare(TypedDict):
    name: str
    judgements: int


class ImageEncoderBehind(TypedDict):
    """An image encoder of the studio's."""

    name: str
    sha256: str
    licence: str | None  # as its folder says


class RewardBehind(TypedDict):
    """The reward model of a run of method guided."""

    features: str  # what it reads of takes: a key of the reward model's sets of features
    accuracy: float  # share of held-out verdicts that it predicts
    pairs: int | None  # how many those are; None for a run of an older Circletake
    measured_gain: float | None  # within-prompt deviations that people are expected to see
    image_encoder: ImageEncoderBehind | None  # where the features are those of one
    left_out: list[str]  # signals without which verdicts on pairs are predicted better, such as stars


class LibraryBehind(TypedDict):
    """Frames and clips of the library that a run learned from."""

    frames: int
    alone: bool  # or beside judgements
    weight: float | None  # beside judgements, relative to all of them
    reason: str | None  # why that: recipe, too_few, too_many, no_help or helps


class RunBehind(TypedDict):
    """A run whose adapter a version carries."""

    id: int
    version: str | None
    method: str
    snapshot_sha256: str
    started: str
    rights_day: str  # by which consents and licences were read when it began
    rights_zone: str  # the time zone of that day
    train: int  # judgements trained on
    heldout: int  # judgements that chose where training stopped
    reward: RewardBehind | None
    person: str | None  # for whom alone it was tuned
    project: str | None  # whose judgements alone it learned from
    library: LibraryBehind | None  # None where it learned nothing of the library


class Lineage(TypedDict):
    """What a version learned from; counts, and whose judgements they were. A ranking counts as the choices that it is."""

    judgements: int
    pointed: int  # verdicts among them whose person pointed at a part of either take, in a note that a run learned from
    people: list[PersonsShare]
    takes: int
    outside: dict[str, int]  # of them those that were made elsewhere, by the name that their model has here
    briefs: int
    runs: list[RunBehind]  # oldest first


USED = """
SELECT kind, judgement, person, min(split) AS split FROM run_judgements WHERE run IN ({runs}) GROUP BY kind, judgement, person
"""
COUNT = "CAST(round(total(coalesce(w.weight, 1.0))) AS INTEGER)"
WEIGHTS = """
LEFT JOIN ballots b ON j.kind = 'ballot' AND b.id = j.judgement LEFT JOIN ranking_weights w ON w.ranking = b.ranking
"""
POINTED = f"""
SELECT {COUNT} FROM ({USED}) j {WEIGHTS}
WHERE j.kind = 'ballot' AND EXISTS (
    SELECT 1 FROM run_notes r JOIN notes n ON n.id = r.note
    WHERE r.run IN ({{runs}}) AND r.person = j.person AND n.take IN (b."left", b."right"))
"""
TAKES_OF_JUDGEMENTS = """
WITH used AS (SELECT kind, judgement FROM run_judgements WHERE run IN ({runs}))
SELECT "left" AS take FROM used JOIN ballots ON kind = 'ballot' AND ballots.id = judgement
UNION SELECT "right" FROM used JOIN ballots ON kind = 'ballot' AND ballots.id = judgement
UNION SELECT take FROM used JOIN ratings ON kind = 'rating' AND ratings.id = judgement
UNION SELECT take FROM used JOIN statuses ON kind = 'status' AND statuses.id = judgement
UNION SELECT take FROM used JOIN tags ON kind = 'tag' AND tags.id = judgement
"""


def learned_from(studio: Studio, version: str) -> Lineage:
    """Follows every adapter to the run that made it, so a version built on earlier nights answers for all of them. A
    judgement used in several nights counts once. Held-out judgements count too: they chose where training stopped.
    NotFound for an unknown version.
    """
    runs = runs_behind(studio, version)
    marks = ",".join("?" * len(runs))
    people = studio.rows(
        f"SELECT p.name, {COUNT} AS judgements FROM ({USED.format(runs=marks)}) j JOIN people p ON p.id = j.person"
        f" {WEIGHTS} GROUP BY p.id ORDER BY judgements DESC, p.name",
        tuple(runs),
    )
    taken = [row["take"] for row in studio.rows(TAKES_OF_JUDGEMENTS.format(runs=marks), tuple(runs))]
    return {
        "judgements": sum(row["judgements"] for row in people),
        "pointed": int(studio.value(POINTED.format(runs=marks), (*runs, *runs)) or 0),
        "people": cast(list[PersonsShare], people),
        "takes": len(taken),
        "outside": count_outside(studio, taken),
        "briefs": count_briefs(studio, taken),
        "runs": [describe_run(studio, run) for run in runs],
    }


def runs_behind(studio: Studio, version: str) -> list[int]:
    """Ids of the runs whose adapters the version carries (adapter models/v0002 came from the run of v0002)."""
    row = get_version(studio, version)
    names = [PurePosixPath(adapter["folder"]).name for adapter in row["adapters"]]
    runs = {studio.value("SELECT run FROM versions WHERE name = ?", (name,)) for name in names} | {row["run"]}
    return sorted(run for run in runs if run is not None)


def count_outside(studio: Studio, takes: list[int]) -> dict[str, int]:
    """How many of these takes were made elsewhere, by version."""
    sql = (
        "SELECT version, count(*) AS n FROM outside_takes WHERE take IN (SELECT value FROM json_each(?))"
        " GROUP BY version ORDER BY version"
    )
    return {row["version"]: row["n"] for row in studio.rows(sql, (json.dumps(takes),))}


def count_briefs(studio: Studio, takes: list[int]) -> int:
    of_take = {row["id"]: row["brief"] for row in studio.rows("SELECT id, brief FROM takes")} if takes else {}
    return len({of_take[take] for take in takes})


def describe_run(studio: Studio, run: int) -> RunBehind:
    fields = "id, version, method, snapshot_sha256, started, rights_day, rights_zone, metrics, recipe"
    row = studio.row(f"SELECT {fields} FROM runs WHERE id = ?", (run,)) or {}
    splits = studio.rows(
        f"SELECT j.split, {COUNT} AS n FROM ({USED.format(runs='?')}) j {WEIGHTS} GROUP BY j.split", (run,)
    )
    counts = {each["split"]: each["n"] for each in splits}
    metrics, data = row.pop("metrics", None), json.loads(row.pop("recipe", "{}")).get("data") or {}
    reward, library = reward_behind(metrics), library_behind(studio, run, metrics, data.get("learn_from") == "library")
    whose = {name: data.get(name) for name in ("person", "project")}
    counted = {"train": counts.get("train", 0), "heldout": counts.get("heldout", 0)}
    return cast(RunBehind, {**row, **counted, **whose, "reward": reward, "library": library})


def library_behind(studio: Studio, run: int, metrics: str | None, alone: bool) -> LibraryBehind | None:
    """`metrics`: as stored."""
    frames = studio.value("SELECT count(*) FROM run_library_items WHERE run = ?", (run,))
    if not frames:
        return None
    pairs = (json.loads(metrics) if metrics else {}).get("library_pairs") or {}
    return {"frames": frames, "alone": alone, "weight": pairs.get("weight"), "reason": pairs.get("reason")}


def name_features(reward: RewardBehind) -> str:
    """With the image encoder and its licence, where it was read by one."""
    encoder = reward["image_encoder"]
    if encoder is None:
        return reward["features"]
    licence = encoder["licence"] or "no licence named"
    return f"{reward['features']} of {encoder['name']} {encoder['sha256'][:12]} ({licence})"


def reward_behind(metrics: str | None) -> RewardBehind | None:
    """From a run's metrics as stored."""
    kept = json.loads(metrics) if metrics else {}
    model = kept.get("reward_model")
    if not model:
        return None
    return {
        "features": model["features"],
        "accuracy": model["accuracy"],
        "pairs": model.get("pairs"),
        "measured_gain": kept.get("measured_gain"),
        "image_encoder": kept.get("image_encoder") if model["features"].startswith("image_encoder") else None,
        "left_out": [name for name, each in (kept.get("signals") or {}).items() if not each["counts"]],
    }
