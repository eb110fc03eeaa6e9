"""The doctor finds what is wrong, says it in a line, and changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from feedback.maintenance import doctor
from feedback.models import versions
from feedback.production import render_queue
from feedback.store import Studio, media
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    made.takes(made.brief(), 2)
    return made


def findings(studio: Studio) -> dict[str, tuple[bool, str]]:
    return {row["name"]: (row["ok"], row["detail"]) for row in doctor.check(studio)}


def test_healthy_studio_is_all_well(scene: Scene) -> None:
    by_name = findings(scene.studio)
    assert [name for name, (ok, _) in by_name.items() if not ok] == []
    assert list(by_name) == list(doctor.CHECKS)
    assert "2 done" in by_name["queue"][1]
    assert by_name["orphaned media"][1] == "none"


def test_missing_and_orphaned_media_are_named(scene: Scene) -> None:
    sha256 = scene.studio.value("SELECT media FROM takes WHERE id = 1")
    path = media.path_of(scene.studio, sha256)
    path.rename(path.with_name("stray.png"))
    by_name = findings(scene.studio)
    assert by_name["missing media"][0] is False
    assert sha256[:12] in by_name["missing media"][1]
    assert "1 files" in by_name["orphaned media"][1]
    assert "stray.png" in by_name["orphaned media"][1]


def test_broken_event_chain_is_found(scene: Scene) -> None:
    with scene.studio.writing() as db:
        db.execute("UPDATE events SET detail = '{}' WHERE id = 1")
    ok, detail = findings(scene.studio)["events"]
    assert not ok
    assert "event 1" in detail


def test_expired_lease_and_last_failure_are_told(scene: Scene) -> None:
    render_queue.queue_takes(scene.studio, scene.brief("another"), [1, 2])
    render_queue.lease_takes(scene.studio, "dead", 1, seconds=-5)
    ok, detail = findings(scene.studio)["queue"]
    assert not ok
    assert "1 leases ran out" in detail
    (leased,) = render_queue.lease_takes(scene.studio, "alive", 1)
    render_queue.fail_take(scene.studio, leased["id"], "alive", "the prompt is too long")
    ok, detail = findings(scene.studio)["queue"]
    assert ok
    assert "last failure: the prompt is too long" in detail


def test_missing_adapter_is_found(scene: Scene) -> None:
    adapter = {"folder": "models/v0001", "sha256": "a" * 64, "weight": 1.0}
    versions.register_candidate(scene.studio, "v0001", "starter", [adapter])
    assert findings(scene.studio)["adapters"] == (
        False,
        "models/v0001 missing: restore them, or roll back to a version without them",
    )
    (scene.studio.models_folder / "v0001").mkdir(parents=True)
    assert findings(scene.studio)["adapters"][0] is True


def test_old_sqlite_and_a_full_disk_are_said(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sqlite3, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(doctor.sqlite3, "sqlite_version", "3.40.1")
    usage = shutil.disk_usage(Path("/"))._replace(free=10)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    by_name = findings(scene.studio)
    assert by_name["sqlite"] == (True, by_name["sqlite"][1])
    assert "3.40.1; 3.51.3 fixes" in by_name["sqlite"][1]
    assert by_name["disk"][0] is False


def test_damaged_database_is_a_finding_not_a_crash(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(studio: Studio) -> tuple[bool, str]:
        raise doctor.sqlite3.DatabaseError("database disk image\nis malformed")

    monkeypatch.setitem(doctor.CHECKS, "integrity", explode)
    assert findings(scene.studio)["integrity"] == (False, "database disk image is malformed")
