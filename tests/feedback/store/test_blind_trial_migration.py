"""A trial of before becomes one batch with the limits of new ones, and each studio gets a secret of its own."""

from __future__ import annotations

from pathlib import Path

from feedback.models import versions
from feedback.store import Studio
from feedback.trials import results, trials
from tests.feedback.scene import Scene

OLD = ("ALTER TABLE trials DROP COLUMN people", "ALTER TABLE trials DROP COLUMN share", "DROP TABLE secrets")
OLD += ("DROP TABLE trial_unblindings", "DROP INDEX trial_pairs_of_baseline")
OLD += ("ALTER TABLE trial_pairs DROP COLUMN batch", "DELETE FROM _sqlite_migrations WHERE name = 'm015_blind_trials'")


def test_a_studio_of_before(tmp_path: Path) -> None:
    scene = Scene(Studio.create(tmp_path / "old"))
    key = scene.studio.value("SELECT value FROM secrets")
    versions.register_candidate(scene.studio, "v0001", "starter", [])
    trial = trials.open_trial(scene.studio, "v0001", [scene.brief()], 9)
    scene.draw()
    for row in scene.studio.rows("SELECT * FROM trial_pairs"):
        scene.judge("ben", row["candidate_take"], row["baseline_take"], "left")
    with scene.studio.writing() as db:
        for statement in OLD:
            db.execute(statement)
    again = Studio.open(tmp_path / "old")
    assert (trials.get_trial(again, trial)["people"], again.value("SELECT max(batch) FROM trial_pairs")) == (3, 1)
    record = results.trial_results(again, trial)
    assert (record["pairs_judged"], record["counted"], record["left"]) == (3, 0, 6)
    assert len(again.value("SELECT value FROM secrets")) == 32
    assert again.value("SELECT value FROM secrets") != key
    again.close()
