"""`circletake nightly` as a scheduler has it: its lines, its exit codes, and nights of each project."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from feedback.errors import Interrupted
from feedback.maintenance.backup_folder import numbers_in
from feedback.production import projects
from feedback.store import Studio
from finetune.jobs.night.lease import night_lease
from finetune.jobs.night.stages import STAGES
from finetune.recipe import recipe_as_dict
from tests.finetune.judged import judge_briefs, quick, tiny_studio
from tests.tiny_pipelines.wan import tiny_wan
from ui.cli import main
from ui.commands.models import nights as nights_command


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_wan(tmp_path_factory.mktemp("base"))


@pytest.fixture
def studio(tmp_path: Path, base: Path) -> Studio:
    return tiny_studio(tmp_path / "studio", base)


def run(studio: Studio, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["nightly", "--studio", str(studio.folder), *words], env=environment)


def lines_of(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_night_in_lines_for_a_scheduler(studio: Studio, tmp_path: Path) -> None:
    judge_briefs(studio, 3, 4)
    recipe = tmp_path / "quick.yaml"
    recipe.write_text(yaml.safe_dump(recipe_as_dict(quick(max_winner_error=2))))
    words = ["--recipe", str(recipe), "--pairs", "6", "--people", "1", "--scheduled"]
    done = run(studio, "--stages", *words, CIRCLETAKE_BACKUP=str(tmp_path / "backups"))
    assert done.exit_code == 0, done.output
    lines = lines_of(done)
    assert [line["stage"] for line in lines if line["state"] == "started"] == list(STAGES)
    assert {line["stage"] for line in lines if line["state"] == "skipped"} == {"prompts"}
    assert numbers_in(tmp_path / "backups") == [1]
    again = run(studio, "--json", *words)
    assert again.exit_code == 0
    answer = json.loads(again.stdout)
    assert (answer["state"], answer["night"], answer["version"]) == ("unchanged", 2, "v0001")
    assert Path(answer["report"]).is_file()
    words = ["--backup", str(tmp_path / "backups"), "--keep", "1", *words]
    shown = run(studio, *words).stdout
    assert shown.startswith("run: 1\nversion: v0001\nstate: unchanged\n")
    assert "\nheld-out accuracy: 0." in shown
    assert "{" not in shown, "what a run measured step by step is in --json"
    assert numbers_in(tmp_path / "backups") == [2]


def test_too_few_judgements_are_nothing_to_do_for_a_scheduler(studio: Studio) -> None:
    refused = run(studio)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr.startswith("nothing was judged yet")
    done = run(studio, "--scheduled", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["too_few"] is True
    stages = lines_of(run(studio, "--scheduled", "--stages"))
    assert [line["error"] for line in stages if line["state"] == "refused"] == [
        "nothing was judged yet: judge at least 16 pairs"
    ]


def test_another_night_is_to_be_tried_later(studio: Studio) -> None:
    with night_lease(studio) as lease:
        lease.begin()
        for words, code in (([], 1), (["--scheduled"], 75)):
            refused = run(studio, *words)
            assert (refused.exit_code, refused.stdout) == (code, "")
            assert refused.stderr.startswith(f"a night is already going on in process {os.getpid()} on ")
            assert refused.stderr.endswith(" UTC, at its stage preflight: wait for it to end\n")
        (line,) = lines_of(run(studio, "--stages", "--scheduled"))
        assert (line["stage"], line["state"], line["night"]) == ("preflight", "refused", None)
        assert "already going on" in line["error"]


def test_an_interrupted_night_is_to_be_tried_later(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: object) -> str:
        raise Interrupted("the machine is needed")

    monkeypatch.setattr("finetune.jobs.nightly.check_night", stop)
    assert [run(studio, *words).exit_code for words in ([], ["--scheduled"])] == [1, 75]
    monkeypatch.setattr("finetune.jobs.nightly.check_night", lambda *given: "as it should be")
    assert run(studio, "--scheduled").exit_code == 0


def test_a_signal_before_the_night_begins_is_an_interruption(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The libraries are loaded then, which takes seconds."""

    def terminated(*given: object) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return read_recipe(*given)

    read_recipe = nights_command.read_recipe
    monkeypatch.setattr(nights_command, "read_recipe", terminated)
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a command that does not heed it must not end the tests
    try:
        done = run(studio, "--scheduled")
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (done.exit_code, done.stderr) == (75, "the night was interrupted: the same command again continues it\n")


def test_a_broken_recipe_is_refused_by_the_first_stage(studio: Studio, tmp_path: Path) -> None:
    recipe = tmp_path / "broken.yaml"
    recipe.write_text("optimiser: {max_stepz: 12}\n")
    done = run(studio, "--stages", "--scheduled", "--recipe", str(recipe))
    assert done.exit_code == 1
    (line,) = lines_of(done)
    assert (line["stage"], line["state"]) == ("preflight", "refused")
    assert "max_stepz" in line["error"]
    assert "max_stepz" in done.stderr
    assert "max_stepz" in run(studio, CIRCLETAKE_TUNE_RECIPE=str(recipe)).stderr


def test_each_project_has_a_night(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    projects.add_project(studio, "A", "Before P")
    done = run(studio, "--each-project", "--json")
    assert done.exit_code == 0, done.output
    nights = json.loads(done.stdout)["projects"]
    assert [(night["project"], night["state"], night["too_few"]) for night in nights] == [
        ("A", "refused", True),
        ("P", "refused", True),
    ]

    def break_first(studio: Studio, recipe: Any) -> str:
        if recipe.data.project == "A":
            raise OSError("the disk is gone")
        return "as it should be"

    monkeypatch.setattr("finetune.jobs.nightly.check_night", break_first)
    done = run(studio, "--each-project")
    assert (done.exit_code, done.stderr) == (1, "A: the disk is gone\n")
    assert [line["stage"] for line in lines_of(run(studio, "--each-project", "--stages")) if line["project"] == "P"]


@pytest.mark.parametrize("words", [["--stages", "--json"], ["--each-project", "--project", "P"], ["--keep", "0"]])
def test_options_that_exclude_each_other_are_wrong_usage(studio: Studio, words: list[str]) -> None:
    assert run(studio, *words).exit_code == 2
