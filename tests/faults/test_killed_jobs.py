"""Short forms of the counts of tuning that is killed and of nights that start at once; and that they would see a fault."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.torture import killed_nights, killed_training, raced_nightly


@pytest.mark.slow
def test_killed_tuning_ends_in_the_same_bits(tmp_path: Path) -> None:
    row = killed_training.run(1, tmp_path, seed=10, most=1)  # at its second write: at a moment, it might have ended
    assert row.reached, row.counted
    assert "1 kills" in row.counted


def test_a_run_that_came_to_something_else_is_seen() -> None:
    whole = {"adapters": {"models/v0001/a": "1f"}, "losses": "[0.5]"}
    assert killed_training.differences(whole, dict(whole)) == []
    assert killed_training.differences(whole, {**whole, "losses": "[0.4]"}) == ["losses differ"]


def test_of_nights_that_start_at_once_one_runs(tmp_path: Path) -> None:
    row = raced_nightly.run(1, tmp_path, seed=1)
    assert row.reached, row.counted


def test_of_twelve_nights_that_start_at_once_one_runs(tmp_path: Path) -> None:
    raced_nightly.prepare(tmp_path)
    nights, wrong = raced_nightly.race(tmp_path, "nothing to learn", random.Random(12), many=12)
    assert (nights, wrong) == (12, [])


def test_a_night_that_should_have_left_is_seen() -> None:
    busy = "a night is already going on in process 7 on host since 2026-11-27 02:00 UTC, at its stage tune: wait for it to end"
    ended = raced_nightly.Ended
    assert raced_nightly.wrong_with(ended(8, 1, [busy]), [7], False, None) == []
    assert raced_nightly.wrong_with(ended(8, 0, []), [7], False, None)
    assert raced_nightly.wrong_with(ended(8, 1, [busy]), [6], False, None)
    assert raced_nightly.wrong_with(ended(8, 1, [busy, "Traceback"]), [7], False, None)


@pytest.mark.slow
def test_a_night_that_is_killed_in_every_stage_does_nothing_twice(tmp_path: Path) -> None:
    row = killed_nights.run(1, tmp_path, seed=1)
    assert row.reached, row.counted
