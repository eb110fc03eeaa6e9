"""How a point gets the version it measures: one run of judging and tuning, or several nights of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from benchmarks.style.bench import JUDGED, NIGHTS, Bench
from benchmarks.style.judging import briefs_needed, judge
from benchmarks.style.learners import Learned, learn
from benchmarks.style.prompts import judged_prompts
from benchmarks.style.setting import PAIRINGS, Point
from benchmarks.style.stock import copy_studio, draw_briefs, drawing_seconds
from feedback.durable_files import write_text
from feedback.models import versions
from feedback.store import Studio
from feedback.trials import promotion
from generation.media.descriptor_extraction import look_at_all

SHOT = "JUDGED"


@dataclass(frozen=True)
class Lesson:
    """What was judged and what came of it. Plain values only: nights are kept as JSON."""

    learned: Learned
    verdicts: dict[str, int] = field(default_factory=dict)
    generate_seconds: float = 0.0


def take_lesson(bench: Bench, point: Point) -> tuple[Studio, str | None, Lesson]:
    """(the studio, the version to measure or None after a refusal, what happened)."""
    return play_nights(bench, point) if point.night else run_once(bench, point)


def run_once(bench: Bench, point: Point) -> tuple[Studio, str | None, Lesson]:
    """Judgements of production's takes, one tuning run, no promotion."""
    studio, briefs = judged_copy(bench, point, bench.folder / "points" / point.key)
    lesson = judge_and_learn(bench, point, studio, briefs)
    return studio, lesson.learned.version, lesson


def judged_copy(bench: Bench, point: Point, folder: Path) -> tuple[Studio, list[int]]:
    """A copy of the stock, which is drawn as far as this point needs it first, and the briefs to judge."""
    count = briefs_needed(point.people, bench.house.takes, point.pairs)
    briefs = draw_briefs(bench.stock, bench.house, shot_of(point), judged_prompts(bench.house, count), JUDGED)
    if point.people.pairing == "active":
        look_at_all(bench.stock)  # a stock of long ago may have takes without looks
    return copy_studio(bench.stock, folder), briefs


def shot_of(point: Point) -> str:
    """A stock of a fixed size is a shot of its own, or what else was drawn in this folder would be dealt too."""
    return SHOT if point.people.pairing == PAIRINGS[0] else f"STOCK_{point.people.stock}"


def judge_and_learn(bench: Bench, point: Point, studio: Studio, briefs: list[int]) -> Lesson:
    panel = bench.panel(point.people)
    verdicts = judge(studio, point.people, panel, briefs, point.pairs, bench.house.seed)
    drawn = drawing_seconds(studio, len(briefs) * bench.house.takes)
    return Lesson(learn(studio, point.learner, bench.house.seed), dict(verdicts), drawn)


def play_nights(bench: Bench, point: Point) -> tuple[Studio, str | None, Lesson]:
    """Night after night: judge what production draws now, tune, promote; a refused night keeps production.

    Finished nights are kept, so that the next point of the curve goes on from this one.
    """
    folder = bench.folder / "nights" / replace(point, night=None, x=None).key
    started = (folder / "studio" / "studio.db").exists()
    studio = Studio.open(folder / "studio") if started else judged_copy(bench, point, folder / "studio")[0]
    lessons = [
        keep_lesson(folder / f"night_{night}.json", lambda night=night: one_night(bench, point, studio, night))  # type: ignore[misc]
        for night in range(1, int(point.night or 0) + 1)
    ]
    return studio, version_after(bench, lessons), sum_up(lessons)


def version_after(bench: Bench, lessons: list[Lesson]) -> str:
    """What was in production after the last of these nights; the studio may have seen later ones since."""
    made = [lesson.learned.version for lesson in lessons if lesson.learned.version]
    return made[-1] if made else versions.production_version(bench.stock)


def one_night(bench: Bench, point: Point, studio: Studio, night: int) -> Lesson:
    lesson = judge_and_learn(bench, point, studio, briefs_of_night(bench, point, studio, night))
    if lesson.learned.version:
        promotion.promote(studio, lesson.learned.version, force=True, reason="the benchmark promotes every candidate")
    return lesson


def briefs_of_night(bench: Bench, point: Point, studio: Studio, night: int) -> list[int]:
    """The first night judges the stock's takes; later ones have new briefs, drawn by production as it is by then."""
    count = briefs_needed(point.people, bench.house.takes, point.pairs)
    prompts = judged_prompts(bench.house, count, first=(night - 1) * count)
    shot, use = (shot_of(point), JUDGED) if night == 1 else (f"NIGHT_{night}", NIGHTS + night)
    return draw_briefs(studio, bench.house, shot, prompts, use)


def keep_lesson(path: Path, make: Callable[[], Lesson]) -> Lesson:
    if not path.is_file():
        write_text(path, json.dumps(asdict(make())))
    found = json.loads(path.read_text())
    return Lesson(**{**found, "learned": Learned(**found["learned"])})


def sum_up(lessons: list[Lesson]) -> Lesson:
    """Counts and seconds of all nights; the state and the metrics are the last night's."""
    names = sorted({name for lesson in lessons for name in lesson.verdicts})
    verdicts = {name: sum(lesson.verdicts.get(name, 0) for lesson in lessons) for name in names}
    learned = replace(lessons[-1].learned, seconds=sum(lesson.learned.seconds for lesson in lessons))
    return Lesson(learned, verdicts, sum(lesson.generate_seconds for lesson in lessons))
