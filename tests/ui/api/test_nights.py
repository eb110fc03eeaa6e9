"""Nights that are started from the pages: one at a time, followed, stopped, gone on with; and before and after."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from feedback.models import before_after, runs
from feedback.people import tokens
from feedback.store import Studio, audit_log
from finetune.jobs.locks import find_holder, only_one
from finetune.jobs.night_process import LOCK, NightProcess, last_line
from finetune.recipe import recipe_as_dict
from tests import preloaded
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan
from tests.ui.conftest import ADDRESS
from ui.app import create_app
from ui.commands.serving import DEMO_RECIPE, night_options


def client_of(studio: Studio, process: NightProcess | None, person: str = "ada", **options: Any) -> TestClient:
    headers = {"Authorization": f"Bearer {tokens.issue_token(studio, person, 'test')}"}
    app = create_app(studio, pages=False, night_process=process, **options)
    return TestClient(app, base_url=ADDRESS, headers=headers, follow_redirects=False)


def until(client: TestClient, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    for _ in range(1200):  # processes begin slowly where others work, too
        night: dict[str, Any] = client.get("/api/nights").json()
        if holds(night):
            return night
        time.sleep(0.1)
    raise AssertionError(night)


@pytest.mark.timeout(400)
def test_a_night_is_refused_started_stopped_and_gone_on_with(tmp_path: Path) -> None:
    tunable = tiny_studio(tmp_path / "studio", tiny_wan(tmp_path / "base"))
    recipe = tmp_path / "quick.yaml"
    recipe.write_text(
        yaml.safe_dump(recipe_as_dict(quick(max_winner_error=2, max_steps=150, early_stopping_patience=400)))
    )
    options = ["--recipe", str(recipe), "--pairs", "4", "--people", "1"]
    client = client_of(tunable, NightProcess(tunable, options, preloaded.python()))
    client.post("/api/nights")
    refused = until(client, lambda night: not night["running"])
    assert refused["ended"]["done"] is False
    assert "judge at least 16 pairs" in refused["ended"]["reason"]
    judge_briefs(tunable)
    assert client.post("/api/nights").json()["running"]
    assert client.post("/api/nights").status_code == 409
    until(client, lambda night: night["part"] == "learning" and night["share"] > 0.3)
    assert client.post("/api/nights/stop").json()["stopping"]
    stopped = until(client, lambda night: not night["running"])
    assert stopped["share"] > 0.3
    assert "run 1 was interrupted" in stopped["ended"]["reason"]
    assert client.post("/api/nights/stop").status_code == 409
    client.post("/api/nights")
    assert until(client, lambda night: not night["running"])["ended"] == {"done": True, "reason": ""}
    assert [run["state"] for run in runs.list_runs(tunable)] == ["done"]
    check_before_after(client, tunable)
    assert [event["action"] for event in audit_log.list_events(tunable) if event["action"].startswith("night")] == [
        "night.start",
        "night.start",
        "night.stop",
        "night.start",
    ]
    tunable.close()


def check_before_after(client: TestClient, studio: Studio) -> None:
    (version,) = (row for row in client.get("/api/versions").json() if row["before_after"])
    drawn = client.get(f"/api/versions/{version['name']}/before-after").json()
    assert (drawn["version"], drawn["reference"], drawn["seen_by"]) == ("v0001", "tiny", ["ada"])
    for comparison in drawn["comparisons"]:
        for side in ("before", "after"):
            answer = client.get(comparison[side])
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    folder = before_after.folder_of(studio, "v0001")
    assert folder is not None
    (folder / "0_before.png").unlink()
    assert client.get(drawn["comparisons"][0]["before"]).status_code == 404
    assert client.get("/api/versions/v0001/before-after/99/after").status_code == 404
    assert client.get("/api/versions/tiny/before-after").status_code == 404
    assert client.get("/api/versions/v0009/before-after").status_code == 404


def test_a_night_that_a_timer_started_is_seen_and_left_alone(studio: Studio) -> None:
    client = client_of(studio, NightProcess(studio), "sue")
    with only_one(studio.runs_folder / LOCK, "a night"):
        night = client.get("/api/nights").json()
        assert (night["running"], night["started"]) == (True, None)
        assert client.post("/api/nights").status_code == 409
        assert client.post("/api/nights/stop").status_code == 409
    assert find_holder(studio.runs_folder / LOCK) is None
    assert client.get("/api/nights").json()["running"] is False


def test_a_server_without_a_worker_tunes_nothing(studio: Studio) -> None:
    client = client_of(studio, None, "sue")
    for answer in (client.get("/api/nights"), client.post("/api/nights"), client.post("/api/nights/stop")):
        assert answer.status_code == 404
        assert "circletake nightly" in answer.json()["error"]


def test_the_end_of_the_server_ends_the_night(studio: Studio) -> None:
    process = NightProcess(studio)
    process.close()
    process.start()
    process.close()
    assert process.describe().running is False


def test_the_last_line_is_read_past_progress_bars(tmp_path: Path) -> None:
    file = (tmp_path / "stderr").open("w+b")
    assert last_line(file) == ""
    file.write(b"tune:  3%\rtune: 9%\nError: run 3 was refused.\tJudge more\n\n  \r")
    assert last_line(file) == "run 3 was refused.\tJudge more"
    file.write(b"x" * 10_000 + b"\nat the end \xff")
    assert last_line(file).startswith("at the end")


def test_what_a_night_is_told(tmp_path: Path) -> None:
    assert night_options("", False) == []
    assert night_options("own.yaml", False) == ["--recipe", "own.yaml"]
    assert night_options("", True)[:2] == ["--recipe", str(DEMO_RECIPE)]
    assert DEMO_RECIPE.is_file()
    assert night_options("own.yaml", True)[1] == "own.yaml"
