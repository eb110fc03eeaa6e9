"""Whether enough was judged for a night: what is new, and what the learning curve says with its uncertainty."""

from __future__ import annotations

import random
from typing import Any

import pytest

from feedback.judgements import ratings
from feedback.models import runs, versions
from feedback.preferences import dataset
from feedback.preferences.night_needs import FARTHEST, WORTH, Point, fit_slope, more_for, needs_of_night, suggest
from feedback.store import Studio
from tests.feedback.scene import Scene, uid

COUNTS = {"run": 5, "learned_from": 500, "new": 100, "first": None}


def points(slope: float, floor: float = 0.1, sizes: tuple[int, ...] = (100, 200, 300, 400, 500)) -> list[Point]:
    return [Point(size, floor + slope / size**0.5, 5 * size) for size in sizes]


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    for number in range(4):
        left, right = made.takes(made.brief(f"prompt {number}"))
        made.judge("ben", left, right, "left" if number else "tie")
    return made


def run(scene: Scene, judgements: int, accuracy: float, pairs: int = 400, **data: Any) -> int:
    """A finished run on all that was judged, with these metrics."""
    name = f"v{runs.next_number(scene.studio):04d}"
    behind = dataset.judgements_behind(dataset.collect(scene.studio))
    number = runs.start_run(scene.studio, "guided", {"data": data}, "0" * 64, f"runs/{name}", behind)
    versions.register_candidate(scene.studio, name, "starter", [], number)
    metrics = {"judgements": judgements, "reward_model": {"accuracy": accuracy, "pairs": pairs}}
    runs.finish_run(scene.studio, number, name, metrics)
    return number


def test_before_the_first_run_it_is_what_that_one_needs(scene: Scene) -> None:
    needs = needs_of_night(scene.studio, 16)
    assert (needs["run"], needs["new"], needs["first"], needs["worth_it"]) == (None, 3, 16, False)
    assert needs_of_night(scene.studio, 3)["worth_it"] is True


def test_new_are_those_that_stand_and_came_after_the_run(scene: Scene) -> None:
    run(scene, 4, 0.7)
    needs = needs_of_night(scene.studio, 16)
    assert (needs["run"], needs["learned_from"], needs["new"], needs["known"]) == (1, 4, 0, False)
    assert (needs["worth_it"], needs["accuracy"]) == (None, 0.7)
    scene.judge("cas", 1, 2, "left")
    scene.judge("cas", 3, 4, "skip")
    scene.judge("ben", 1, 2, "right")  # in place of his tie
    ratings.rate_take(scene.studio, scene.people["cas"], uid(), 5, 3)
    assert needs_of_night(scene.studio, 16)["new"] == 3
    run(scene, 7, 0.7, person="cas")
    assert needs_of_night(scene.studio, 16)["run"] == 1, "a run for one person is none for the studio"


def test_three_runs_make_a_curve(scene: Scene) -> None:
    for judgements, accuracy in ((100, 0.7), (200, 0.76), (400, 0.8)):
        run(scene, judgements, accuracy, 4 * judgements)
    needs = needs_of_night(scene.studio, 16)
    assert (needs["known"], needs["points"], needs["learned_from"], needs["accuracy"]) == (True, 3, 400, 0.8)
    assert needs["low"] < needs["median"] < needs["high"]  # type: ignore[operator]
    assert needs["worth_it"] is False


def test_the_number_is_where_the_curve_is_lower_by_one_in_a_hundred() -> None:
    needs = suggest(COUNTS, points(2.0))
    more = needs["median"]
    assert more is not None
    assert 2 / 500**0.5 - 2 / (500 + more) ** 0.5 == pytest.approx(WORTH, rel=0.02)
    assert (needs["new"], needs["worth_it"]) == (100, False)
    assert suggest({**COUNTS, "new": more}, points(2.0))["worth_it"]


def test_a_flat_curve_and_few_or_near_runs_give_no_number() -> None:
    assert suggest(COUNTS, points(0.0))["median"] is None
    assert suggest(COUNTS, points(0.0))["worth_it"] is None
    assert suggest(COUNTS, points(-1.0))["median"] is None
    assert not suggest(COUNTS, points(2.0, sizes=(100, 500)))["known"]
    assert not suggest(COUNTS, points(2.0, sizes=(300, 400, 500)))["known"]
    assert more_for(0.3, 500) is None, "farther than the line is good for"
    farthest = more_for(0.34, 500)
    assert farthest is not None
    assert farthest <= FARTHEST * 500


def test_the_slope_is_right_within_its_deviation() -> None:
    rng, inside = random.Random(1), 0
    for _ in range(200):
        drawn = []
        for point in points(1.5):
            wrong = sum(rng.random() < point.error for _ in range(point.pairs))
            drawn.append(Point(point.judgements, wrong / point.pairs, point.pairs))
        fitted = fit_slope(drawn)
        assert fitted is not None
        inside += abs(fitted[0] - 1.5) < 1.96 * fitted[1]
    assert inside / 200 > 0.9
