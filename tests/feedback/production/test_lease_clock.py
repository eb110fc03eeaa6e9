"""Leases come back when their worker is dead, and stay while it lives, whatever the machine's clock is set to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from feedback import clock
from feedback.production import render_queue
from feedback.store import Studio
from tests.feedback.scene import Scene

YEARS = 40 * 365


def set_clock(monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """The clock on the wall, as everybody here reads it."""

    class Clock(datetime):
        @classmethod
        def now(cls, zone: object = None) -> datetime:
            return datetime.now(UTC) + timedelta(days=days)

    monkeypatch.setattr(clock, "datetime", Clock)
    assert abs(datetime.fromisoformat(clock.now()) - datetime.now(UTC)) > timedelta(days=abs(days) - 1)


@pytest.fixture
def leased(studio: Studio) -> Scene:
    scene = Scene(studio)
    render_queue.queue_takes(studio, scene.brief(), [1, 2])
    return scene


@pytest.mark.parametrize("days", [-YEARS, -1, 1, YEARS])
def test_a_living_workers_lease_stays(leased: Scene, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    (take, other) = render_queue.lease_takes(leased.studio, "alive", 2, seconds=120)
    set_clock(monkeypatch, days)
    assert render_queue.lease_takes(leased.studio, "second", 2) == []
    assert render_queue.count_expired(leased.studio) == 0
    assert render_queue.renew_leases(leased.studio, "alive", {take["id"]: 0.5, other["id"]: 0.5}, 120) == set()
    leased.finish_as("alive", take)


@pytest.mark.parametrize("days", [-YEARS, -1, 1, YEARS])
def test_a_dead_workers_lease_comes_back(leased: Scene, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    render_queue.lease_takes(leased.studio, "dead", 2, seconds=-1)
    set_clock(monkeypatch, days)
    assert render_queue.count_expired(leased.studio) == 2
    again = render_queue.lease_takes(leased.studio, "second", 2)
    assert [row["attempts"] for row in again] == [2, 2]


@pytest.mark.parametrize("then", ["00000000-another-boot", "ffffffff-another-boot"])
def test_leases_of_another_start_of_the_machine_are_over(
    leased: Scene, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """As after the loss of power, or in a restored studio."""
    with monkeypatch.context() as before:
        before.setattr(clock, "boot", lambda: then)
        assert len(render_queue.lease_takes(leased.studio, "dead", 2, seconds=10**6)) == 2
        assert render_queue.count_expired(leased.studio) == 0
    assert render_queue.count_expired(leased.studio) == 2
    assert len(render_queue.lease_takes(leased.studio, "second", 2)) == 2


def test_leases_that_an_older_circletake_gave_are_over(leased: Scene) -> None:
    render_queue.lease_takes(leased.studio, "older", 2)
    with leased.studio.writing() as db:
        db.execute("UPDATE takes SET lease_expires = '2999-01-01T00:00:00.000000+00:00'")
    assert len(render_queue.lease_takes(leased.studio, "second", 2)) == 2


def test_moments_are_in_order_and_of_this_start() -> None:
    moments = [clock.moment(seconds) for seconds in (-(10**9), 0, 1, 10, 100, 10**5, 10**8)]
    assert moments == sorted(moments)
    assert len(set(moments)) == 7
    assert moments[-1] < clock.last_moment()
