"""The doctor finds what is wrong, says it in a line, and changes nothing."""

from __future__ import annotations

import hashlib
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from feedback.clock import now
from feedback.judgements import notes, statuses
from feedback.judgements.ballots import cast_ballot
from feedback.maintenance import doctor, rights_checks
from feedback.maintenance.backup import make_backup
from feedback.models import runs, versions
from feedback.people.accounts import get_person
from feedback.production import render_queue
from feedback.report.morning import ending_rights
from feedback.report.rendering.headlines import describe_rights
from feedback.report.rendering.words import Words
from feedback.rights.consents import add_consent
from feedback.rights.content_credentials.studio_signer import make_tryout
from feedback.rights.contributors import add_contributor
from feedback.rights.licences import add_licence
from feedback.store import Studio, media, time_zone
from feedback.trials import promotion
from tests.faults.disks import fill, mounted, remount
from tests.feedback.scene import Scene


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    made.takes(made.brief(), 2)
    return made


def findings(studio: Studio, deep: bool = False) -> dict[str, tuple[bool, str]]:
    return {row["name"]: (row["ok"], row["detail"]) for row in doctor.check(studio, deep=deep)}


def bad(studio: Studio, deep: bool = False) -> dict[str, str]:
    return {name: detail for name, (ok, detail) in findings(studio, deep).items() if not ok}


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
    assert f"{sha256} of take 1" in by_name["missing media"][1]
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
    assert findings(scene.studio)["adapters"][0] is False
    (scene.studio.models_folder / "v0001" / "pytorch_lora_weights.safetensors").write_bytes(b"weights")
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


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_flipped_byte_in_media_is_found_by_reading_it(scene: Scene) -> None:
    path = media.path_of(scene.studio, scene.studio.value("SELECT media FROM takes WHERE id = 1"))
    assert bad(scene.studio, deep=True) == {}
    flip(path)
    assert bad(scene.studio) == {}
    (detail,) = bad(scene.studio, deep=True).values()
    assert detail.startswith(f"1 media files are altered (media/{path.parent.name}/{path.name} of take 1)")


def register(scene: Scene, name: str, content: bytes = b"weights") -> Path:
    path = scene.studio.models_folder / name / "pytorch_lora_weights.safetensors"
    path.parent.mkdir()
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    versions.register_candidate(scene.studio, name, "starter", [{"folder": f"models/{name}", "sha256": sha256}])
    return path


def test_an_altered_adapter_is_found_by_reading_it(scene: Scene) -> None:
    register(scene, "v0001")
    path = register(scene, "v0002")
    assert bad(scene.studio, deep=True) == {}
    flip(path)
    assert bad(scene.studio) == {}
    assert bad(scene.studio, deep=True)["adapter contents"].startswith("models/v0002 missing or altered")


EDITS = {
    "adapters": "UPDATE versions SET adapters = replace(adapters, 'models/v0001', 'models/v0002') WHERE name = 'v0001'",
    "weight": "UPDATE versions SET adapters = replace(adapters, '1.0', '0.5') WHERE name = 'v0001'",
    "base": "UPDATE versions SET base = '/elsewhere' WHERE name = 'v0001'",
    "run": "UPDATE versions SET run = 7 WHERE name = 'v0001'",
    "state": "UPDATE versions SET state = 'candidate' WHERE name = 'v0002'",
    "another version": "INSERT INTO versions VALUES ('v0009', 'starter', '[]', 'candidate', NULL, '2026-01-01')",
    "no version": "DELETE FROM versions WHERE name = 'v0002'",
    "promotion": "INSERT INTO promotions VALUES (99, 'v0001', 'starter', 'promote', 'ana', '2026-01-01')",
    "no promotion": "DELETE FROM promotions WHERE action = 'rollback'",
    "starter": "UPDATE versions SET base = '/elsewhere' WHERE name = 'starter'",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_row_of_versions_is_found(scene: Scene, edit: str) -> None:
    for name in ("v0001", "v0002"):
        register(scene, name)
    promotion.promote(scene.studio, "v0001", force=True, reason="seen")
    promotion.rollback(scene.studio, reason="seen")
    promotion.reject(scene.studio, "v0002", reason="seen")
    assert bad(scene.studio) == {}
    with scene.studio.writing() as db:
        db.execute(EDITS[edit])
    assert "edited by hand" in bad(scene.studio)["versions"]


def test_an_old_backup_is_told(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings(scene.studio)["backup"][0]
    make_backup(scene.studio, tmp_path / "disk")
    assert "number 1" in findings(scene.studio)["backup"][1]
    monkeypatch.setattr(doctor, "now", lambda: now(9 * 24 * 3600))
    assert "9 days old" in bad(scene.studio)["backup"]


@pytest.mark.parametrize("part", ["media", "models", "runs"])
def test_a_full_and_a_read_only_disk_are_found(studio: Studio, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "LITTLE_DISK", 0)
    with mounted(studio.folder / part, "size=64k") as folder:
        fill(folder / "filler")
        assert "No space left" in bad(studio)["disk"]
        remount(folder, "ro")
        assert "Read-only file system" in bad(studio)["disk"]
        assert not list(folder.glob(".doctor*"))


CHANGED = {
    "ballots": "UPDATE ballots SET verdict = 'left' WHERE id = 1",
    "notes": "UPDATE notes SET text = 'a bluer sky' WHERE id = 1",
    "briefs": "UPDATE briefs SET prompt = 'a horse by day' WHERE id = 1",
    "media": "UPDATE media SET bytes = bytes + 1 WHERE rowid = 1",
}


@pytest.mark.parametrize("table", CHANGED)
def test_a_judgement_that_is_not_what_was_backed_up_is_found(scene: Scene, tmp_path: Path, table: str) -> None:
    """As a flipped bit leaves it: SQLite sees nothing wrong with the page."""
    scene.judge("ana", 1, 2, "right")
    notes.write_note(scene.studio, scene.people["ana"], "n", 1, "a blue sky")
    assert "no backup" in findings(scene.studio, deep=True)["record"][1]
    make_backup(scene.studio, tmp_path / "disk")
    scene.judge("ben", 1, 2, "left")
    assert bad(scene.studio, deep=True) == {}
    with scene.studio.writing() as db:
        db.execute(CHANGED[table])
    assert bad(scene.studio) == {}
    detail = bad(scene.studio, deep=True)["record"]
    assert f"backup 1 has, 1 rows of {table}" in detail
    assert "restore" in detail


def test_what_ends_soon_is_told_before_it_does(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    studio, day = scene.studio, "2026-11-27"
    monkeypatch.setattr(time_zone, "now", lambda: f"{day}T12:00:00.000000+00:00")
    assert findings(studio)["rights"] == (True, "nothing ends within 30 days")
    add_contributor(studio, "Ada Lovelace")
    words = {"subject": "likeness", "uses": ["training", "drawing"], "described": "a face"}
    add_consent(studio, "Ada Lovelace", **words, ends="2026-12-10")
    assert findings(studio)["rights"] == (True, "consent 1 of Ada Lovelace ends on 2026-12-10")
    shown = scene.takes(scene.brief("Ada Lovelace at sea"), 2)
    who = get_person(studio, "ana")["id"]
    ballot, _ = cast_ballot(studio, who, "1", *shown, "left", 900)
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/1", [("ballot", ballot["id"], who, "train")])
    versions.register_candidate(studio, "v0001", "starter", [], run)
    promotion.promote(studio, "v0001", force=True, reason="a test")
    statuses.set_status(studio, get_person(studio, "ana"), "2", shown[0], "circled")
    ok, detail = findings(studio)["rights"]
    assert (ok, detail) == (
        False,
        f"consent 1 of Ada Lovelace ends on 2026-12-10: v0001, in production, rests on that; takes {shown[0]} of the cut"
        " cannot be exported after that; record what was renewed",
    )
    assert ending_rights(studio, None) == {"day": "2026-12-10", "production": True, "takes": 1}
    lines = describe_rights({"ending": ending_rights(studio, None), "production": "v0001"}, Words())  # type: ignore[typeddict-item]
    assert [line.split(" a consent")[0] for line in lines] == ["v0001 rests on", "1 take of the cut rests on"]
    day = "2026-12-11"
    assert findings(studio)["rights"][1].startswith(
        "v0001 is in production and may not draw: no consent of Ada Lovelace"
    )
    day = "2026-11-27"
    add_consent(studio, "Ada Lovelace", **words, starts="2026-12-01")  # what was renewed ends nothing
    assert findings(studio)["rights"] == (True, "consent 1 of Ada Lovelace ends on 2026-12-10")


def test_a_certificate_that_ends_and_films_that_are_gone_are_named(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, film = scene.studio, tmp_path / "quay.mov"
    assert findings(studio)["certificate"][1].startswith("none yet")
    until = make_tryout(studio).until
    assert findings(studio)["certificate"][0]
    for before, ok, words in (
        (31, True, "for trying out"),
        (29, False, "it ends in 29 days"),
        (-1, False, "it has ended"),
    ):
        day = (date.fromisoformat(until) - timedelta(before)).isoformat()
        monkeypatch.setattr(rights_checks, "now", lambda day=day: f"{day}T12:00:00.000000+00:00")
        assert (findings(studio)["certificate"][0], words in findings(studio)["certificate"][1]) == (ok, True)
    add_licence(studio, "Films", holder="The archive", uses=["training"])
    with studio.writing() as db:
        db.table("titles").insert({"id": 1, "name": "Quay", "licence": 1, "created": "2026"})
        row = {
            "title": 1,
            "bytes": 1,
            "kind": "film",
            "detail": "{}",
            "state": "done",
            "counts": "{}",
            "created": "2026",
        }
        db.table("library_files").insert({"id": 1, "sha256": "0" * 64, "path": str(film), **row})
    ok, detail = findings(studio)["library"]
    assert (ok, str(film) in detail) == (False, True)
    film.touch()
    assert findings(studio)["library"] == (True, "1 films and pictures, all where they were")
