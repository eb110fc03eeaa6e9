"""What a night writes down: a line a stage, a report; what its preflight refuses; and nights of several projects."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from feedback.errors import Interrupted, NotFound, Refused
from feedback.maintenance.backup_folder import numbers_in
from feedback.models import nights, runs, versions
from feedback.production import projects
from feedback.store import Studio
from feedback.trials.counting import Limits
from finetune.jobs import nightly as job
from finetune.jobs.morning_report import write_report
from finetune.jobs.night import preflight
from finetune.jobs.night.lease import night_lease
from finetune.jobs.night.stages import STAGES, StageLine, read_lines
from finetune.settings import Recipe
from tests.finetune.judged import quick

RECIPE = quick(max_winner_error=2)
OPTIONS = job.NightOptions(pairs=6, limits=Limits(people=1, share=1.0), progress=False)


def spend(studio: Studio, recipe: Recipe = RECIPE, **changes: object) -> tuple[job.NightlyResult, list[StageLine]]:
    lines: list[StageLine] = []
    options = replace(OPTIONS, **changes)  # type: ignore[arg-type]
    return job.nightly(studio, recipe, options=options, follow=lines.append), lines


def ends(lines: list[StageLine]) -> dict[str, str]:
    return {line["stage"]: line["state"] for line in lines if line["state"] != "started"}


def test_each_stage_begins_and_ends_with_a_line(studio: Studio, tmp_path: Path) -> None:
    result, lines = spend(studio, backup=tmp_path / "backups", tune_prompts=lambda given: "a writer learned")
    assert [line["stage"] for line in lines] == [stage for stage in STAGES for _ in range(2)]
    assert [line["state"] for line in lines] == ["started", "done"] * len(STAGES)
    by_stage = {line["stage"]: line["result"] for line in lines if line["state"] == "done"}
    assert by_stage["backup"].startswith(f"backup 1 in {tmp_path / 'backups'}: ")
    assert by_stage["snapshot"].startswith("run 1: ")
    assert by_stage["tune"].startswith("6 steps, step ")
    assert by_stage["evaluate"].startswith("held-out accuracy ")
    assert by_stage["register"] == "v0001 is a candidate"
    assert by_stage["trial"] == "trial 1 is open: v0001 plays 6 pairs against tiny"
    assert by_stage["prompts"] == "a writer learned"
    date = nights.get_night(studio, result["night"])["started"][:10]
    assert read_lines(studio, date) == lines
    report = Path(result["report"]).read_text()
    assert "Night 1: v0001 is a new candidate." in report
    assert "- A blind trial of v0001 is open: how it stands is shown when it is over." in report
    assert "- trial 1 is open: v0001 plays 6 pairs against tiny" in report
    check_second_night(studio, date)


def check_second_night(studio: Studio, date: str) -> None:
    """It is one of its own, which finds nothing to do; both are in the report, also where a line was cut off."""
    result, lines = spend(studio)
    assert ends(lines)["snapshot"] == "skipped"
    assert ends(lines)["backup"] == "skipped"
    assert "tune" not in ends(lines)
    assert (result["night"], result["state"]) == (2, "unchanged")
    with (studio.runs_folder / "nights" / f"{date}.jsonl").open("a") as file:
        file.write('{"time": "cut o')
    report = write_report(studio, date).read_text()
    assert "Night 2: nothing new to learn from." in report
    assert "| 1 | register | done |" in report
    assert json.loads((studio.runs_folder / "nights" / f"{date}.json").read_text())["open"] == ["v0001"]
    assert "No night followed this day." in write_report(studio, "2020-01-01").read_text()


def test_too_few_judgements_are_no_failure(empty: Studio) -> None:
    result, lines = spend(empty)
    assert (result["state"], result["too_few"]) == ("refused", True)
    assert ends(lines) == {
        "preflight": "done",
        "backup": "skipped",
        "advance": "done",
        "snapshot": "refused",
        "draw": "done",
        "trial": "done",
        "prompts": "skipped",
        "report": "done",
    }
    assert nights.get_night(empty, 1)["state"] == "refused"
    assert "judge at least" in Path(result["report"]).read_text()


def test_a_night_that_is_stopped_between_two_stages_goes_on(empty: Studio) -> None:
    lines: list[StageLine] = []
    stop = Event()

    def stop_at_advance(line: StageLine) -> None:
        lines.append(line)
        if line["stage"] == "advance":
            stop.set()

    with night_lease(empty, stop) as lease, pytest.raises(Interrupted, match=r"the same command again continues it"):
        job.nightly(empty, RECIPE, options=OPTIONS, follow=stop_at_advance, lease=lease)
    assert (lines[-1]["stage"], lines[-1]["state"]) == ("snapshot", "interrupted")
    assert nights.get_night(empty, 1)["state"] == "interrupted"
    result, after = spend(empty)
    assert result["night"] == 1
    assert "advance" not in ends(after)


Free = namedtuple("Free", "total used free")


def test_preflight_refuses_what_could_not_end_well(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("feedback.maintenance.doctor.shutil.disk_usage", lambda place: Free(9, 9, 10**6))
        with pytest.raises(Refused, match=r"disk: .*0.0 GiB free: make room"):
            spend(studio)
    with monkeypatch.context() as patch:
        patch.setattr(preflight, "free_bytes", lambda device: 1000)
        with pytest.raises(Refused, match=r"0.0 GiB of memory are free, and the largest part .*: end what else runs"):
            spend(studio)
    with pytest.raises(Refused, match=r"image encoder|config.json"):
        spend(studio, quick(method="guided", image_encoder="/no/such/folder"))
    assert [nights.get_night(studio, number)["state"] for number in (1, 2, 3)] == ["refused"] * 3
    assert not runs.list_runs(studio), "nothing has begun"
    refuse_lost_base(studio)


def refuse_lost_base(studio: Studio) -> None:
    base = Path(versions.get_version(studio, "tiny")["base"])
    away = base.with_name("away")
    shutil.move(base, away)
    try:
        with pytest.raises(NotFound, match=r"model folder .* is not there: put it back"):
            spend(studio)
    finally:
        shutil.move(away, base)


def test_nights_of_projects_are_spent_in_turn_and_none_stops_another(studio: Studio, tmp_path: Path) -> None:
    projects.add_project(studio, "EMPTY", "Nothing is judged here")
    lines: list[StageLine] = []
    with night_lease(studio) as lease:
        options = replace(OPTIONS, backup=tmp_path / "backups")
        results = job.nights_of_projects(studio, RECIPE, options, lease, lines.append)
    by_project = {result["project"]: result for result in results}
    assert list(by_project) == sorted(by_project)
    assert (by_project["EMPTY"]["state"], by_project["EMPTY"]["too_few"]) == ("refused", True)
    assert by_project["P"]["version"] == "v0001"
    assert runs.is_for(runs.list_runs(studio)[0]["recipe"]) == (None, "P")
    assert numbers_in(tmp_path / "backups") == [1]
    assert {line["project"] for line in lines} == {"EMPTY", "P"}


def test_a_project_whose_night_breaks_stops_no_other(empty: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    projects.add_project(empty, "A", "Before P")

    def break_first(studio: Studio, recipe: Recipe) -> str:
        if recipe.data.project == "A":
            raise OSError("the disk is gone")
        return "as it should be"

    monkeypatch.setattr(job, "check_night", break_first)
    with night_lease(empty) as lease:
        broken, fine = job.nights_of_projects(empty, RECIPE, OPTIONS, lease)[:2]
    assert (broken["project"], broken["state"], broken["reason"]) == ("A", "failed", "the disk is gone")
    assert (fine["project"], fine["too_few"]) == ("P", True)
    assert [nights.get_night(empty, number)["state"] for number in (1, 2)] == ["failed", "refused"]


def test_a_round_of_projects_goes_on_with_the_one_it_was_at(studio: Studio, tmp_path: Path) -> None:
    """Its run is not given up for the one of a project before it, and there is no second backup."""
    projects.add_project(studio, "A", "Before P")
    stop, options = Event(), replace(OPTIONS, backup=tmp_path / "backups")
    lines: list[StageLine] = []

    def stop_in_training(line: StageLine) -> None:
        lines.append(line)
        if (line["project"], line["stage"]) == ("P", "tune"):
            stop.set()

    with night_lease(studio, stop) as lease, pytest.raises(Interrupted, match="run 1 was interrupted"):
        job.nights_of_projects(studio, RECIPE, options, lease, stop_in_training)
    lines.clear()
    with night_lease(studio) as lease:
        a, p = job.nights_of_projects(studio, RECIPE, options, lease, lines.append)
    assert {line["project"] for line in lines} == {"P"}, "the night of A is over"
    assert (a["project"], a["state"], a["too_few"], a["night"]) == ("A", "refused", True, 1)
    assert (p["project"], p["version"], p["run"], p["night"]) == ("P", "v0001", 1, 2)
    assert numbers_in(tmp_path / "backups") == [1]
    with night_lease(studio) as lease:  # another round
        again = job.nights_of_projects(studio, RECIPE, options, lease)
    assert [result["night"] for result in again] == [3, 4]
    assert numbers_in(tmp_path / "backups") == [1, 2]


def test_a_backup_that_fails_names_its_folder_and_what_to_do(empty: Studio, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "backups"
    with pytest.raises(Refused, match=r"^the backup failed, .*/file.*: Not a directory: mend .*/file/backups, or give"):
        spend(empty, backup=folder)
    assert "Errno" not in str(nights.get_night(empty, 1)["reason"])
