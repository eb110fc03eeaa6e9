"""The pairs that are kept in memory are those that a new start would find, whatever was drawn, hidden or shown since."""

from __future__ import annotations

import random

import numpy as np
import pytest

from feedback.models import versions
from feedback.pair_selection import pair_pool
from feedback.pair_selection.descriptors import DIMENSIONS, SCHEME
from feedback.pair_selection.pair_pool import PairPool
from feedback.pair_selection.shown_takes import GrowingArray
from feedback.production import render_queue
from feedback.store import Studio
from feedback.trials import trials
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    return Scene(studio)


def state_of(pool: PairPool) -> tuple[np.ndarray, ...]:
    """Pairs with how often they were judged, their takes' ids and descriptors."""
    ids = pool.takes.take
    return (
        pool.pair,
        pool.judged,
        pool.brief_of_pair,
        ids[pool.first],
        ids[pool.second],
        pool.differences(np.arange(len(pool.pair))),
    )


def assert_as_new(pool: PairPool, studio: Studio) -> None:
    new = PairPool()
    for each in (pool, new):
        each.read(studio)
    for kept, new_one in zip(state_of(pool), state_of(new), strict=True):
        np.testing.assert_array_equal(kept, new_one)
    assert pool.measured == new.measured
    assert (np.diff(pool.pair) > 0).all()


def describe(studio: Studio, take: int, number: float) -> None:
    sha256 = studio.value("SELECT rendition FROM takes WHERE id = ?", (take,))
    row = {"sha256": sha256, "scheme": SCHEME, "numbers": np.full(DIMENSIONS, number, "<f2").tobytes()}
    with studio.writing() as db:
        db.table("descriptors").insert(row, pk="sha256", replace=True)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_read_piece_by_piece_is_what_a_new_start_reads(scene: Scene, seed: int) -> None:
    rng, pool, studio = random.Random(seed), PairPool(), scene.studio
    briefs = [scene.brief() for _ in range(4)]
    queued = [take for _ in range(10) for take in scene_queue(scene, rng.choice(briefs))]
    rng.shuffle(queued)  # workers finish takes out of their order
    for take in queued:
        finish(scene, take)
        if rng.random() < 0.4:
            describe(studio, rng.choice(queued[: queued.index(take) + 1]), rng.random())
        if pool.pair.size and rng.random() < 0.4:
            row = rng.randrange(len(pool.pair))
            left, right = (int(pool.takes.take[side[row]]) for side in (pool.first, pool.second))
            scene.judge(rng.choice(["ana", "ben"]), left, right, "left")
        if rng.random() < 0.5:
            assert_as_new(pool, studio)
    assert_as_new(pool, studio)
    assert len(pool.pair) > 30


def scene_queue(scene: Scene, brief: int) -> list[int]:
    used = scene.studio.value("SELECT COUNT(*) FROM takes")
    return render_queue.queue_takes(scene.studio, brief, [used, used + 1])


def finish(scene: Scene, take: int) -> None:
    with scene.studio.writing() as db:
        db.execute(
            "UPDATE takes SET state = 'leased', worker = 'test', lease_expires = '2999', version = 'starter' WHERE id = ?",
            (take,),
        )
    row = scene.studio.row("SELECT id, brief, seed FROM takes WHERE id = ?", (take,))
    assert row is not None
    brief = scene.studio.row("SELECT * FROM briefs WHERE id = ?", (row["brief"],))
    scene.finish({**row, "brief_row": brief})
    assert render_queue.queue_state(scene.studio)["leased"] == 0


def test_takes_of_a_trial_leave_and_come_back(scene: Scene) -> None:
    pool, briefs = PairPool(), [scene.brief(), scene.brief()]
    for brief in briefs:
        scene.takes(brief, 3)
    assert_as_new(pool, scene.studio)
    before = len(pool.pair)
    versions.register_candidate(scene.studio, "v0001", "starter", [], None)
    trials.open_trial(scene.studio, "v0001", [briefs[0]], 2)
    scene.draw()
    assert_as_new(pool, scene.studio)
    assert len(pool.pair) == before
    trials.close_trial_of(scene.studio, "v0001", "enough")
    assert_as_new(pool, scene.studio)
    assert len(pool.pair) > before


def test_many_new_takes_at_once_are_the_same_pairs(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_pool, "MOST_CHANGED", 0)
    pool = PairPool()
    for _ in range(3):
        a, b, _ = scene.takes(scene.brief(), 3)
        scene.judge("ben", a, b, "right")
        assert_as_new(pool, scene.studio)


def test_an_older_studio_knows_which_takes_are_done(scene: Scene) -> None:
    """As Circletake left it before it noted them."""
    a, b, c = scene.takes(scene.brief(), 3)
    with scene.studio.writing() as db:
        for trigger in ("takes_noted_when_done", "takes_noted_when_made_done"):
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute("DROP TABLE done_takes")
        db.execute("DROP INDEX takes_of_rendition_poster")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm017_done_takes'")
    again = Studio.open(scene.studio.folder)
    assert [row["take"] for row in again.rows("SELECT take FROM done_takes ORDER BY number")] == [a, b, c]
    (d,) = scene.takes(scene.brief(), 1)
    assert again.value("SELECT take FROM done_takes ORDER BY number DESC") == d


def test_an_array_grows_by_doubling() -> None:
    array, copies = GrowingArray(np.int64), set()
    for number in range(10_000):
        array.extend(np.array([number]))
        copies.add(id(array.memory))
    assert array.rows.tolist() == list(range(10_000))
    assert len(copies) < 12
