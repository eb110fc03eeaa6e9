"""A backup is a whole studio at one moment, taken while others write; a second one copies only what is new."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from feedback.errors import Conflict, Invalid, NotFound, Refused
from feedback.judgements import ballots
from feedback.maintenance import backup, backup_folder, doctor, restore
from feedback.maintenance.backup import make_backup
from feedback.models import runs
from feedback.store import Studio, media
from feedback.store.last_backup import last_backup
from tests.feedback.scene import Scene, uid


@pytest.fixture
def scene(studio: Studio) -> Scene:
    made = Scene(studio)
    a, b = made.takes(made.brief(), 2)
    made.judge("ana", a, b, "left")
    (studio.models_folder / "v0001").mkdir()
    (studio.models_folder / "v0001" / "pytorch_lora_weights.safetensors").write_bytes(b"weights")
    (studio.runs_folder / "1" / "step_10").mkdir(parents=True)
    (studio.runs_folder / "1" / "step_10" / "state.json").write_text("{}")
    (studio.folder / "recipe.yaml").write_text("method: guided\n")
    return made


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    return tmp_path / "disk"


def restored(disk: Path, target: Path, number: int | None = None) -> Studio:
    assert restore.restore(disk, target, number)["damaged"] == []
    return Studio.open(target)


def files_of(folder: Path) -> dict[str, bytes]:
    names = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("studio.db")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in names}


def test_a_restored_studio_is_the_one_that_was_backed_up(scene: Scene, disk: Path, tmp_path: Path) -> None:
    made = make_backup(scene.studio, disk)
    again = restored(disk, tmp_path / "again")
    tables = backup.check_copy(again.database_path)
    assert tables.keys() > {"ballots", "takes", "events"}
    for table in tables.keys() - {"settings"}:  # where the last backup lies is noted after it was made
        everything = f'SELECT * FROM "{table}"'
        assert again.rows(everything) == scene.studio.rows(everything), table
    assert files_of(again.folder) == files_of(scene.studio.folder)
    assert (made["number"], made["rows"], made["damaged"]) == (1, sum(tables.values()), [])
    assert [each["name"] for each in doctor.check(again) if not each["ok"]] == []


def test_a_second_backup_copies_only_what_is_new(scene: Scene, disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = 1_600_000_000
    for path in scene.studio.folder.rglob("*"):
        os.utime(path, (long_ago, long_ago))
    monkeypatch.setattr(backup, "SETTLED", -1.0)  # the time of change cannot be set back
    first = make_backup(scene.studio, disk)
    scene.takes(scene.brief("another"), 1)
    kept: list[Path] = []
    real = backup.keep_content
    monkeypatch.setattr(backup, "keep_content", lambda source, folder: kept.append(source) or real(source, folder))
    second = make_backup(scene.studio, disk)
    assert (first["copied"], second["copied"]) == (first["files"], 1)
    assert [path.suffix for path in kept] == [".png"]


def test_an_earlier_backup_stays_as_it_was(scene: Scene, disk: Path, tmp_path: Path) -> None:
    make_backup(scene.studio, disk)
    (scene.studio.folder / "recipe.yaml").write_text("method: dpo\n")
    ballots.cast_ballot(scene.studio, scene.people["ben"], uid(), 1, 2, "right", 100)
    make_backup(scene.studio, disk)
    older, newer = restored(disk, tmp_path / "older", 1), restored(disk, tmp_path / "newer")
    assert [each.value("SELECT count(*) FROM ballots") for each in (older, newer)] == [1, 2]
    recipes = [(each.folder / "recipe.yaml").read_text() for each in (older, newer)]
    assert recipes == ["method: guided\n", "method: dpo\n"]


def test_a_file_that_changes_within_the_clocks_grain_is_copied_again(scene: Scene, disk: Path, tmp_path: Path) -> None:
    path = scene.studio.folder / "recipe.yaml"
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    make_backup(scene.studio, disk)
    path.write_text("method: sdpo22\n"[:15])
    os.utime(path, ns=times)
    make_backup(scene.studio, disk)
    assert (restored(disk, tmp_path / "again").folder / "recipe.yaml").read_text() == "method: sdpo22\n"


def test_ballots_are_cast_while_a_backup_is_made(scene: Scene, disk: Path, tmp_path: Path) -> None:
    """What was acknowledged before it began is in it, and nobody who judges meanwhile waits or fails."""
    acknowledged: list[int] = []
    ends = threading.Event()

    def vote() -> None:
        own = Studio.open(scene.studio.folder)
        while not ends.is_set():
            row, _ = ballots.cast_ballot(own, scene.people["ben"], uid(), 1, 2, "tie", 100)
            acknowledged.append(row["id"])
        own.close()

    voter = threading.Thread(target=vote)
    voter.start()
    try:
        for number in (1, 2, 3):
            while len(acknowledged) < 20 * number:
                pass
            before = set(acknowledged)
            make_backup(scene.studio, disk)
            again = restored(disk, tmp_path / str(number))
            assert before <= {row["id"] for row in again.rows("SELECT id FROM ballots")}
            assert restore.drill(disk)["differences"] == []
    finally:
        ends.set()
        voter.join()


KILLED = """
import os, sys
from pathlib import Path
from feedback.maintenance import backup, backup_folder
from feedback.store import Studio
left = int(sys.argv[3])
def counting(real):
    def call(*words, **more):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
        return real(*words, **more)
    return call
os.fsync, Path.rename = counting(os.fsync), counting(Path.rename)
backup.make_backup(Studio.open(sys.argv[1]), Path(sys.argv[2]))
print("done")
"""


def test_a_backup_that_is_killed_anywhere_leaves_the_one_before(scene: Scene, disk: Path, tmp_path: Path) -> None:
    make_backup(scene.studio, disk)
    scene.takes(scene.brief("another"), 2)
    (scene.studio.folder / "recipe.yaml").write_text("method: dpo\n")
    step, killed = 0, 0
    while True:
        words = [sys.executable, "-c", KILLED, str(scene.studio.folder), str(disk), str(step)]
        done = subprocess.run(words, capture_output=True, text=True, cwd=Path(__file__).parents[3])
        if "done" in done.stdout:
            break
        assert done.returncode == -9, done.stderr
        killed, step = killed + 1, step + 5
        last = backup_folder.numbers_in(disk)[-1]
        assert restore.drill(disk)["differences"] == [], f"killed at step {step}, backup {last}"
    assert killed >= 3
    assert not list(disk.rglob("*.partial"))
    assert restore.drill(disk)["differences"] == []


def test_restoring_goes_on_where_it_was_interrupted(
    scene: Scene, disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(scene.studio, disk)
    real, target = restore.copy_hashing, tmp_path / "again"

    def fail(source: Path, written: Path) -> tuple[str, int]:
        if written.name.startswith("studio.db"):
            raise KeyboardInterrupt
        return real(source, written)

    monkeypatch.setattr(restore, "copy_hashing", fail)
    with pytest.raises(KeyboardInterrupt):
        restore.restore(disk, target)
    with pytest.raises(NotFound):
        Studio.open(target)
    monkeypatch.setattr(restore, "copy_hashing", real)
    assert restored(disk, target).value("SELECT count(*) FROM ballots") == 1
    with pytest.raises(Refused, match="not empty"):
        restore.restore(disk, target)


@pytest.mark.parametrize("content", ["studio", "file"])
def test_nothing_is_ever_restored_over(scene: Scene, disk: Path, tmp_path: Path, content: str) -> None:
    make_backup(scene.studio, disk)
    target = scene.studio.folder
    if content == "file":
        target = tmp_path / "taken"
        target.write_text("mine")
    with pytest.raises(Refused, match=r"is not empty|is no folder"):
        restore.restore(disk, target)
    assert scene.studio.value("SELECT count(*) FROM ballots") == 1


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_flipped_byte_in_a_backup_is_named_and_the_rest_is_restored(scene: Scene, disk: Path, tmp_path: Path) -> None:
    make_backup(scene.studio, disk)
    path = media.path_of(scene.studio, scene.studio.value("SELECT media FROM takes WHERE id = 1"))
    flip(backup_folder.place_of(disk, path.parent.name + path.stem))
    made = restore.restore(disk, tmp_path / "again")
    assert made["damaged"] == [f"media/{path.parent.name}/{path.name} is altered in the backup"]
    assert Studio.open(tmp_path / "again").value("SELECT count(*) FROM ballots") == 1
    assert restore.drill(disk)["differences"]


@pytest.mark.parametrize(("name", "error"), [("studio.db", Refused), ("manifest.json", Invalid)])
def test_a_flipped_byte_in_its_record_refuses_a_backup(
    scene: Scene, disk: Path, tmp_path: Path, name: str, error: type[Exception]
) -> None:
    make_backup(scene.studio, disk)
    make_backup(scene.studio, disk)
    flip(disk / "backups" / "2" / name)
    with pytest.raises(error, match=rf"{name}.*--number"):
        restore.restore(disk, tmp_path / "again")
    assert restored(disk, tmp_path / "again", 1).value("SELECT count(*) FROM ballots") == 1


def test_a_manifest_that_leads_out_of_the_studio_is_refused(scene: Scene, disk: Path, tmp_path: Path) -> None:
    make_backup(scene.studio, disk)
    path = disk / "backups" / "1" / "manifest.json"
    manifest = backup_folder.read_manifest(path.parent)
    for hostile in ("../../stolen", "/tmp/stolen", "studio.db"):
        manifest["files"][0] = manifest["files"][0]._replace(path=hostile)
        backup_folder.write_manifest(path, manifest)
        with pytest.raises(Refused, match="outside of a studio"):
            restore.restore(disk, tmp_path / hostile.replace("/", "_"))
    assert not (tmp_path / "stolen").exists()


def test_what_the_studio_has_lost_is_named_and_comes_back_from_an_earlier_backup(
    scene: Scene, disk: Path, tmp_path: Path
) -> None:
    make_backup(scene.studio, disk)
    scene.takes(scene.brief("another"), 1)
    lost = [
        media.path_of(scene.studio, scene.studio.value(f"SELECT media FROM takes WHERE id = {id}")) for id in (1, 3)
    ]
    for path in lost:
        path.unlink()
    made = make_backup(scene.studio, disk)
    assert len(made["damaged"]) == 2
    assert "has its content" in made["damaged"][0] + made["damaged"][1]
    again = restored(disk, tmp_path / "again")
    assert [(again.folder / path.relative_to(scene.studio.folder)).is_file() for path in lost] == [True, False]
    assert restore.drill(disk)["differences"] == []


def test_a_damaged_database_makes_no_backup(scene: Scene, disk: Path) -> None:
    make_backup(scene.studio, disk)
    broken = shutil.copytree(scene.studio.folder, scene.studio.folder.with_name("broken"))
    connection = sqlite3.connect(broken / "studio.db")
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA writable_schema=ON")
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ballots'").fetchone()[0]
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    connection.close()
    with (broken / "studio.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * 64)
    with pytest.raises((Refused, sqlite3.DatabaseError)):
        make_backup(Studio(broken), disk)
    assert backup_folder.numbers_in(disk) == [1]


def test_only_a_folder_of_this_studios_backups_is_taken(scene: Scene, disk: Path, tmp_path: Path) -> None:
    for folder, reason in ((scene.studio.folder / "backup", "inside the studio"), (tmp_path, "other things")):
        with pytest.raises(Refused, match=reason):
            make_backup(scene.studio, folder)
    make_backup(Studio.create(tmp_path / "other"), disk)
    with pytest.raises(Refused, match="another studio"):
        make_backup(scene.studio, disk)


def test_one_backup_is_made_at_a_time(scene: Scene, disk: Path) -> None:
    with backup_folder.locked(disk), pytest.raises(Refused, match="another backup"):
        make_backup(scene.studio, disk)


def test_older_backups_go_with_what_only_they_have(scene: Scene, disk: Path, tmp_path: Path) -> None:
    for number in range(3):
        (scene.studio.folder / "recipe.yaml").write_text(f"seed: {number}\n")
        made = make_backup(scene.studio, disk, keep=2)
    assert made["removed"] == [1]
    assert backup_folder.numbers_in(disk) == [2, 3]
    contents = {path.read_bytes() for path in (disk / "files").rglob("*") if path.is_file()}
    assert {b"seed: 1\n", b"seed: 2\n"} < contents
    assert b"seed: 0\n" not in contents
    assert [restore.drill(disk, number)["differences"] for number in (2, 3)] == [[], []]
    with pytest.raises(NotFound, match=r"no backup 1 .*; there are 2, 3"):
        restore.restore(disk, tmp_path / "again", 1)


def test_the_studio_remembers_its_last_backup(scene: Scene, disk: Path) -> None:
    assert last_backup(scene.studio) is None
    make_backup(scene.studio, disk)
    known = last_backup(scene.studio)
    assert known is not None
    assert (known["folder"], known["number"]) == (str(disk), 1)


def test_a_drill_says_what_differs(scene: Scene, disk: Path) -> None:
    make_backup(scene.studio, disk)
    path = disk / "backups" / "1" / "manifest.json"
    manifest = backup_folder.read_manifest(path.parent)
    manifest["counts"]["ballots"] += 1
    backup_folder.write_manifest(path, manifest)
    assert restore.drill(disk)["differences"] == ["table ballots has 1 rows, not 2"]


def test_a_checkpoint_that_is_pruned_meanwhile_is_not_kept_in_part(
    scene: Scene, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = scene.studio.runs_folder / "1" / "step_10"
    (checkpoint / "weights").write_bytes(b"many")
    real = backup.keep_file

    def prune(studio: Path, folder: Path, known: dict, path: str) -> object:
        kept = real(studio, folder, known, path)
        if path.endswith("state.json"):
            shutil.rmtree(checkpoint)
        return kept

    monkeypatch.setattr(backup, "keep_file", prune)
    monkeypatch.setattr(backup, "AT_ONCE", 1)
    make_backup(scene.studio, disk)
    paths = [file.path for file in backup_folder.read_manifest(disk / "backups" / "1")["files"]]
    assert not [path for path in paths if path.startswith("runs/")]


def test_a_run_and_its_judgements_are_kept(scene: Scene, disk: Path, tmp_path: Path) -> None:
    run = runs.start_run(scene.studio, "guided", {}, "a" * 64, "runs/1", [("ballot", 1, scene.people["ana"], "train")])
    make_backup(scene.studio, disk)
    again = restored(disk, tmp_path / "again")
    assert runs.get_run(again, run)["state"] == "running"
    with pytest.raises(Conflict):
        runs.start_run(again, "guided", {}, "a" * 64, "runs/2", [])
