"""A run is followed over HTTP: its step, its curves, the night that goes on; by supervisors alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from feedback.models import nights, run_curves, runs
from feedback.store import Studio
from tests.ui.api.test_nights import client_of


def begin_run(studio: Studio) -> tuple[int, Path]:
    run = runs.start_run(studio, "guided", {}, "0" * 64, "runs/0001", [])
    folder = studio.runs_folder / "0001"
    folder.mkdir(parents=True)
    return run, folder


def test_a_run_is_followed_from_its_first_step_to_its_end(studio: Studio) -> None:
    client = client_of(studio, None, "sue")
    assert client.get("/api/runs/newest").json() == {"night": None, "run": None}
    run, folder = begin_run(studio)
    begun = client.get("/api/runs/newest").json()["run"]
    assert (begun["state"], begun["step"], begun["steps"], begun["seconds_left"]) == ("running", 0, 0, None)
    for step in (10, 20, 30):
        run_curves.add_point(folder, "first", step, 100, {"loss": 1 / step, "heldout_accuracy": 0.5 + step / 100})
    runs.progress_run(studio, run, 0.4)
    learning = client.get(f"/api/runs/{run}").json()["run"]
    assert (learning["step"], learning["steps"], learning["share"]) == (30, 100, 0.4)
    assert learning["seconds_left"] is not None
    assert [curve["name"] for curve in learning["curves"]] == ["loss", "heldout_accuracy"]
    assert learning["curves"][1]["points"][-1] == [30, 0.8]
    runs.refuse_run(studio, run, "It does not hold.", {"measured_gain": 0.7})
    ended = client.get("/api/runs/newest").json()["run"]
    assert (ended["state"], ended["reason"], ended["gain"]) == ("refused", "It does not hold.", 0.7)
    assert ended["seconds_left"] is None
    assert client.get("/api/runs/2").status_code == 404
    assert client.get("/api/runs/oldest").status_code == 422


def test_the_night_that_goes_on_is_named_on_whatever_machine(studio: Studio) -> None:
    client = client_of(studio, None, "sue")
    elsewhere = replace(nights.this_process(), host="render-7", boot="another")
    night = nights.begin_night(studio, elsewhere, project=None)
    nights.enter_stage(studio, night["id"], elsewhere, "evaluate")
    shown = client.get("/api/runs/newest").json()["night"]
    assert (shown["host"], shown["stage"], shown["is_alive"]) == ("render-7", "evaluate", True)
    with studio.writing() as db:
        db.table("nights").update(night["id"], {"expires": "2026-01-01T00:00:00+00:00"})
    assert client.get("/api/runs/newest").json()["night"]["is_alive"] is False
    nights.end_night(studio, night["id"], elsewhere, "done")
    assert client.get("/api/runs/newest").json()["night"] is None


def test_runs_are_for_supervisors(studio: Studio) -> None:
    assert client_of(studio, None, "ana").get("/api/runs/newest").status_code == 403
