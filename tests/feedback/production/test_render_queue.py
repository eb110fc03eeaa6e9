"""The queue of takes: leases that come back, three attempts, promotions."""

from __future__ import annotations

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.models import versions
from feedback.production import render_queue, takes
from feedback.store import Studio
from feedback.trials import promotion
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def test_a_lease_is_one_brief_and_one_version(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    first, second = scene.brief(), scene.brief()
    ids = render_queue.queue_takes(scene.studio, first, [1, 2])
    render_queue.queue_takes(scene.studio, first, [3], version="v0001")
    render_queue.queue_takes(scene.studio, second, [4])
    leased = render_queue.lease_takes(scene.studio, "w", 10)
    assert [row["id"] for row in leased] == ids
    assert {(row["version"], row["brief_row"]["id"], row["attempts"]) for row in leased} == {("starter", first, 1)}
    assert render_queue.lease_takes(scene.studio, "w", 10)[0]["version"] == "v0001"
    assert render_queue.lease_takes(scene.studio, "w", 10)[0]["brief"] == second
    assert render_queue.lease_takes(scene.studio, "w", 10) == []


def test_expired_leases_come_back_and_end_after_three_attempts(scene: Scene) -> None:
    (take,) = render_queue.queue_takes(scene.studio, scene.brief(), [1])
    for attempt in (1, 2, 3):
        (row,) = render_queue.lease_takes(scene.studio, f"w{attempt}", 5, seconds=-1)
        assert row["attempts"] == attempt
    assert render_queue.lease_takes(scene.studio, "w4", 5) == []
    dead = takes.get_take(scene.studio, take)
    assert dead["state"] == "failed"
    assert "gave up after 3 attempts" in dead["error"]


def test_who_lost_the_lease_cannot_finish(scene: Scene) -> None:
    render_queue.queue_takes(scene.studio, scene.brief(), [1])
    render_queue.lease_takes(scene.studio, "slow", 1, seconds=-1)
    (row,) = render_queue.lease_takes(scene.studio, "test", 1)
    with pytest.raises(Refused, match="no longer leased to slow"):
        render_queue.fail_take(scene.studio, row["id"], "slow", "late")
    assert render_queue.renew_leases(scene.studio, "test", {row["id"]: 0.5}, 60) == set()
    assert takes.get_take(scene.studio, row["id"])["progress"] == 0.5
    scene.finish(row)
    state = {"queued": 0, "leased": 0, "done": 1, "failed": 0, "cancelled": 0}
    assert render_queue.queue_state(scene.studio) == state


def test_given_back_takes_cost_no_attempt(scene: Scene) -> None:
    render_queue.queue_takes(scene.studio, scene.brief(), [1, 2])
    render_queue.lease_takes(scene.studio, "w", 2)
    assert render_queue.give_back(scene.studio, "w") == 2
    assert [row["attempts"] for row in render_queue.lease_takes(scene.studio, "w", 2)] == [1, 1]


def test_production_is_read_when_a_take_is_drawn(scene: Scene) -> None:
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    render_queue.queue_takes(scene.studio, scene.brief(), [1])
    promotion.promote(scene.studio, "v0001", scene.people["ana"], force=True, reason="a test")
    assert render_queue.lease_takes(scene.studio, "w", 1)[0]["version"] == "v0001"


def test_wrong_seeds_and_unknown_names(scene: Scene) -> None:
    brief = scene.brief()
    with pytest.raises(Invalid, match="seed -1"):
        render_queue.queue_takes(scene.studio, brief, [1, -1])
    with pytest.raises(NotFound, match="v9"):
        render_queue.queue_takes(scene.studio, brief, [1], version="v9")
    with pytest.raises(NotFound, match="no brief 77"):
        render_queue.queue_takes(scene.studio, 77, [1])
    assert render_queue.queue_state(scene.studio)["queued"] == 0


def test_takes_given_back_say_what_stands_in_the_way(scene: Scene) -> None:
    first, second = scene.brief(), scene.brief("another")
    render_queue.queue_takes(scene.studio, first, [1])
    render_queue.queue_takes(scene.studio, second, [2])
    render_queue.lease_takes(scene.studio, "w", 2)
    assert render_queue.obstacle(scene.studio) is None
    render_queue.give_back(scene.studio, "w", "No space left on device: make room")
    assert render_queue.obstacle(scene.studio) == "No space left on device: make room"
    (row,) = render_queue.lease_takes(scene.studio, "w", 2, without=[first])
    assert row["brief"] == second
    assert render_queue.lease_takes(scene.studio, "w", 2, without=[first]) == []
    scene.draw()
    assert render_queue.obstacle(scene.studio) is None
