"""One point from setting to record, and the ceiling beside it."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Any

from benchmarks.house_style.bench import Bench
from benchmarks.house_style.figures import compare
from benchmarks.house_style.foretelling import scorer_accuracy
from benchmarks.house_style.lessons import Lesson, take_lesson
from benchmarks.house_style.renders import BEST_OF, chosen_scenes, plain_scenes
from benchmarks.house_style.setting import Point, digest, taste_source
from benchmarks.house_style.tidy import round_numbers

NOT_MEASURED = {"win_rate": None, "held_quality": False}


def measure_point(bench: Bench, point: Point) -> dict[str, Any]:
    """The point's record, ready for JSON."""
    studio, version, lesson = take_lesson(bench, point)
    began, drawn, figures = time.monotonic(), 0.0, dict[str, object](NOT_MEASURED)
    if version is not None:
        takes, drawn = bench.draw(studio, version)
        began = time.monotonic()
        taste = point.people.taste
        yardstick = bench.yardstick(taste)
        figures = compare(yardstick.measure(takes), bench.base(taste), yardstick.real)
        bench.keep_picture(picture_name(point), takes)
    seconds = {
        "generate": lesson.generate_seconds,
        "tune": lesson.learned.seconds,
        "compare": drawn + bench.production[1] + time.monotonic() - began,
    }
    foretold = {"scorer_accuracy": scorer_accuracy(bench, studio, point)}
    return round_numbers({**described(point), **happened(lesson, version), **figures, **foretold, "seconds": seconds})


def described(point: Point) -> dict[str, Any]:
    """What was asked for."""
    return {
        "benchmark": "style",
        "key": point.key,
        "name": point.learner.name,
        "method": point.learner.method,
        "values": point.learner.values,
        "taste": point.people.taste,
        "pairs": point.pairs,
        "kind": point.house.kind,
        "seed": point.house.seed,
        "curve": point.curve,
        "x": point.x,
        "people": asdict(point.people),
    }


def happened(lesson: Lesson, version: str | None) -> dict[str, Any]:
    learned = lesson.learned
    return {
        "state": learned.state,
        "reason": learned.reason,
        "version": version,
        "judgements": sum(lesson.verdicts.values()),
        "verdicts": lesson.verdicts,
        **learned.metrics,
    }


def picture_name(point: Point) -> str:
    words = [point.people.taste, str(point.x) if point.x is not None else f"{point.pairs} pairs", point.learner.name]
    return "".join(letter if letter.isalnum() else "_" for letter in "-".join(words))


def ceiling_keys(bench: Bench, taste: str) -> dict[int, str]:
    return {k: digest("ceiling", bench.folder.name, taste, taste_source(taste), k) for k in BEST_OF}


def measure_ceiling(bench: Bench, taste: str) -> list[dict[str, Any]]:
    """Records of the renderer's best of k against plain renders, all of them real scenes."""
    folder, yardstick = bench.folder / "renders", bench.yardstick(taste)
    plain = yardstick.measure(plain_scenes(folder, bench.house, taste, bench.prompts))
    chosen, keys = chosen_scenes(folder, bench.house, taste, bench.prompts), ceiling_keys(bench, taste)
    about = {"benchmark": "style", "taste": taste, "seed": bench.house.seed, "kind": bench.house.kind}
    return [
        round_numbers({**about, "key": keys[k], "name": f"best of {k}", "ceiling": k, **figures})
        for k, figures in ((k, compare(yardstick.measure(takes), plain, yardstick.real)) for k, takes in chosen.items())
    ]
