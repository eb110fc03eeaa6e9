"""Short forms of the counts of `make torture` that have no file of their own."""

from __future__ import annotations

from pathlib import Path

from tests.torture import backup_under_load, damaged_files, disk_faults, hostile_media, killed_writers


def test_backups_under_load_are_equal(tmp_path: Path) -> None:
    row = backup_under_load.run(2, tmp_path, seed=1)
    assert row.reached, row.counted


def test_killed_migrations_and_promotions_are_whole_or_not_begun(tmp_path: Path) -> None:
    assert killed_writers.kill_at("promotion", killed_writers.new_studio(tmp_path / "one"), 12) == -9
    assert killed_writers.after_promotion(tmp_path / "one") == []
    assert killed_writers.kill_at("promotion", tmp_path / "one", 10_000) == 0
    assert killed_writers.after_promotion(tmp_path / "one") == []
    for statement in (15, 60):
        studio = killed_writers.old_studio(tmp_path / "old")
        assert killed_writers.kill_at("migration", studio, statement) == -9
        assert killed_writers.after_migration(studio) == []


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
