"""`backup`, `restore` and `doctor` from the command line, beside a server that goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from feedback.judgements import ballots
from feedback.people import accounts
from feedback.store import Studio, media
from tests.faults.disks import read_only
from tests.ui.commands.test_cli import folder, run, run_json
from ui.cli import main

__all__ = ["folder"]


def test_a_studio_is_backed_up_rehearsed_and_restored(folder: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    made = run_json(folder, "backup", str(disk))
    assert (made["number"], made["damaged"]) == (1, [])
    assert run_json(folder, "backup", str(disk), "--keep", "1")["removed"] == [1]
    drill = {each["name"]: each for each in run_json(folder, "doctor", "--deep", "--restore-drill")["findings"]}
    assert "number 2" in drill["backup"]["detail"]
    assert "all equal; 0 ballots were cast since" in drill["restore drill"]["detail"]
    done = CliRunner().invoke(main, ["restore", str(disk), str(tmp_path / "again")])
    assert done.exit_code == 0, done.output
    assert "is the studio of backup 2" in done.output
    assert run_json(tmp_path / "again", "doctor", "--deep")["ok"]


def test_the_environment_may_name_the_folder(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(folder, "backup").exit_code == 2
    monkeypatch.setenv("CIRCLETAKE_BACKUP", str(tmp_path / "disk"))
    assert run_json(folder, "backup")["folder"] == str(tmp_path / "disk")


def test_a_backup_of_a_studio_that_has_lost_something_is_kept_and_says_so(folder: Path, tmp_path: Path) -> None:
    studio = Studio.open(folder)
    media.path_of(studio, studio.value("SELECT media FROM takes WHERE state = 'done' LIMIT 1")).unlink()
    studio.close()
    done = run(folder, "backup", str(tmp_path / "disk"))
    assert done.exit_code == 1
    assert done.stderr.startswith("the backup is there, but the studio has lost something: media/")
    assert run(folder, "doctor", "--restore-drill").exit_code == 1  # for the missing file; the drill is well


@pytest.mark.parametrize("words", [["doctor", "--number", "1"], ["doctor", "--backup", "."]])
def test_options_of_a_drill_need_one(folder: Path, words: list[str]) -> None:
    assert run(folder, *words).exit_code == 2


def test_a_drill_without_a_backup_is_a_finding(folder: Path) -> None:
    done = run(folder, "doctor", "--restore-drill")
    assert done.exit_code == 1
    assert "no backup yet" in done.output


COMMANDS = [["versions", "list"], ["user", "list"], ["doctor"], ["user", "add", "eve"], ["backup", "x"], ["tune"]]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_newer_studio_in_one_line(folder: Path, words: list[str]) -> None:
    studio = Studio.open(folder)
    with studio.writing() as db:
        row = {"migration_set": "circletake", "name": "m999_from_the_future", "applied_at": "2030-01-01"}
        db.table("_sqlite_migrations").insert(row)
    done = run(folder, *words)
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert "written by a newer Circletake (m999_from_the_future)" in done.stderr


def test_a_read_only_studio_is_read_and_exported_and_refuses_what_writes(folder: Path, tmp_path: Path) -> None:
    studio = Studio.open(folder)
    ballots.cast_ballot(studio, accounts.get_person(studio, "ana")["id"], "one", 1, 2, "left", 100)
    studio.close()
    with read_only(folder):
        assert run(folder, "versions", "list").exit_code == 0
        export = run(folder, "export", "preferences", "--format", "jsonl", "--out", str(tmp_path / "out"))
        assert export.exit_code == 0, export.output
        doctor = run(folder, "doctor")
        assert (doctor.exit_code, "Read-only file system" in doctor.output) == (1, True)
        for words in (["user", "add", "eve", "--no-password"], ["generate", "--prompt", "a house"], ["tune"]):
            refused = run(folder, *words)
            assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1), refused.output
