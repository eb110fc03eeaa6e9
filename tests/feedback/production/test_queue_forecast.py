"""How many takes come before a brief's, against the queue itself, and the time that is left, where it was measured."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.clock import now
from feedback.production import briefs, projects, render_queue, shots
from feedback.production.queue_forecast import Shape, forecast_briefs, measured_seconds
from feedback.store import Studio
from tests.feedback.scene import Scene

STILL = Shape("still", 128, 128, 1, 16)


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def brief_of(scene: Scene, project: str, **fields: Any) -> int:
    if project not in {row["code"] for row in projects.list_projects(scene.studio)}:
        projects.add_project(scene.studio, project)
        shots.add_shot(scene.studio, project, "S_010")
    shot = shots.find_shot(scene.studio, "S_010", project)["id"]
    return briefs.write_brief(scene.studio, shot, "a house by day", author="ana", **fields)["id"]


def queue(scene: Scene, project: str, number: int, **fields: Any) -> int:
    brief = brief_of(scene, project)
    render_queue.queue_takes(scene.studio, brief, list(range(number)), **fields)
    return brief


def draw(scene: Scene, brief: int, seconds: float, number: int = 1) -> None:
    """Takes of a brief that were drawn together, in so many seconds."""
    ids = render_queue.queue_takes(scene.studio, brief, list(range(number)), priority=render_queue.URGENT)
    taken = render_queue.lease_takes(scene.studio, "test", number)
    assert [take["id"] for take in taken] == ids
    for take in taken:
        scene.finish(take)
    with scene.studio.writing() as db:
        for take in taken:
            db.execute("UPDATE takes SET started = ?, finished = ? WHERE id = ?", (now(), now(seconds), take["id"]))
        db.execute(
            "UPDATE takes SET started = (SELECT started FROM takes WHERE id = ?) WHERE brief = ?", (ids[0], brief)
        )


def drawn_before(scene: Scene, brief: int) -> int:
    """Takes that one worker draws before the first of the brief, one after the other."""
    for count in range(1000):
        (take,) = render_queue.lease_takes(scene.studio, "test", 1)
        scene.finish(take)
        if take["brief"] == brief:
            return count
    raise AssertionError(f"brief {brief} is not drawn")


@pytest.mark.parametrize("which", range(5))
def test_as_many_takes_come_before_as_it_says(scene: Scene, which: int) -> None:
    made = [
        queue(scene, "BIG", 7),
        queue(scene, "LATE", 2),
        queue(scene, "BIG", 3),
        queue(scene, "LATE", 3),
        queue(scene, "LAST", 1, priority=render_queue.URGENT),
        queue(scene, "BIG", 1, purpose="trial"),
    ]
    promised = forecast_briefs(scene.studio, made)[made[which]].before
    # Which project begins a round depends on whose last turn is longest ago: one more or less of each other project.
    assert abs(drawn_before(scene, made[which]) - promised) <= 2


def test_nothing_is_said_of_the_time_before_such_a_take_was_measured(scene: Scene) -> None:
    brief = queue(scene, "BIG", 2)
    assert forecast_briefs(scene.studio, [brief])[brief] == (0, None)
    draw(scene, brief_of(scene, "BIG"), 4.0)
    assert forecast_briefs(scene.studio, [brief])[brief].seconds == pytest.approx(8, abs=0.1)
    other = brief_of(scene, "BIG", width=256)
    render_queue.queue_takes(scene.studio, other, [1])
    assert forecast_briefs(scene.studio, [other])[other] == (2, None)


def test_takes_that_were_drawn_together_share_the_time(scene: Scene) -> None:
    draw(scene, brief_of(scene, "BIG"), 8.0, 4)
    assert measured_seconds(scene.studio)[STILL] == pytest.approx(2, abs=0.1)


def test_a_clock_that_was_set_back_measures_nothing(scene: Scene) -> None:
    draw(scene, brief_of(scene, "BIG"), -5.0)
    assert measured_seconds(scene.studio) == {}


def test_what_is_being_drawn_counts_by_what_is_left_of_it(scene: Scene) -> None:
    draw(scene, brief_of(scene, "BIG"), 10.0)
    first, second = queue(scene, "BIG", 1), queue(scene, "BIG", 1)
    (take,) = render_queue.lease_takes(scene.studio, "w", 1)
    render_queue.renew_leases(scene.studio, "w", {take["id"]: 0.75}, 60)
    forecast = forecast_briefs(scene.studio, [first, second])
    assert forecast[first] == (0, pytest.approx(2.5, abs=0.1))
    assert forecast[second] == (0, pytest.approx(12.5, abs=0.1))


def test_workers_side_by_side_take_less_time(scene: Scene) -> None:
    draw(scene, brief_of(scene, "BIG"), 10.0)
    brief = queue(scene, "BIG", 6)
    for worker in ("one", "two"):
        assert render_queue.lease_takes(scene.studio, worker, 1)
    assert forecast_briefs(scene.studio, [brief])[brief].seconds == pytest.approx(30, abs=0.3)


def test_takes_of_a_trial_are_no_briefs_own(scene: Scene) -> None:
    """Whoever is told that something of a brief waits, while all that they see is drawn, knows of the trial."""
    brief = queue(scene, "BIG", 2, purpose="trial")
    assert forecast_briefs(scene.studio, [brief]) == {}
    assert render_queue.lease_takes(scene.studio, "w", 1)
    assert forecast_briefs(scene.studio, [brief]) == {}


def test_briefs_that_are_drawn_have_no_forecast(scene: Scene) -> None:
    brief = brief_of(scene, "BIG")
    draw(scene, brief, 1.0)
    assert forecast_briefs(scene.studio, [brief, 999]) == {}
