"""The command line: exit codes, one-line refusals, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from feedback.store import Studio, audit_log
from tests.factories import PASSWORD, add_takes, judging_studio
from tests.tiny_pipelines.single_file import wan_file
from tests.tiny_pipelines.wan import tiny_wan
from ui.cli import main


def run(folder: Path, *words: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, [*words, "--studio", str(folder)], input=stdin)


def run_json(folder: Path, *words: str, stdin: str | None = None) -> dict[str, Any]:
    done = run(folder, *words, "--json", stdin=stdin)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    studio = judging_studio(tmp_path / "studio")
    studio.close()
    return tmp_path / "studio"


def test_init_makes_a_studio_once(tmp_path: Path) -> None:
    target = tmp_path / "new"
    assert run_json(tmp_path, "init", str(target)) == {
        "studio": str(target),
        "demo": False,
        "takes": 0,
        "time_zone": "UTC",
    }
    assert (target / "studio.db").exists()
    again = run(tmp_path, "init", str(target))
    assert again.exit_code == 1
    assert again.stderr.count("\n") == 1
    assert run_json(target, "versions", "list")["production"] == "starter"


def test_a_studio_has_a_time_zone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "new"
    bad = run(tmp_path, "init", str(target), "--time-zone", "Mars/Base")
    assert (bad.exit_code, bad.stderr) == (
        1,
        "time zone 'Mars/Base' is not known: name one such as Europe/Berlin, or UTC\n",
    )
    assert not target.exists()
    monkeypatch.setenv("CIRCLETAKE_TIME_ZONE", "Europe/Berlin")
    assert run_json(tmp_path, "init", str(target))["time_zone"] == "Europe/Berlin"
    assert run_json(target, "studio", "set", "--time-zone", "Asia/Tokyo")["time_zone"] == "Asia/Tokyo"
    assert run(target, "studio", "set", "--time-zone", "europe").exit_code == 1
    shown = run_json(target, "studio", "show")
    assert (shown["name"], shown["time_zone"]) == ("new", "Asia/Tokyo")
    assert f"where it is {shown['today']}" in run(target, "studio", "show").stdout
    findings = {each["name"]: each for each in json.loads(run(target, "doctor", "--json").stdout)["findings"]}
    assert "midnight in Asia/Tokyo" in findings["time zone"]["detail"]
    assert (findings["environment"]["ok"], "Asia/Tokyo" in findings["environment"]["detail"]) == (False, True)


def test_init_demo_queues_takes(tmp_path: Path) -> None:
    made = run_json(tmp_path, "init", str(tmp_path / "demo"), "--demo")
    assert made["takes"] >= 24
    studio = Studio.open(tmp_path / "demo")
    assert studio.value("select count(*) from takes where state = 'queued'") == made["takes"]
    assert studio.value("select count(*) from shots") >= 4
    studio.close()


@pytest.mark.parametrize(
    "words",
    [
        ["versions", "show", "v0099"],
        ["versions", "promote", "v0099"],
        ["versions", "promote", "starter", "--by", "ana"],
        ["versions", "rollback"],
        ["ledger", "v0099"],
        ["user", "token", "nobody"],
        ["user", "disable", "nobody"],
        ["generate", "--brief", "999"],
        ["generate", "--prompt", " "],
        ["generate", "--prompt", "a house", "--version", "v0099"],
        ["export", "selects", "--project", "NOBODY", "--format", "csv", "--out", "out"],
        ["user", "add", "ana", "--password-stdin"],
        ["tune"],
        ["tune", "--dry-run"],
        ["nightly"],
    ],
)
def test_refusals_are_one_line_and_exit_code_1(folder: Path, words: list[str]) -> None:
    done = run(folder, *words, stdin=PASSWORD + "\n")
    assert done.exit_code == 1, done.output
    assert done.stderr.count("\n") == 1, done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["nothing"],
        ["generate"],
        ["generate", "--prompt", "a", "--brief", "1"],
        ["generate", "--prompt", "a", "--takes", "0"],
        ["generate", "--prompt", "a", "--seed", "-1"],
        ["user", "add", "x", "--role", "king"],
        ["tune", "--since", "yesterday"],
        ["tune", "--recipe", "nothing here.yaml"],
        ["export", "selects", "--project", "TEST", "--format", "docx", "--out", "x"],
    ],
)
def test_wrong_usage_is_exit_code_2(folder: Path, words: list[str]) -> None:
    assert run(folder, *words).exit_code == 2


def test_no_studio_is_one_line(tmp_path: Path) -> None:
    for words in (["doctor"], ["generate", "--prompt", "a"], ["user", "list"], ["versions", "list"], ["serve"]):
        done = run(tmp_path / "none", *words)
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
    assert not (tmp_path / "none").exists()


def test_a_damaged_database_is_one_line(folder: Path) -> None:
    for leftover in folder.glob("studio.db-*"):
        leftover.unlink()
    (folder / "studio.db").write_bytes(b"not a database" * 1000)
    for words in (["user", "list"], ["doctor"]):
        done = run(folder, *words)
        assert (done.exit_code, done.stderr.count("\n")) == (1, 1), done.output
        assert "restore the last backup with `circletake restore`" in done.stderr


def test_studio_comes_from_the_environment(folder: Path) -> None:
    done = CliRunner().invoke(main, ["user", "list", "--json"], env={"CIRCLETAKE_STUDIO": str(folder)})
    assert [person["name"] for person in json.loads(done.stdout)["people"]] == ["ada", "ana", "sue"]


def test_people_are_added_and_get_tokens(folder: Path) -> None:
    added = run_json(folder, "user", "add", "ben", "--role", "supervisor", "--password-stdin", stdin=PASSWORD + "\n")
    assert added == {"name": "ben", "role": "supervisor"}
    token = run_json(folder, "user", "token", "ben")
    assert token["token"].startswith("ct_")
    assert run(folder, "user", "token", "ben").stdout.startswith("ct_")
    typed = run(folder, "user", "add", "kim", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert typed.exit_code == 0, typed.output
    assert PASSWORD not in typed.output
    assert run(folder, "user", "add", "tok", "--password-stdin", stdin="").exit_code == 0
    assert run(folder, "user", "password", "tok", "--password-stdin", stdin="\n").exit_code == 1
    people = run_json(folder, "user", "list")["people"]
    assert "password_hash" not in str(people)
    assert [person["name"] for person in people] == ["ada", "ana", "ben", "kim", "sue", "tok"]
    run_json(folder, "user", "disable", "tok")
    assert run_json(folder, "user", "list")["people"][-1]["disabled"]
    assert run_json(folder, "user", "enable", "tok")["disabled"] is False
    assert not run_json(folder, "user", "list")["people"][-1]["disabled"]


def test_generate_queues_takes_of_a_prompt(folder: Path) -> None:
    made = run_json(folder, "generate", "--prompt", "a house", "--takes", "3", "--seed", "7")
    assert [take["seed"] for take in made["takes"]] == [7, 8, 9]
    assert {take["state"] for take in made["takes"]} == {"queued"}
    assert {"id", "seed", "state", "media", "path", "version"} <= set(made["takes"][0])
    again = run_json(folder, "generate", "--prompt", "a house", "--takes", "1", "--seed", "20")
    assert again["brief"] == made["brief"]
    by_number = run_json(folder, "generate", "--brief", str(made["brief"]), "--takes", "1")
    assert by_number["brief"] == made["brief"]


def test_takes_are_withdrawn_on_the_command_line(folder: Path) -> None:
    made = run_json(folder, "generate", "--prompt", "a house", "--takes", "4", "--priority", "urgent")
    ids = [take["id"] for take in made["takes"]]
    assert run_json(folder, "cancel", str(ids[0])) == {"cancelled": ids[:1], "too_late": []}
    assert run_json(folder, "cancel", str(ids[1]), "--by", "sue")["cancelled"] == [ids[1]]
    refused = run(folder, "cancel", str(ids[2]), "--by", "ana")
    assert (refused.exit_code, "written by command line" in refused.stderr) == (1, True)
    shown = run(folder, "cancel", "1", *map(str, ids[2:])).stdout
    assert "2 takes are cancelled; too late for take 1" in shown
    assert run_json(folder, "cancel", "--brief", str(made["brief"]))["cancelled"] == []
    studio = Studio.open(folder)
    events = [row["actor"] for row in audit_log.list_events(studio) if row["action"] == "takes.cancel"]
    assert events == ["command line", "sue", "command line"]
    assert studio.value("select count(*) from takes where priority = 1 and state = 'cancelled'") == 4
    studio.close()
    assert run(folder, "cancel").exit_code == 2
    assert run(folder, "cancel", "1", "--brief", "1").exit_code == 2


def test_doctor_finds_a_lost_file(folder: Path) -> None:
    sound = run_json(folder, "doctor")
    assert sound["ok"] is True
    assert {"name", "ok", "detail"} <= set(sound["findings"][0])
    next((folder / "media").rglob("*.png")).unlink()
    broken = run(folder, "doctor", "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["ok"] is False


def test_a_model_of_the_studios_own_is_brought_and_draws(folder: Path, tmp_path: Path) -> None:
    base = Path("generation/starter/weights").resolve()
    added = run_json(folder, "versions", "add", "house", "--base", str(base))
    model = {"pipeline": "WanPipeline", "model": added["model"]}
    assert model["model"].startswith("WanPipeline, draws stills and clips; parameters: ")
    assert added == {"version": "house", "base": str(base), "state": "candidate", **model}
    assert run_json(folder, "versions", "add", "house", "--base", str(base)) == added
    run_json(folder, "versions", "promote", "house", "--force", "--reason", "our own")
    assert run_json(folder, "versions", "list")["production"] == "house"
    (tmp_path / "model_index.json").write_text('{"_class_name": "KandinskyPipeline"}')
    for words, reason in (([str(tmp_path)], "KandinskyPipeline"), ([str(folder)], "model_index.json")):
        result = run(folder, "versions", "add", "other", "--base", *words)
        assert result.exit_code == 1
        assert reason in result.stderr


def test_a_model_of_one_file_is_unpacked_into_the_studio(folder: Path, tmp_path: Path) -> None:
    model = tiny_wan(tmp_path / "model")
    words = ["--base", str(wan_file(model, tmp_path / "house.safetensors")), "--config", str(model)]
    added = run_json(folder, "versions", "add", "house", *words)
    assert added["base"] == str((folder / "models" / "house").resolve())
    assert added["pipeline"] == "WanPipeline"
    again = run(folder, "versions", "add", "house", *words)
    assert (again.exit_code, again.stderr.strip().count("\n")) == (1, 0)
    assert "version house exists: take " in again.stderr
    assert run(folder, "versions", "add", "other", *words[:2]).exit_code == 2
    assert run(folder, "versions", "add", "other", "--base", str(model), *words[2:]).exit_code == 2
    (tmp_path / "pickle.ckpt").write_bytes(b"")
    refused = run(folder, "versions", "add", "other", "--base", str(tmp_path / "pickle.ckpt"), *words[2:])
    assert (refused.exit_code, "pickles never" in refused.stderr) == (1, True)
    assert run_json(folder, "doctor")["ok"]


def test_versions_and_ledger(folder: Path) -> None:
    assert [row["name"] for row in run_json(folder, "versions", "list")["versions"]] == ["starter"]
    assert run_json(folder, "versions", "show", "starter")["state"] == "production"
    assert run_json(folder, "ledger", "starter")["judgements"] == 0
    lines = run(folder, "ledger", "starter").stdout.splitlines()
    assert (lines[0], lines[1][:31], len(lines)) == (
        "starter learned from 0 judgements",
        "No run of this studio is behind",
        2,
    )
    for words in (["versions", "list"], ["versions", "show", "starter"], ["ledger", "starter"]):
        assert "starter" in run(folder, *words).stdout


def test_exports_write_files(folder: Path, tmp_path: Path) -> None:
    from feedback.judgements import ballots, statuses
    from feedback.people import accounts

    studio = Studio.open(folder)
    sue = accounts.get_person(studio, "sue")
    first, second = (row["id"] for row in studio.rows("select id from takes order by id limit 2"))
    statuses.set_status(studio, sue, "uid-1", first, "circled")
    ballots.cast_ballot(studio, sue["id"], "uid-2", first, second, "left", 100)
    studio.close()
    for kind in ("csv", "otio"):
        made = run_json(
            folder, "export", "selects", "--project", "TEST", "--format", kind, "--out", str(tmp_path / kind)
        )
        assert made["count"] == 1
        assert Path(made["path"]).exists()
    made = run_json(folder, "export", "preferences", "--format", "jsonl", "--out", str(tmp_path / "prefs"))
    assert made["count"] == 1


def test_selects_are_set_and_listed(folder: Path, tmp_path: Path) -> None:
    from feedback.judgements import statuses
    from feedback.people import accounts

    studio = Studio.open(folder)
    takes = [row["id"] for row in studio.rows("select id from takes order by id limit 2")]
    for take in takes:
        statuses.set_status(studio, accounts.get_person(studio, "sue"), f"circle {take}", take, "circled")
    studio.close()
    made = run_json(folder, "select", "set", str(takes[1]), "--in", "2", "--out", "9", "--position", "1")
    assert made == {"take": takes[1], "frame_in": 2, "frame_out": 9, "position": 1}
    assert run_json(folder, "select", "set", str(takes[1]), "--out", "4")["frame_in"] == 2
    listed = run_json(folder, "select", "list", "--project", "TEST")["selects"]
    assert [(row["take"], row["frame_in"], row["frame_out"], row["position"]) for row in listed] == [
        (takes[1], 2, 4, 1),
        (takes[0], 0, 23, 2),
    ]
    for words, why in (
        (["set", "999", "--in", "0"], "no take 999"),
        (["set", str(takes[0]), "--in", "5", "--out", "1"], "give 0 <= in <= out"),
        (["set", str(takes[0]), "--position", "7"], "position 7 is outside 1-2"),
        (["set", str(takes[0]), "--in", "0", "--by", "ana"], "only a supervisor"),
        (["list", "--project", "NOPE"], "no project 'NOPE'"),
    ):
        refused = run(folder, "select", *words)
        assert (refused.exit_code, why in refused.stderr) == (1, True), refused.stderr
    run_json(
        folder, "project", "set", "TEST", "--first-frame", "9", "--path-map", "/mnt=P:", "--media-name", "{take:5}"
    )
    out = tmp_path / "out"
    written = run(
        folder, "export", "selects", "--project", "TEST", "--format", "edl", "--out", str(out), "--media", "--picks"
    )
    assert written.exit_code == 0, written.stderr
    assert [path.name for path in (out / "media").iterdir()] == [f"{takes[1]:05d}.png"]


def test_export_formats_are_those_of_the_record() -> None:
    from feedback.exchange import export
    from ui.commands.exchange import exporting

    assert set(exporting.SELECT_FORMATS) == set(export.SELECT_FORMATS)
    assert set(exporting.PREFERENCE_FORMATS) == set(export.PREFERENCE_FORMATS)


def test_no_worker_present_is_known_and_a_killed_one_leaves_no_trace(tmp_path: Path) -> None:
    from generation.workers.liveness import worker_is_alive

    assert not worker_is_alive(tmp_path)
    code = f"from pathlib import Path; from generation.workers.liveness import worker_lives\nwith worker_lives(Path({str(tmp_path)!r})):\n"
    process = subprocess.Popen(
        [sys.executable, "-c", code + "  print('here', flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert worker_is_alive(tmp_path)
    process.kill()
    process.wait()
    assert not worker_is_alive(tmp_path)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    code = (
        "import sys, ui.cli\nheavy = {'torch', 'gradio', 'fastapi', 'sqlite_utils', 'numpy', 'uvicorn'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    times = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "ui.cli", "--help"], capture_output=True, check=True, env=os.environ)
        times.append(time.monotonic() - began)
    assert min(times) < 2, times  # half a second on an idle machine; generous for a busy one


def test_every_command_answers_help() -> None:
    for command in main.commands:
        done = CliRunner().invoke(main, [command, "--help"])
        assert done.exit_code == 0
        assert "--" in done.output


def test_add_takes_is_what_the_other_tests_think(folder: Path) -> None:
    studio = Studio.open(folder)
    brief = studio.row("select * from briefs order by id limit 1")
    assert brief is not None
    assert len(add_takes(studio, brief, 2, 900)) == 2
    assert studio.value("select count(*) from takes where state = 'done'") == 11
    studio.close()
