"""The studio folder, its one writer, its tables, and the audit chain."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from feedback.errors import Invalid, NotFound, Refused
from feedback.store import Studio, audit_log


def test_durability_settings(studio: Studio) -> None:
    with studio.writing() as db:
        settings = [
            db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]


def test_a_studio_is_made_once_and_opened_by_its_folder(studio: Studio, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="is a studio already"):
        Studio.create(studio.folder)
    with pytest.raises(NotFound, match="no studio in"):
        Studio.open(tmp_path / "elsewhere")
    again = Studio.open(studio.folder)
    assert again.setting("name") == "studio"
    assert again._writer is studio._writer  # one locked writer per process


def test_what_is_read_together_is_of_one_moment(studio: Studio) -> None:
    studio.set_setting("a", "1")
    with studio.reading(), studio.reading():
        assert studio.setting("a") == "1"
        other = threading.Thread(target=studio.set_setting, args=("a", "2"))
        other.start()
        other.join()
        assert studio.setting("a") == "1"
    assert studio.setting("a") == "2"
    with studio.writing():
        studio.set_setting("a", "3")
        with studio.reading():
            assert studio.setting("a") == "3"


def test_a_transaction_is_kept_whole_or_not_at_all(studio: Studio) -> None:
    def write_and_fail() -> None:
        with studio.writing():
            studio.set_setting("a", "1")
            audit_log.record(studio, "ana", "test", "a")
            raise KeyError("halfway")

    with pytest.raises(KeyError):
        write_and_fail()
    assert studio.setting("a") is None
    assert studio.value("SELECT count(*) FROM events WHERE action = 'test'") == 0
    studio.set_setting("a", "2")  # the writer works on
    assert studio.setting("a") == "2"


def test_one_sees_ones_own_writes_and_others_do_not(studio: Studio) -> None:
    seen: list[str | None] = []
    with studio.writing():
        studio.set_setting("a", "1")
        assert studio.setting("a") == "1"
        other = threading.Thread(target=lambda: seen.append(studio.setting("a")))
        other.start()
        other.join()
    assert seen == [None]
    assert studio.setting("a") == "1"


def test_a_broken_rule_leaves_the_writer_usable(studio: Studio) -> None:
    def end_it_twice() -> None:
        with studio.writing() as db:
            db.execute("ROLLBACK")  # as SQLite itself does when the disk is full

    with pytest.raises(sqlite3.OperationalError):
        end_it_twice()
    studio.set_setting("a", "1")
    assert studio.setting("a") == "1"


def test_readers_cannot_write(studio: Studio) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        studio.rows("DELETE FROM settings")


def test_foreign_keys_are_kept(studio: Studio) -> None:
    with pytest.raises(sqlite3.IntegrityError), studio.writing() as db:
        db.table("ratings").insert({"uid": "u", "person": 99, "take": 99, "stars": 3, "created": "now"})


def test_a_database_that_was_emptied_is_no_new_studio(tmp_path: Path) -> None:
    Studio.create(tmp_path / "made").close()
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "studio.db").touch()
    with pytest.raises(Invalid, match=r"studio\.db is damaged, it is empty: .*circletake restore"):
        Studio.open(tmp_path / "cut")
    assert (tmp_path / "cut" / "studio.db").stat().st_size == 0
