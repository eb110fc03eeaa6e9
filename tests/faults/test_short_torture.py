"""Short forms of the counts of `make torture` that have no file of their own."""

from __future__ import annotations

from pathlib import Path

from feedback.store import Studio
from tests.torture import (
    backup_under_load,
    damaged_files,
    disk_faults,
    hostile_media,
    killed_migrations,
    killed_promotions,
)


def test_backups_under_load_are_equal(tmp_path: Path) -> None:
    row = backup_under_load.run(2, tmp_path, seed=1)
    assert row.reached, row.counted


def test_killed_promotions_and_rollbacks_are_whole_or_not_begun(tmp_path: Path) -> None:
    row = killed_promotions.run(18, tmp_path, seed=5)
    assert row.reached, row.counted
    assert "18 kills" in row.counted


def test_a_promotion_or_rollback_that_was_half_done_is_seen(tmp_path: Path) -> None:
    for kind, name in (("promotion", "v0001"), ("rollback", "starter")):
        studio = Studio.open(killed_promotions.prepare(tmp_path / kind, kind))
        assert killed_promotions.problems(studio, kind) == []
        with studio.writing() as db:
            db.table("versions").update(name, {"state": "production"})
        assert killed_promotions.problems(studio, kind)
        studio.close()


def test_killed_migrations_are_whole_or_not_begun(tmp_path: Path) -> None:
    for name, statement in (("schema_003", 15), ("schema_009", 60)):
        assert killed_migrations.kill_and_open(name, tmp_path / "killed", statement) == []


def test_faults_of_disks_are_told_and_pass(tmp_path: Path) -> None:
    row = disk_faults.run(len(disk_faults.CASES), tmp_path, seed=0)
    assert row.reached, row.counted


def test_damaged_files_are_named(tmp_path: Path) -> None:
    """Those of checkpoints are in tests/finetune/training/test_checkpoint.py and test_resume.py."""
    row = damaged_files.run(4, tmp_path, seed=2)
    assert row.reached, row.counted


def test_hostile_media_are_read_or_refused_in_a_moment(tmp_path: Path) -> None:
    row = hostile_media.run(12, tmp_path, seed=1)
    assert row.reached, row.counted
