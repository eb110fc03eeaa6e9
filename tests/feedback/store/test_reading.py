"""A studio that cannot be written is read and exported; a log that lies beside its database is never left out."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from feedback.errors import Refused
from feedback.exchange.export import export_preferences
from feedback.judgements import ballots
from feedback.maintenance import doctor
from feedback.maintenance.backup import make_backup
from feedback.maintenance.restore import drill
from feedback.store import Studio
from tests.faults.disks import fill, mounted, read_only
from tests.feedback.scene import Scene, uid
from tests.feedback.store.test_migrations import OLD


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    a, b = made.takes(made.brief(), 2)
    made.judge("ana", a, b, "left")
    return made


def copy_of(studio: Studio, folder: Path, *, with_log: bool) -> Path:
    """The studio as a server that was killed leaves it (its last ballots in the -wal), or as one that has ended does."""
    shutil.copytree(studio.folder, folder)
    (folder / "studio.db-shm").unlink(missing_ok=True)
    if not with_log:
        connection = sqlite3.connect(folder / "studio.db")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        assert not (folder / "studio.db-wal").exists()
    return folder


@pytest.mark.parametrize("with_log", [False, True])
def test_a_studio_on_a_read_only_disk_is_read_and_exported(scene: Scene, tmp_path: Path, with_log: bool) -> None:
    folder = copy_of(scene.studio, tmp_path / "copy", with_log=with_log)
    with read_only(folder):
        studio = Studio.open(folder)
        assert studio.is_read_only
        assert studio.value("SELECT count(*) FROM ballots") == 1
        with pytest.raises(Refused, match="is read-only here"):
            ballots.cast_ballot(studio, scene.people["ben"], uid(), 1, 2, "left", 100)
        export_preferences(studio, "jsonl", tmp_path / "out")
        findings = {each["name"]: each for each in doctor.check(studio, deep=True)}
        assert [name for name, each in findings.items() if not each["ok"]] in ([], ["disk"])
        make_backup(studio, tmp_path / "disk")
        assert drill(tmp_path / "disk")["differences"] == []
        studio.close()
    assert Studio.open(folder).value("SELECT count(*) FROM ballots") == 1


def test_a_live_studio_is_read_through_a_read_only_mount(scene: Scene) -> None:
    with read_only(scene.studio.folder):
        studio = Studio.open(scene.studio.folder)
        assert studio.value("SELECT count(*) FROM ballots") == 1


def test_an_old_studio_on_a_read_only_disk_is_read_with_todays_tables(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    connection = sqlite3.connect(folder / "studio.db")
    connection.executescript(OLD)
    connection.close()
    before = (folder / "studio.db").read_bytes()
    with read_only(folder):
        assert Studio.open(folder).value("SELECT count(*) FROM take_counts") >= 1
    assert (folder / "studio.db").read_bytes() == before


def test_a_full_disk_does_not_keep_a_studio_from_being_read(scene: Scene, tmp_path: Path) -> None:
    with mounted(tmp_path / "small") as disk:
        folder = copy_of(scene.studio, disk / "studio", with_log=True)
        fill(disk / "filler")
        assert Studio.open_to_read(folder).value("SELECT count(*) FROM ballots") == 1


@contextmanager
def as_it_is(folder: Path) -> Iterator[Path]:
    yield folder


@pytest.mark.parametrize("disk", [as_it_is, read_only])
def test_a_newer_studio_is_refused_and_left_as_it_is(
    scene: Scene, tmp_path: Path, disk: type[AbstractContextManager[Path]]
) -> None:
    folder = copy_of(scene.studio, tmp_path / "copy", with_log=False)
    connection = sqlite3.connect(folder / "studio.db")
    row = ("circletake", "m999_from_the_future", "2030-01-01")
    connection.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)", row)
    connection.execute("CREATE TABLE from_the_future (id INTEGER)")
    connection.commit()
    dump = list(connection.iterdump())
    connection.close()
    with disk(folder), pytest.raises(Refused, match=r"studio\.db was written by a newer Circletake \(m999") as refusal:
        Studio.open(folder)
    assert "\n" not in str(refusal.value)
    connection = sqlite3.connect(folder / "studio.db")
    assert list(connection.iterdump()) == dump
    connection.close()
